/**
 * JSON as people write it, with comments and trailing commas (JSONC), and
 * where in the text something stands.
 */

import { parseJson } from "../../ffi/json.ts";
import { countKeysInText, findDuplicates, findValues } from "./json_places.ts";
import { isObject } from "./json_value.ts";
import { jsonOf, Mistake, tooDeep } from "./jsonc.ts";

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
  const keys = countKeysInText(json);
  const isUnique = keys !== undefined && hasKeys(value, keys);
  const { first, more } = isUnique
    ? { first: [], more: 0 }
    : findDuplicates(json, mostFindings);
  return {
    value,
    duplicates: first.map(({ path, offset }) => [path, placeOf(offset)]),
    moreDuplicates: more,
    locate: (paths) =>
      findValues(json, paths, isUnique)
        .map((offset) => offset === undefined ? undefined : placeOf(offset)),
  };
}

/** A text without the byte order mark, which is no part of it (RFC 8259 section 8.1). */
export function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** The text as JSON, with everything in its place, and its value. */
function parse(text: string): { json: string; value: unknown } {
  const value = attempt(text);
  if (value !== undefined) return { json: text, value };
  const json = jsonIn(text);
  const stripped = attempt(json);
  // The walk needs no stack; an engine's parser does.
  if (stripped === undefined) throw new SyntaxError(tooDeep);
  return { json, value: stripped };
}

/** Undefined for what the engine does not take. */
function attempt(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

function jsonIn(text: string): string {
  try {
    return jsonOf(text);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const place = placesIn(text)(error.offset);
    throw new SyntaxError(`${placeText(place)}: ${error.message}`);
  }
}

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

/** True where a value and all that is inside it have so many keys, or more. */
function hasKeys(value: unknown, wanted: number): boolean {
  let count = 0;
  const rest = [value];
  const keep = (inner: unknown): void => {
    if (typeof inner === "object") rest.push(inner);
  };
  while (count < wanted && rest.length > 0) {
    const next = rest.pop();
    // One by one: a spread of a huge array overflows the stack. By numbers: a
    // small engine takes twice as long for an iterator.
    if (Array.isArray(next)) {
      for (let n = 0; n < next.length; n++) keep(next[n]);
    } else if (isObject(next)) {
      const keys = Object.keys(next);
      count += keys.length;
      if (count < wanted) keys.forEach((key) => keep(next[key]));
    }
  }
  return count >= wanted;
}
