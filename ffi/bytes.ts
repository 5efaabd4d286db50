/**
 * Byte strings as JavaScript strings and back, losslessly.
 *
 * Arguments, environment and paths come from the kernel as bytes that are
 * mostly, but not always, UTF-8. As in Python's `surrogateescape` (PEP 383), a
 * byte that is not part of valid UTF-8 becomes a lone surrogate, U+DC80 to
 * U+DCFF, and becomes that byte again when it is encoded.
 */

/** For what is not short and ASCII; most boots need neither. */
let encoder: TextEncoder | undefined;
let strict: TextDecoder | undefined;

/** The first use of a TextDecoder takes as long as 2,000 characters here. */
const shortLength = 512;
const lastAscii = 0x7f;

const escapeBase = 0xdc00;
const escapedByte = /[\udc80-\udcff]/u;

/**
 * Decodes bytes; every byte sequence gives a string.
 *
 * ```ts
 * import { decodeBytes, encodeBytes } from "./bytes.ts";
 * const bytes = new Uint8Array([0x61, 0xff]);
 * const text = decodeBytes(bytes); // "a\udcff"
 * encodeBytes(text); // the same two bytes
 * ```
 */
export function decodeBytes(bytes: Uint8Array): string {
  return decodeShortAscii(bytes) ?? decodeUtf8(bytes) ??
    decodeWithEscapes(bytes);
}

/**
 * Encodes a string that {@linkcode decodeBytes} gave, or any other well-formed
 * one, as UTF-8.
 */
export function encodeBytes(text: string): Uint8Array<ArrayBuffer> {
  const ascii = encodeShortAscii(text);
  if (ascii !== undefined) return ascii;
  if (text.isWellFormed()) return encodeUtf8(text);
  const bytes: number[] = [];
  for (const character of text) {
    if (escapedByte.test(character)) {
      bytes.push(character.charCodeAt(0) - escapeBase);
    } else {
      bytes.push(...encodeUtf8(character));
    }
  }
  return new Uint8Array(bytes);
}

/** True where the text is Unicode, without an escaped byte or half a pair. */
export function isUnicode(text: string): boolean {
  return text.isWellFormed();
}

function decodeShortAscii(bytes: Uint8Array): string | undefined {
  if (bytes.length > shortLength) return undefined;
  let text = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte > lastAscii) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function encodeShortAscii(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length > shortLength) return undefined;
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > lastAscii) return undefined;
    bytes[at] = unit;
  }
  return bytes;
}

/** Undefined where the bytes are not UTF-8. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  strict ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
}

function decodeWithEscapes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const character = decodeOne(bytes, at);
    if (character === undefined) {
      text += String.fromCharCode(escapeBase + (bytes[at] as number));
      at += 1;
    } else {
      text += character;
      at += encodeUtf8(character).length;
    }
  }
  return text;
}

/** The character whose UTF-8 begins at `at`, or undefined where none does. */
function decodeOne(bytes: Uint8Array, at: number): string | undefined {
  for (let size = 1; size <= 4 && at + size <= bytes.length; size++) {
    const character = decodeUtf8(bytes.subarray(at, at + size));
    // Else not a whole character yet, or never one.
    if (character !== undefined) return character;
  }
  return undefined;
}
