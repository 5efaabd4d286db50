/**
 * JSON with comments and trailing commas (JSONC), for what the engine's own
 * parser does not take: as JSON, or what is wrong with it. One walk over the
 * characters, which a small engine does far faster than it makes a tree.
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

/**
 * Puts spaces in the place of comments and of commas behind the last item, so
 * that what is left is JSON (RFC 8259) with everything in its place.
 *
 * @throws Mistake for what is no JSONC
 */
export function jsonOf(text: string): string {
  return new Walk(text).json();
}

/** What may come next. */
type Wanted = "value" | "item" | "key" | "colon" | "end";

const missing: Readonly<Record<Wanted, string>> = {
  value: "a value is missing",
  item: "a closing bracket is missing",
  key: "a closing brace is missing",
  colon: "a colon is missing",
  end: "",
};

class Walk {
  readonly #text: string;
  #at = 0;
  #wanted: Wanted = "value";
  /** What is open around: true for an object. */
  readonly #around: boolean[] = [];
  /** Where a comma stands with nothing behind it yet. */
  #comma = -1;
  readonly #blanks: [start: number, end: number][] = [];

  constructor(text: string) {
    this.#text = text;
  }

  json(): string {
    while (this.#skipBlank()) this.#step(this.#text.charCodeAt(this.#at));
    if (this.#around.length > 0 || this.#wanted !== "end") {
      throw this.#mistake(this.#missingAtEnd());
    }
    return withSpaces(this.#text, this.#blanks);
  }

  #step(code: number): void {
    if (this.#wanted === "colon") {
      if (code !== colon) throw this.#mistake(missing.colon);
      this.#at += 1;
      this.#wanted = "value";
    } else if (code === closeObject || code === closeArray) {
      this.#close(code === closeObject);
    } else if (this.#wanted === "end") {
      this.#separate(code);
    } else if (this.#wanted === "key") {
      if (code !== quote) throw this.#mistake(this.#noKey(code));
      this.#string();
      this.#begun("colon");
    } else {
      this.#value(code);
    }
  }

  /** Goes to what is neither space nor comment; false at the end. */
  #skipBlank(): boolean {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (isSpace(code)) this.#at += 1;
      else if (code === slash) this.#comment();
      else return this.#at < this.#text.length;
    }
  }

  #comment(): void {
    const text = this.#text;
    const start = this.#at;
    const kind = text.charCodeAt(start + 1);
    if (kind === slash) {
      let end = start + 2;
      while (end < text.length && !isLineEnd(text.charCodeAt(end))) end += 1;
      this.#at = end;
    } else if (kind === star) {
      const end = text.indexOf("*/", start + 2);
      if (end < 0) throw this.#mistake("a comment without an end");
      this.#at = end + 2;
    } else {
      throw this.#mistake("not JSON");
    }
    this.#blanks.push([start, this.#at]);
  }

  #close(isObject: boolean): void {
    const around = this.#around.at(-1);
    const isEmpty = this.#wanted === (isObject ? "key" : "item");
    if (this.#wanted !== "end" && !isEmpty) {
      throw this.#mistake(missing.value);
    }
    if (around !== isObject) {
      throw this.#mistake(around === undefined ? behind : this.#missingAtEnd());
    }
    if (this.#comma >= 0) this.#blanks.push([this.#comma, this.#comma + 1]);
    this.#around.pop();
    this.#at += 1;
    this.#begun("end");
  }

  #separate(code: number): void {
    const around = this.#around.at(-1);
    if (around === undefined) throw this.#mistake(behind);
    if (code !== comma) throw this.#mistake("a comma is missing");
    this.#comma = this.#at;
    this.#at += 1;
    this.#wanted = around ? "key" : "item";
  }

  #value(code: number): void {
    if (code === openObject || code === openArray) {
      this.#around.push(code === openObject);
      this.#at += 1;
      this.#begun(code === openObject ? "key" : "item");
      return;
    }
    if (code === comma || code === colon) throw this.#mistake(missing.value);
    if (code === quote) this.#string();
    else this.#word();
    this.#begun("end");
  }

  /** Something has come behind a comma, if there was one. */
  #begun(wanted: Wanted): void {
    this.#comma = -1;
    this.#wanted = wanted;
  }

  #string(): void {
    const start = this.#at;
    const end = closingQuote(this.#text, start);
    const text = this.#text.slice(start, end < 0 ? undefined : end + 1);
    if (end < 0 || text.includes("\n")) {
      throw this.#mistake("a string without an end");
    }
    if (!isJson(text)) throw this.#mistake(whyNoString(text));
    this.#at = end + 1;
  }

  /** A number, true, false or null. */
  #word(): void {
    const text = this.#text;
    const start = this.#at;
    const first = text.charCodeAt(start);
    let end = start;
    while (isDigit(text.charCodeAt(end))) end += 1;
    // What begins with another digit is a number, as far as that goes.
    const isPlain = end > start && (first !== zero || end === start + 1);
    if (!isPlain || !endsWord(text.charCodeAt(end))) {
      while (end < text.length && !endsWord(text.charCodeAt(end))) end += 1;
      if (!isJson(text.slice(start, end))) {
        const isNumber = first === minus || isDigit(first);
        throw this.#mistake(isNumber ? "not a number" : "not JSON");
      }
    }
    this.#at = end;
  }

  #noKey(code: number): string {
    return code === comma || code === colon
      ? "a property name is missing"
      : "not JSON";
  }

  #missingAtEnd(): string {
    if (this.#wanted !== "end") return missing[this.#wanted];
    return this.#around.at(-1) ? missing.key : missing.item;
  }

  #mistake(message: string): Mistake {
    return new Mistake(this.#at, message);
  }
}

const behind = "text behind the end";

const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

function endsWord(code: number): boolean {
  return isSpace(code) || code === comma || code === colon || code === quote ||
    code === slash || code === openArray || code === closeArray ||
    code === openObject || code === closeObject;
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

function withSpaces(
  text: string,
  blanks: readonly (readonly [start: number, end: number])[],
): string {
  let kept = 0;
  const parts = blanks.toSorted(([a], [b]) => a - b).flatMap(([start, end]) => {
    const part = text.slice(kept, start);
    kept = end;
    return [part, " ".repeat(end - start)];
  });
  return [...parts, text.slice(kept)].join("");
}
