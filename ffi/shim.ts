/** System calls through the shim, of whichever kernel it was compiled for. */

import { encodeBytes } from "./bytes.ts";

/** An argument of a system call; strings become NUL-terminated bytes. */
export type Argument = Register | string;
type Register = number | bigint | null | Uint8Array<ArrayBuffer>;

/** What makes system calls. */
export interface Kernel {
  /** @returns the call's result, or -errno */
  call(number: number, args: readonly Argument[]): number;
  /** Where bytes are in memory, for structs that point to them. */
  address(bytes: Uint8Array<ArrayBuffer>): bigint;
}

/**
 * `long krun_system_call(struct call { long number, argument[6]; })`: the
 * result of the system call, or -errno.
 *
 * One symbol for all calls, because each costs the boot time to bind.
 */
const symbols = {
  krun_system_call: {
    parameters: [{ struct: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"] }],
    result: "i64",
  },
} as const satisfies Deno.ForeignLibraryInterface;

const maxArguments = 6;

/** Makes system calls; the shared object is opened at the first one. */
export class Shim implements Kernel {
  readonly #path: string;
  #symbols: Deno.DynamicLibrary<typeof symbols>["symbols"] | undefined;
  /** What the kernel reads or writes; no garbage until the next call. */
  #inUse: readonly Register[] = [];

  /** @param path the shim's shared object */
  constructor(path: string) {
    this.#path = path;
  }

  call(number: number, args: readonly Argument[]): number {
    this.#symbols ??= Deno.dlopen(this.#path, symbols).symbols;
    this.#inUse = args.map((arg) =>
      typeof arg === "string" ? encodeBytes(`${arg}\0`) : arg
    );
    const call = new BigInt64Array(1 + maxArguments);
    call[0] = BigInt(number);
    this.#inUse.forEach((arg, n) => call[n + 1] = this.#register(arg));
    return Number(this.#symbols.krun_system_call(call));
  }

  address(bytes: Uint8Array<ArrayBuffer>): bigint {
    // By its ArrayBuffer: V8 may keep, and move, a small array's bytes elsewhere.
    const start = Deno.UnsafePointer.value(
      Deno.UnsafePointer.of(bytes.buffer),
    );
    return start + BigInt(bytes.byteOffset);
  }

  #register(arg: Register): bigint {
    if (arg === null) return 0n;
    return typeof arg === "object" ? this.address(arg) : BigInt(arg);
  }
}
