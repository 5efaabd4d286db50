/**
 * JSON as people write it, with comments and trailing commas (JSONC), and
 * where in the text something stands.
 */

import { visit } from "#jsonc";
import { parseJson } from "../../ffi/json.ts";
import {
  countKeysInText,
  findDuplicates,
  findValues,
  withoutComments,
} from "./json_places.ts";

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What a text says. */
export interface JsonText {
  readonly value: unknown;
  /** The first keys that an object has twice, by their paths; the last counts. */
  readonly duplicates: readonly (readonly [path: string, place: Place])[];
  /** How many others there are. */
  readonly moreDuplicates: number;
  /**
   * Finds where values stand.
   *
   * @param paths such as `process.args[1]`
   * @returns undefined for what the text has not
   */
  locate(paths: readonly string[]): (Place | undefined)[];
}

/** How many mistakes are told one by one: nobody reads more of them. */
export const mostFindings = 20;

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
 * Parses a text. The engine alone does that; where something stands is looked
 * for when it is asked for.
 *
 * @throws SyntaxError with line and column when it is no JSONC
 */
export function parseJsonText(text: string): JsonText {
  const placeOf = placesIn(text);
  const { json, value } = parse(text);
  // As many keys in the text as in the value: none was there twice.
  const { first, more } = countKeysInText(json) === countKeys(value)
    ? { first: [], more: 0 }
    : findDuplicates(json, mostFindings);
  return {
    value,
    duplicates: first.map(({ path, offset }) => [path, placeOf(offset)]),
    moreDuplicates: more,
    locate: (paths) =>
      findValues(json, paths)
        .map((offset) => offset === undefined ? undefined : placeOf(offset)),
  };
}

/** A text without the byte order mark, which is no part of it (RFC 8259 section 8.1). */
export function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** The text as JSON, with everything in its place, and its value. */
function parse(text: string): { json: string; value: unknown } {
  const attempt = (
    json: string,
  ): { json: string; value: unknown } | undefined => {
    try {
      return { json, value: parseJson(json) };
    } catch (error) {
      // The end of the stack: of QuickJS's alone, V8 goes to any depth.
      if (error instanceof RangeError) throw new SyntaxError(tooDeep);
      if (!(error instanceof SyntaxError)) throw error;
      return undefined;
    }
  };
  return attempt(text) ?? attempt(withoutComments(text)) ?? fail(text);
}

/** Says where it is no JSONC, and why. */
function fail(text: string): never {
  let offset = 0;
  let reason = errors[1];
  try {
    visit(text, {
      onError(error, at) {
        [offset, reason] = [at, errors[error]];
        throw new Found();
      },
    }, { allowTrailingComma: true });
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError(tooDeep);
    if (!(error instanceof Found)) throw error;
  }
  throw new SyntaxError(`${placeText(placesIn(text)(offset))}: ${reason}`);
}

/** Nobody reads a second error. */
class Found extends Error {}

/** Names a place in a message. */
export function placeText({ line, column }: Place): string {
  return `line ${line}, column ${column}`;
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

function countKeys(value: unknown): number {
  let count = 0;
  const rest = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== "object" || next === null) continue;
    const isList = Array.isArray(next);
    const values: readonly unknown[] = isList ? next : Object.values(next);
    if (!isList) count += values.length;
    // One by one: a spread of a huge array overflows the stack.
    for (const inner of values) if (typeof inner === "object") rest.push(inner);
  }
  return count;
}
