/**
 * Where in a text of JSON something stands. Each function goes through the text
 * once, which a small engine does far faster than it makes a tree. All take the
 * text to be valid (RFC 8259).
 */

import { parseJson } from "../../ffi/json.ts";
import {
  closeArray,
  closeObject,
  closingQuote,
  comma,
  isEscaped,
  isSpace,
  openArray,
  openObject,
  quote,
} from "./json_characters.ts";

/** By a character's number, whether it is more than a part of a value. */
const isMark = new Uint8Array(0x80);
for (
  const code of [
    ...[quote, comma, openArray, closeArray, openObject, closeObject],
  ]
) isMark[code] = 1;

/** The offset behind a string, whose first quote is at `start`. */
function endOfString(text: string, start: number): number {
  return closingQuote(text, start) + 1;
}

/** What a key says, whose quotes are at both ends. */
function keyOf(text: string, start: number, end: number): string {
  const plain = text.slice(start + 1, end - 1);
  return plain.includes("\\")
    ? parseJson(text.slice(start, end)) as string
    : plain;
}

/**
 * Counts the keys of all objects, by the colons behind them; a string that begins
 * with a colon counts, too. Undefined where there may be space before a colon,
 * which hardly anybody writes.
 */
export function countKeysInText(text: string): number | undefined {
  if (/"[ \t\r\n]+:/.test(text)) return undefined;
  const hasEscapes = text.includes("\\");
  let count = 0;
  let at = text.indexOf('":');
  while (at >= 0) {
    if (!hasEscapes || !isEscaped(text, at)) count += 1;
    at = text.indexOf('":', at + 2);
  }
  return count;
}

/** What is left of a path, and which of the paths it is. */
interface Rest {
  readonly rest: string;
  readonly which: number;
}

/**
 * Finds values by their paths, such as `process.args[1]`; of a key that is
 * there twice, the one that counts.
 *
 * @param isUnique true where no key is there twice: the first one found will do
 * @returns their offsets; undefined for what is not there
 */
export function findValues(
  text: string,
  paths: readonly string[],
  isUnique: boolean,
): (number | undefined)[] {
  const finder = new Finder(text, isUnique ? paths.length : Infinity);
  finder.value(paths.map((rest, which) => ({ rest, which })));
  return paths.map((_, which) => finder.found.get(which));
}

class Finder {
  readonly found = new Map<number, number>();
  readonly #text: string;
  readonly #enough: number;
  #at = 0;

  /** @param enough how many it has to have found before it looks no further */
  constructor(text: string, enough: number) {
    this.#text = text;
    this.#enough = enough;
  }

  /** Goes through a value, and behind it. */
  value(wanted: readonly Rest[]): void {
    this.#skipSpace();
    const inside = wanted.filter(({ rest, which }) => {
      if (rest === "") this.found.set(which, this.#at);
      return rest !== "";
    });
    const code = this.#code();
    if (inside.length === 0) this.#skip();
    else if (code === openObject) this.#object(inside);
    else if (code === openArray) this.#array(inside);
    else this.#skip();
  }

  #object(wanted: readonly Rest[]): void {
    this.#at += 1;
    while (this.#isBeforeItem(closeObject)) {
      const start = this.#at;
      this.#at = endOfString(this.#text, start);
      const key = keyOf(this.#text, start, this.#at);
      this.#skipSpace();
      // Over the colon.
      this.#at += 1;
      const inside: Rest[] = [];
      for (const { rest, which } of wanted) {
        const name = rest.startsWith(".") ? rest.slice(1) : rest;
        if (!name.startsWith(key)) continue;
        const behind = name.slice(key.length);
        // A key may have dots and brackets in it.
        const isOnWay = behind === "" || behind.startsWith(".") ||
          behind.startsWith("[");
        if (isOnWay) inside.push({ rest: behind, which });
      }
      if (inside.length === 0) this.#skip();
      else this.value(inside);
    }
    this.#at += 1;
  }

  #array(wanted: readonly Rest[]): void {
    const byIndex = new Map<number, Rest[]>();
    let last = -1;
    for (const { rest, which } of wanted) {
      const [, index, behind = ""] = /^\[(\d+)\](.*)$/s.exec(rest) ?? [];
      if (index === undefined) continue;
      const list = byIndex.get(Number(index)) ?? [];
      byIndex.set(Number(index), [...list, { rest: behind, which }]);
      last = Math.max(last, Number(index));
    }
    this.#at += 1;
    for (let n = 0; n <= last && this.#isBeforeItem(closeArray); n++) {
      const inside = byIndex.get(n);
      if (inside === undefined) this.#skip();
      else this.value(inside);
    }
    if (this.found.size < this.#enough) this.#skip(1);
  }

  /** Goes to the next item; false where there is none, or no need of it. */
  #isBeforeItem(end: number): boolean {
    if (this.found.size >= this.#enough) return false;
    this.#skipSpace();
    if (this.#code() === comma) {
      this.#at += 1;
      this.#skipSpace();
    }
    return this.#code() !== end && this.#at < this.#text.length;
  }

  /**
   * Goes behind a value, but not behind what stands behind that.
   *
   * @param depth of the brackets that it goes out of
   */
  #skip(depth = 0): void {
    const text = this.#text;
    const isInside = depth > 0;
    let at = this.#at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code > closeObject || isMark[code] === 0) continue;
      if (code === quote) at = endOfString(text, at) - 1;
      else if (code === openObject || code === openArray) depth += 1;
      else if (code === closeObject || code === closeArray) {
        // Of what is around a value without brackets.
        if (depth === 0) break;
        depth -= 1;
        if (isInside && depth === 0) {
          at += 1;
          break;
        }
      } else if (depth === 0 && code === comma) break;
    }
    this.#at = at;
  }

  #skipSpace(): void {
    while (isSpace(this.#code())) this.#at += 1;
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }
}

/** An object or an array that a value lies in. */
interface Around {
  /** Of an object. */
  readonly keys?: Set<string>;
  /** Where in it the value lies. */
  name: string | number;
}

/** A key that an object has twice. */
export interface Duplicate {
  readonly path: string;
  readonly offset: number;
}

/**
 * Finds the keys that an object has twice.
 *
 * @param most how many of them to name
 * @returns those, and how many others there are
 */
export function findDuplicates(
  text: string,
  most: number,
): { first: Duplicate[]; more: number } {
  // Without any, calls for each string that a small engine takes its time for
  // can be left out.
  const hasEscapes = text.includes("\\");
  const first: Duplicate[] = [];
  let more = 0;
  const around: Around[] = [];
  let inner: Around | undefined;
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > closeObject || isMark[code] === 0) continue;
    if (code === quote) {
      const start = at;
      at = hasEscapes
        ? closingQuote(text, start)
        : text.indexOf('"', start + 1);
      if (!isKey || inner?.keys === undefined) continue;
      const key = inner.name = hasEscapes
        ? keyOf(text, start, at + 1)
        : text.slice(start + 1, at);
      at = text.indexOf(":", at);
      isKey = false;
      if (!inner.keys.has(key)) inner.keys.add(key);
      else if (first.length === most) more += 1;
      else first.push({ path: pathOf(around), offset: start });
    } else if (code === openObject || code === openArray) {
      isKey = code === openObject;
      inner = isKey ? { keys: new Set(), name: "" } : { name: 0 };
      around.push(inner);
    } else if (code === closeObject || code === closeArray) {
      around.pop();
      inner = around.at(-1);
    } else if (inner?.keys !== undefined) {
      isKey = true;
    } else if (inner !== undefined) {
      inner.name = Number(inner.name) + 1;
    }
  }
  return { first, more };
}

function pathOf(around: readonly Around[]): string {
  return around.reduce(
    (path, { name }) =>
      typeof name === "number"
        ? `${path}[${name}]`
        : path === ""
        ? name
        : `${path}.${name}`,
    "",
  );
}
