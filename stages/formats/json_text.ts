/**
 * JSON as people write it, with comments and trailing commas (JSONC), and
 * where in the text something stands.
 */

import { type Node, type ParseError, parseTree } from "#jsonc";
import { parseJson } from "../../ffi/json.ts";

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What a text says. */
export interface JsonText {
  readonly value: unknown;
  /** Keys that an object has twice, by their paths; the last one counts. */
  readonly duplicates: readonly (readonly [path: string, place: Place])[];
  /**
   * Finds where a value stands.
   *
   * @param path such as `process.args[1]`
   * @returns undefined where the text has no such value
   */
  locate(path: string): Place | undefined;
}

/** jsonc-parser's ParseErrorCode, in words. */
const errors: Readonly<Record<number, string>> = {
  1: "not JSON",
  2: "not a number",
  3: "a property name is missing",
  4: "a value is missing",
  5: "a colon is missing",
  6: "a comma is missing",
  7: "a closing brace is missing",
  8: "a closing bracket is missing",
  9: "text behind the end",
  11: "a comment without an end",
  12: "a string without an end",
  13: "a number without an end",
  14: "a bad \\u escape",
  15: "a bad escape",
  16: "a control character in a string",
};

const tooDeep = "nested too deeply";

/**
 * Parses a text. What has nothing wrong in it is parsed by the engine alone;
 * the tree that knows all places is made once, when it is needed.
 *
 * @throws SyntaxError with line and column when it is no JSONC
 */
export function parseJsonText(text: string): JsonText {
  let known: Node | undefined;
  const tree = (): Node => known ??= parse(text);
  const placeOf = placesIn(text);
  const locate = (path: string): Place | undefined => {
    const node = find(tree(), path);
    return node && placeOf(node.offset);
  };
  try {
    const value: unknown = parseJson(text);
    // As many keys in the text as in the value: none was there twice.
    if (countKeysInText(text) === countKeys(value)) {
      return { value, duplicates: [], locate };
    }
  } catch (error) {
    // The end of the stack: of QuickJS's alone, V8 goes to any depth.
    if (error instanceof RangeError) throw new SyntaxError(tooDeep);
    if (!(error instanceof SyntaxError)) throw error;
  }
  const duplicates: [string, Place][] = [];
  const value = toValue(tree(), "", (path, node) => {
    duplicates.push([path, placeOf(node.offset)]);
  });
  return { value, duplicates, locate };
}

/** The value at a path; of a key that is there twice, the one that counts. */
function find(node: Node, path: string): Node | undefined {
  if (path === "") return node;
  if (node.type === "array") {
    const [, index, rest = ""] = /^\[(\d+)\](.*)$/s.exec(path) ?? [];
    const child = node.children?.[Number(index ?? NaN)];
    return child && find(child, rest);
  }
  // A key may have dots and brackets in it.
  const name = path.startsWith(".") ? path.slice(1) : path;
  for (const child of node.children?.toReversed() ?? []) {
    const key = keyOf(child);
    const isOnWay = name.startsWith(key) &&
      ["", ".", "["].includes(name.charAt(key.length));
    const value = child.children?.[1];
    const found = isOnWay && value && find(value, name.slice(key.length));
    if (found) return found;
  }
  return undefined;
}

/** Names a place in a message. */
export function placeText({ line, column }: Place): string {
  return `line ${line}, column ${column}`;
}

function parse(text: string): Node {
  const found: ParseError[] = [];
  try {
    const tree = parseTree(text, found, { allowTrailingComma: true });
    const [first] = found;
    if (tree !== undefined && first === undefined) return tree;
    const place = placeText(placesIn(text)(first?.offset ?? 0));
    throw new SyntaxError(`${place}: ${errors[first?.error ?? 4]}`);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SyntaxError(tooDeep);
  }
}

function toValue(
  node: Node,
  path: string,
  onDuplicate: (path: string, node: Node) => void,
): unknown {
  const children = node.children ?? [];
  if (node.type === "array") {
    return children.map((child, n) =>
      toValue(child, `${path}[${n}]`, onDuplicate)
    );
  }
  if (node.type !== "object") return node.value;
  const seen = new Set<string>();
  return Object.fromEntries(children.map((property) => {
    const key = keyOf(property);
    const at = path === "" ? key : `${path}.${key}`;
    if (seen.has(key)) onDuplicate(at, property);
    seen.add(key);
    const value = property.children?.[1];
    return [key, value && toValue(value, at, onDuplicate)];
  }));
}

function keyOf(property: Node): string {
  return String(property.children?.[0]?.value);
}

/** Gives places in a text by their offsets; looks for its lines once. */
function placesIn(text: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let [first, behind] = [0, starts.length];
    while (behind - first > 1) {
      const middle = (first + behind) >> 1;
      if ((starts[middle] as number) <= offset) first = middle;
      else behind = middle;
    }
    return { line: first + 1, column: offset - (starts[first] as number) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = 0; (at = text.indexOf("\n", at) + 1) > 0;) starts.push(at);
  return starts;
}

/** JSON's (RFC 8259 section 2); no regular expression, whose first use is slow. */
const whitespace = [" ", "\t", "\n", "\r"];

/** Counts the strings that a colon follows: in valid JSON, the keys. */
function countKeysInText(text: string): number {
  let count = 0;
  let at = text.indexOf('"');
  while (at >= 0) {
    let end = text.indexOf('"', at + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    let next = end + 1;
    while (whitespace.includes(text.charAt(next))) next += 1;
    if (text.charAt(next) === ":") count += 1;
    at = text.indexOf('"', next);
  }
  return count;
}

/** True where an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text.charAt(start - 1) === "\\") start -= 1;
  return (at - start) % 2 === 1;
}

function countKeys(value: unknown): number {
  let count = 0;
  const rest = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== "object" || next === null) continue;
    const values = Object.values(next);
    if (!Array.isArray(next)) count += values.length;
    // One by one: a spread of a huge array overflows the stack.
    for (const inner of values) rest.push(inner);
  }
  return count;
}
