/** A FreeBSD kernel's side of the system calls, as far as a test tells it. */

import type { Argument, Kernel } from "../../ffi/shim.ts";

/** A call: its number and its arguments, bytes and strings as copied bytes. */
export type RecordedCall = readonly unknown[];

/** Gives a call its result; it may write to the bytes among the arguments. */
export type Answer = (args: readonly Argument[]) => number;

/** A kernel that records the calls. */
export interface RecordingKernel extends Kernel {
  readonly calls: readonly RecordedCall[];
}

/** Where all bytes are said to be. */
export const fakeAddress = 0x1000n;

/**
 * Makes a kernel. Bytes are recorded as they were before the call.
 *
 * @param answers by a call's number, one for each time that it is made; the
 * last counts for all others; 0 where there is none
 */
export function recordingKernel(
  answers: Readonly<Record<number, readonly Answer[]>> = {},
): RecordingKernel {
  const calls: RecordedCall[] = [];
  const made = new Map<number, number>();
  return {
    calls,
    address: () => fakeAddress,
    call(number, args) {
      calls.push([
        number,
        ...args.map((arg) =>
          arg instanceof Uint8Array
            ? [...arg]
            : typeof arg === "string"
            ? cString(arg)
            : arg
        ),
      ]);
      const times = made.get(number) ?? 0;
      made.set(number, times + 1);
      const all = answers[number] ?? [];
      const answer = all[times] ?? all.at(-1);
      return answer?.(args) ?? 0;
    },
  };
}

/** The bytes of a C string. */
export function cString(text: string): number[] {
  return [...new TextEncoder().encode(text), 0];
}
