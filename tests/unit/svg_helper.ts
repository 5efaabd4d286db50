/** Looks at an SVG as a strict reader would, and at where its parts lie. */

import assert from "#assert";

/** A part of the picture, in its own pixels. */
export interface Box {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What is in a chart. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Every line of text, as wide as a wide font makes it. */
  readonly texts: readonly Box[];
  /** Every bar, gap and dot. */
  readonly shapes: readonly Box[];
}

const attribute = /\s+([\w:-]+)="([^"<&]*)"/g;
const token = /<(\/?)([\w]+)((?:\s+[\w:-]+="[^"<&]*")*)\s*(\/?)>|([^<>]+)/gy;
const character = /&(?!(?:amp|lt|gt|quot);)|(?![\t\n\r])\p{Cc}/u;

/** Pixels that a letter takes at most, on the average, by the text's class. */
function letter(classes: string): number {
  if (classes.includes("heading")) return 13;
  if (classes.includes("small")) return 6.7;
  return classes.includes("strong") ? 8.8 : 7.9;
}

/**
 * Reads a picture.
 *
 * @throws AssertionError where it is not well-formed XML
 */
export function readSvg(svg: string): Picture {
  const open: { name: string; attributes: Map<string, string> }[] = [];
  const texts: Box[] = [];
  const shapes: Box[] = [];
  let size: readonly number[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < svg.length) {
    const at = token.lastIndex;
    const match = token.exec(svg);
    if (match === null) throw new Error(`No XML: ${svg.slice(at, at + 40)}`);
    const [, closing, name = "", rest = "", empty, content] = match;
    if (content !== undefined) {
      assert.doesNotMatch(content, character);
      const inner = open.at(-1);
      if (inner?.name === "text") {
        texts.push(textBox(inner.attributes, content));
      } else assert.ok(open.length > 0 || content.trim() === "");
      continue;
    }
    if (closing) {
      assert.equal(open.pop()?.name, name);
      continue;
    }
    const attributes = new Map(
      [...rest.matchAll(attribute)].map((
        [, key = "", value = ""],
      ) => [key, value]),
    );
    if (name === "svg") {
      size = (attributes.get("viewBox") ?? "").split(" ").map(Number);
    }
    if (name === "rect" || name === "circle") {
      shapes.push(shapeBox(attributes));
    }
    if (!empty) open.push({ name, attributes });
  }
  assert.deepEqual(open, []);
  const [, , width = 0, height = 0] = size;
  return { width, height, texts, shapes };
}

/** The pairs of boxes that share some ground, by their names. */
export function overlaps(boxes: readonly Box[]): string[] {
  return boxes.flatMap((a, n) =>
    boxes.slice(n + 1)
      .filter((b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom &&
        b.top < a.bottom
      )
      .map((b) => `${a.name} | ${b.name}`)
  );
}

/** The boxes that stick out of the picture, by their names. */
export function outside({ width, height, texts, shapes }: Picture): string[] {
  return [...texts, ...shapes]
    .filter(({ left, right, top, bottom }) =>
      !(left >= 0 && right <= width && top >= 0 && bottom <= height)
    )
    .map(({ name }) => name);
}

function textBox(attributes: Map<string, string>, content: string): Box {
  const classes = attributes.get("class") ?? "";
  const plain = content.replace(/&\w+;/g, "&");
  const width = plain.length * letter(classes);
  const x = Number(attributes.get("x"));
  const y = Number(attributes.get("y"));
  const left = classes.includes("right")
    ? x - width
    : classes.includes("middle")
    ? x - width / 2
    : x;
  return {
    name: content,
    left,
    right: left + width,
    top: y - 10,
    bottom: y + 3,
  };
}

function shapeBox(attributes: Map<string, string>): Box {
  const number = (name: string): number => Number(attributes.get(name) ?? 0);
  const radius = number("r");
  const left = number("x") + number("cx") - radius;
  const top = number("y") + number("cy") - radius;
  return {
    name: attributes.get("class") ?? "",
    left,
    right: left + (radius > 0 ? 2 * radius : number("width")),
    top,
    bottom: top + (radius > 0 ? 2 * radius : number("height")),
  };
}
