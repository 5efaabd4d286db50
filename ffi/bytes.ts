/**
 * Byte strings as JavaScript strings and back, losslessly.
 *
 * Arguments, environment and paths come from the kernel as bytes that are
 * mostly, but not always, UTF-8. As in Python's `surrogateescape` (PEP 383), a
 * byte that is not part of valid UTF-8 becomes a lone surrogate, U+DC80 to
 * U+DCFF, and becomes that byte again when it is encoded.
 */

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
  try {
    return strict.decode(bytes);
  } catch {
    return decodeWithEscapes(bytes);
  }
}

/**
 * Encodes a string that {@linkcode decodeBytes} gave, or any other well-formed
 * one, as UTF-8.
 */
export function encodeBytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    if (escapedByte.test(character)) {
      bytes.push(character.charCodeAt(0) - escapeBase);
    } else {
      bytes.push(...encoder.encode(character));
    }
  }
  return new Uint8Array(bytes);
}

/** True where the text is Unicode, without an escaped byte or half a pair. */
export function isUnicode(text: string): boolean {
  return text.isWellFormed();
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
      at += encoder.encode(character).length;
    }
  }
  return text;
}

/** The character whose UTF-8 begins at `at`, or undefined where none does. */
function decodeOne(bytes: Uint8Array, at: number): string | undefined {
  for (let size = 1; size <= 4 && at + size <= bytes.length; size++) {
    try {
      return strict.decode(bytes.subarray(at, at + size));
    } catch {
      // Not a whole character yet, or never one.
    }
  }
  return undefined;
}
