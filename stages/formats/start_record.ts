/**
 * The start record: what the launcher tells the program that it starts
 * (native/launcher.c writes it). NUL-terminated words, `NAME=VALUE` each, the
 * last of them `arguments=N`; then the kernel's own N arguments and after them
 * its environment, byte for byte.
 */

import { decodeBytes } from "../../ffi/bytes.ts";

/** A start record's content; texts are those of `ffi/bytes.ts`. */
export interface StartRecord {
  /** When the launcher began: nanoseconds of CLOCK_BOOTTIME. */
  readonly started: number;
  /** When it had made everything ready for the runtime; the same clock. */
  readonly runtime: number;
  /** Descriptor of the root that the kernel gave; only where a guest boots. */
  readonly root?: number;
  /** Descriptor of the file that takes the hand-over record; there, too. */
  readonly handover?: number;
  /** The kernel's argv. */
  readonly args: readonly string[];
  /** The kernel's environment. */
  readonly environment: readonly string[];
}

/**
 * Reads a start record.
 *
 * @throws Error when it is not one
 */
export function readStartRecord(bytes: Uint8Array): StartRecord {
  const words = decodeBytes(bytes).split("\0");
  if (words.pop() !== "") throw new Error("Not a start record: cut short");
  const facts = new Map<string, number>();
  let at = 0;
  while (!facts.has("arguments")) {
    const word = words[at++];
    const [name = "", value] = word?.split("=") ?? [];
    const number = Number(value);
    // Not by a regular expression: its first use costs a boot too much.
    if (
      !(number >= 0 && Number.isSafeInteger(number)) || `${number}` !== value
    ) {
      throw new Error(`Not a start record: word ${at} is ${word}`);
    }
    facts.set(name, number);
  }
  const rest = words.slice(at);
  const count = facts.get("arguments") ?? 0;
  if (rest.length < count) throw new Error("Not a start record: cut short");
  const root = facts.get("root");
  const handover = facts.get("handover");
  return {
    started: facts.get("started") ?? 0,
    runtime: facts.get("runtime") ?? 0,
    ...(root !== undefined && { root }),
    ...(handover !== undefined && { handover }),
    args: rest.slice(0, count),
    environment: rest.slice(count),
  };
}
