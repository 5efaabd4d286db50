/** What a chart is made of: its colours, and the text of its elements. */

/** Light first, and what a dark screen gets in its place. */
const colours: Readonly<Record<string, readonly [string, string]>> = {
  background: ["#ffffff", "#11151c"],
  text: ["#1b2330", "#e7ecf4"],
  muted: ["#5f6b80", "#9aa6b8"],
  zoom: ["#f1f3f7", "#1a202a"],
  native: ["#7c8aa5", "#8593ad"],
  runtime: ["#4c6fff", "#6d8bff"],
  stage: ["#1f9e8f", "#35b8a6"],
  slowest: ["#ef7a3c", "#ff9a62"],
  failed: ["#d92d20", "#ff6b5e"],
  warning: ["#e5a50a", "#f6c445"],
};

/** The same for what is drawn as a line. */
const lines: Readonly<Record<string, readonly [string, string]>> = {
  tick: ["#e3e7ee", "#293140"],
  edge: ["#b3bccb", "#536077"],
  gap: ["#a3aec0", "#66748c"],
};

const fonts =
  "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";

/** The style sheet, with its second half for dark screens. */
export function style(): string {
  const rules = (shade: 0 | 1): string =>
    [
      ...Object.entries(colours).map(([name, shades]) =>
        `.${name}{fill:${shades[shade]}}`
      ),
      ...Object.entries(lines).map(([name, shades]) =>
        `.${name}{stroke:${shades[shade]}}`
      ),
    ].join("");
  return [
    "<style>",
    `text{font:13px ${fonts};font-variant-numeric:tabular-nums}`,
    ".heading{font-size:21px;font-weight:600}",
    ".small{font-size:11px}",
    ".strong{font-weight:600}",
    ".right{text-anchor:end}",
    ".middle{text-anchor:middle}",
    rules(0),
    ".gap{fill:none}",
    ".gap{stroke-dasharray:3 2}",
    `@media(prefers-color-scheme:dark){${rules(1)}}`,
    "</style>",
  ].join("\n");
}

/** One element; its attributes are numbers and known words. */
export function element(
  name: string,
  classes: string,
  attributes: Readonly<Record<string, number>>,
): string {
  const list = Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${round(value)}"`).join("");
  return `<${name} class="${classes}"${list}/>`;
}

/** A line of text whose baseline begins, ends or is centred at a point. */
export function text(
  classes: string,
  x: number,
  y: number,
  content: string,
): string {
  return `<text class="${classes}" x="${round(x)}" y="${round(y)}">${
    escape(content)
  }</text>`;
}

/** Cuts what has no place. */
export function shorten(content: string, longest: number): string {
  return content.length <= longest
    ? content
    : `${content.slice(0, longest - 1)}…`;
}

/** Hundredths of a pixel are enough. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as XML 1.0 may have it: no control characters, no half pairs. */
export function escape(content: string): string {
  return content.toWellFormed()
    .replace(/(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character] ?? "");
}
