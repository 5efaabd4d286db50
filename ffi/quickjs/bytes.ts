/** The functions of ffi/bytes.ts, in whose place the small image has these. */

import { engine } from "./engine.ts";

/** Decodes bytes; every byte sequence gives a string. */
export function decodeBytes(bytes: Uint8Array): string {
  return engine.decode(bytes);
}

/** Encodes a string that {@linkcode decodeBytes} gave, or any other one. */
export function encodeBytes(text: string): Uint8Array<ArrayBuffer> {
  return engine.encode(text);
}

/** True where the text is Unicode, without an escaped byte or half a pair. */
export function isUnicode(text: string): boolean {
  return text.isWellFormed();
}
