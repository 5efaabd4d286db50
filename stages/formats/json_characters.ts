/** JSON's characters (RFC 8259 section 2) by their numbers, and its strings. */

export const space = 0x20;
export const quote = 0x22;
export const star = 0x2a;
export const comma = 0x2c;
export const slash = 0x2f;
export const colon = 0x3a;
export const openArray = 0x5b;
const backslash = 0x5c;
export const closeArray = 0x5d;
export const openObject = 0x7b;
export const closeObject = 0x7d;
const newline = 0x0a;
const carriageReturn = 0x0d;

/** True for JSON's white space. */
export function isSpace(code: number): boolean {
  return code === space || code === 0x09 || isLineEnd(code);
}

/** True for what ends a comment of one line. */
export function isLineEnd(code: number): boolean {
  return code === newline || code === carriageReturn;
}

/**
 * The offset of a string's last quote; negative where there is none.
 *
 * @param start the offset of the first one
 */
export function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** True where an odd number of backslashes stands before. */
export function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text.charCodeAt(start - 1) === backslash) start -= 1;
  return (at - start) % 2 === 1;
}
