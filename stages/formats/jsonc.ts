/**
 * JSON with comments and trailing commas (JSONC), for what the engine's own
 * parser does not take: as JSON, or what is wrong with it. One walk over the
 * characters, which a small engine does far faster than it makes a tree; over
 * rows of items without comments the engine's own parser goes, faster still.
 */

import { parseJson } from "../../ffi/json.ts";
import {
  closeArray,
  closeObject,
  closingQuote,
  colon,
  comma,
  isLineEnd,
  isSpace,
  openArray,
  openObject,
  quote,
  slash,
  space,
  star,
} from "./json_characters.ts";

/** The first thing that is wrong, and where: an offset. */
export class Mistake extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** What may come next. */
enum Wanted {
  value,
  /** A value, or the end of an array. */
  item,
  /** A key, or the end of an object. */
  key,
  colon,
  /** A comma, or the end of what is around. */
  end,
}

/** The length of what the engine is given to parse at a time. */
const rowSize = 4096;

/**
 * How many objects and arrays the walk goes into (RFC 8259 section 9); a row may
 * have some more in it.
 */
const deepest = 10_000;

/**
 * Puts spaces in the place of comments and of commas behind the last item, so
 * that what is left is JSON (RFC 8259) with everything in its place.
 *
 * One loop on variables: a small engine takes a third of the time for it that it
 * takes for fields and methods.
 *
 * @throws Mistake for what is no JSONC
 */
export function jsonOf(text: string): string {
  const size = text.length;
  /** The starts and ends of what becomes spaces, in the text's order. */
  const blanks: number[] = [];
  /** Nothing but white space has come since the last of them. */
  let isBlank = false;
  /** Where a comma is that has nothing behind it so far. */
  let lastComma = -1;
  /** Where it would be among the blanks. */
  let slot = 0;
  /** What is around the innermost, from outside: true for an object. */
  const around: boolean[] = [];
  let depth = 0;
  let isObject = false;
  let wanted = Wanted.value;
  /** From where a row is looked for. */
  let nextRow = 0;
  for (let at = 0; at < size;) {
    const code = text.charCodeAt(at);
    if (code <= space && isSpace(code)) {
      at += 1;
      continue;
    }
    if (code === slash) {
      const end = isBlank ? endOfComments(text, at) : endOfComment(text, at);
      if (isBlank) blanks[blanks.length - 1] = end;
      else blanks.push(at, end);
      isBlank = true;
      at = end;
      continue;
    }
    isBlank = false;
    if (code === comma && wanted === Wanted.end && depth > 0) {
      lastComma = at;
      slot = blanks.length;
      wanted = isObject ? Wanted.key : Wanted.item;
      at += 1;
      continue;
    }
    if (code === closeArray || code === closeObject) {
      const closesObject = code === closeObject;
      const isEmpty = wanted === (closesObject ? Wanted.key : Wanted.item);
      if (wanted !== Wanted.end && !isEmpty) throw new Mistake(at, noValue);
      if (depth === 0) throw new Mistake(at, behind);
      if (closesObject !== isObject) throw new Mistake(at, unclosed(isObject));
      if (lastComma >= 0) blanks.splice(slot, 0, lastComma, lastComma + 1);
      lastComma = -1;
      depth -= 1;
      isObject = around[depth] ?? false;
      wanted = Wanted.end;
      at += 1;
      continue;
    }
    if (lastComma >= nextRow) {
      const end = endOfRow(text, lastComma, isObject);
      nextRow = at + rowSize;
      if (end > at) {
        lastComma = nextRow = end;
        slot = blanks.length;
        at = end + 1;
        continue;
      }
    }
    lastComma = -1;
    switch (wanted) {
      case Wanted.colon:
        if (code !== colon) throw new Mistake(at, noColon);
        wanted = Wanted.value;
        at += 1;
        break;
      case Wanted.end:
        throw new Mistake(
          at,
          depth === 0 ? behind : "a comma is missing",
        );
      case Wanted.key:
        if (code !== quote) throw new Mistake(at, noKey(code));
        wanted = Wanted.colon;
        at = endOfString(text, at);
        break;
      default:
        if (code === openObject || code === openArray) {
          if (depth === deepest) throw new Mistake(at, tooDeep);
          around[depth] = isObject;
          depth += 1;
          isObject = code === openObject;
          wanted = isObject ? Wanted.key : Wanted.item;
          at += 1;
        } else {
          wanted = Wanted.end;
          at = code === quote ? endOfString(text, at) : endOfWord(text, at);
        }
    }
  }
  if (wanted === Wanted.value) throw new Mistake(size, noValue);
  if (wanted === Wanted.colon) throw new Mistake(size, noColon);
  if (depth > 0) throw new Mistake(size, unclosed(isObject));
  return withSpaces(text, blanks);
}

const noValue = "a value is missing";
const noColon = "a colon is missing";
const behind = "text behind the end";
/** What is nested deeper than a parser goes. */
export const tooDeep = "nested too deeply";

function unclosed(isObject: boolean): string {
  return `a closing ${isObject ? "brace" : "bracket"} is missing`;
}

function noKey(code: number): string {
  return code === comma || code === colon
    ? "a property name is missing"
    : "not JSON";
}

function withSpaces(text: string, blanks: readonly number[]): string {
  const parts: string[] = [];
  let kept = 0;
  for (let n = 0; n < blanks.length; n += 2) {
    const start = blanks[n] ?? 0;
    const end = blanks[n + 1] ?? 0;
    parts.push(text.slice(kept, start), " ".repeat(end - start));
    kept = end;
  }
  parts.push(text.slice(kept));
  return parts.join("");
}

/** The end of a comment, and of others behind it, with the space after each. */
function endOfComments(text: string, start: number): number {
  // Those without a star inside; so many at most: an engine keeps something for
  // each.
  const plain = /(?:\/\*[^*]*\*\/[ \t\r\n]*){1,1000}/y;
  const end = endOfMatch(plain, text, start);
  return end > start ? end : endOfComment(text, start);
}

/**
 * The comma behind a row of items or fields without comments; the one before it
 * where there is none. The engine goes through a row in a fraction of the time:
 * what it takes for the content of an array or an object is that here, too.
 *
 * @param start the comma before it
 */
function endOfRow(text: string, start: number, isObject: boolean): number {
  // A comma behind the same character as before most likely ends an item, too.
  const end = text.lastIndexOf(
    text.slice(start - 1, start + 1),
    start + rowSize,
  );
  const row = text.slice(start + 1, end + 1);
  return end > start && isJson(isObject ? `{${row}}` : `[${row}]`)
    ? end + 1
    : start;
}

function endOfMatch(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : start;
}

function endOfComment(text: string, start: number): number {
  const kind = text.charCodeAt(start + 1);
  if (kind === slash) {
    let end = start + 2;
    while (end < text.length && !isLineEnd(text.charCodeAt(end))) end += 1;
    return end;
  }
  if (kind !== star) throw new Mistake(start, "not JSON");
  const end = text.indexOf("*/", start + 2);
  if (end < 0) throw new Mistake(start, "a comment without an end");
  return end + 2;
}

function endOfString(text: string, start: number): number {
  const end = closingQuote(text, start);
  const string = text.slice(start, end < 0 ? undefined : end + 1);
  if (end < 0 || string.includes("\n")) {
    throw new Mistake(start, "a string without an end");
  }
  if (!isJson(string)) throw new Mistake(start, whyNoString(string));
  return end + 1;
}

/** Of a number, true, false or null. */
function endOfWord(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === comma || first === colon) throw new Mistake(start, noValue);
  const end = endOfMatch(/[^ \t\r\n,:"/[\]{}]+/y, text, start);
  const word = text.slice(start, end);
  if (isJson(word)) return end;
  throw new Mistake(start, /^[-\d]/.test(word) ? "not a number" : "not JSON");
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

/** @param text with the quotes at both ends */
function whyNoString(text: string): string {
  for (let at = 1; at < text.length - 1; at++) {
    if (text.charCodeAt(at) < 0x20) return "a control character in a string";
    if (text.charAt(at) !== "\\") continue;
    at += 1;
    if (text.charAt(at) === "u") {
      if (!isJson(`"\\u${text.slice(at + 1, at + 5)}"`)) {
        return "a bad \\u escape";
      }
    } else if (!'"\\/bfnrt'.includes(text.charAt(at))) {
      return "a bad escape";
    }
  }
  return "not JSON";
}
