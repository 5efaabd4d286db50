/** What the engine of the small image gives its program (native/engine/host.c). */

import type { Argument } from "../shim.ts";

/** The engine's one global object that is not JavaScript's own. */
export interface Engine {
  /** What it was compiled for, as `uname -m` names it. */
  readonly arch: "x86_64" | "aarch64";
  /** The words of its command line behind the first. */
  readonly arguments: readonly string[];
  /** Makes a system call of up to six arguments: its result, or -errno. */
  systemCall(number: number, ...args: readonly Argument[]): number;
  /** Where bytes are in memory; they stay there. */
  address(bytes: Uint8Array<ArrayBuffer>): bigint;
  /** {@linkcode decodeBytes} of ffi/bytes.ts. */
  decode(bytes: Uint8Array): string;
  /** {@linkcode encodeBytes} of ffi/bytes.ts. */
  encode(text: string): Uint8Array<ArrayBuffer>;
  /** False where a string or number in the text is none of JSON's (RFC 8259). */
  isStrictJson(text: string): boolean;
}

declare global {
  var krunEngine: Engine;
  /** QuickJS's own: for a stack that has no more room. */
  var InternalError: ErrorConstructor;
}

/** The engine that runs this. */
export const engine: Engine = globalThis.krunEngine;

// As V8 has it, and so whoever expects the end of the stack.
Object.setPrototypeOf(InternalError.prototype, RangeError.prototype);
