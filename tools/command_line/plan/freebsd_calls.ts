/**
 * The system calls that FreeBSD's Sys makes of an operation, as text: found by
 * running it on a kernel that only writes them down.
 */

import {
  KENV_GET,
  SIOCGIFFLAGS,
  SIOCSIFFLAGS,
  TIOCSCTTY,
} from "../../../ffi/freebsd/constants.ts";
import type { FreebsdOperations } from "../../../ffi/freebsd/operations.ts";
import { callNumbers } from "../../../ffi/freebsd/symbols.ts";
import { FreebsdSys } from "../../../ffi/freebsd/sys.ts";
import type { Argument, Kernel } from "../../../ffi/shim.ts";
import type { Sys } from "../../../ffi/sys.ts";
import { SysError } from "../../../ffi/sys_error.ts";

const names = new Map<number, string>(
  Object.entries(callNumbers).map(([name, number]) => [number, name]),
);

/** Buffers begin here, as far as structs that point to them can tell. */
const address = 0x1000n;

/** What a call gives where the next one depends on it. */
const results: Readonly<Record<string, number>> = {
  socket: 3,
  open: 3,
  openat: 3,
  // F_GETFL: O_RDWR | O_NONBLOCK, as the console is opened.
  fcntl: 6,
};

/** Longer buffers show their length only. */
const mostBytes = 64;

/**
 * Renders the system calls of an operation.
 *
 * @param args the operation's arguments
 * @returns each call as `NUMBER NAME(ARGUMENTS)`; none where FreeBSD has no
 * such operation
 */
export function freebsdCalls<
  Name extends keyof (Sys & FreebsdOperations),
>(
  name: Name,
  args: Parameters<(Sys & FreebsdOperations)[Name]>,
): readonly string[] {
  const calls: string[] = [];
  const kernel: Kernel = {
    address: () => address,
    call(number, args) {
      const name = names.get(number) ?? "";
      calls.push(`${number} ${name}(${render(name, args)})`);
      if (name === "exit") throw new Ended();
      return name === "write" ? Number(args[2]) : results[name] ?? 0;
    },
  };
  const sys = new FreebsdSys(kernel);
  try {
    (sys[name] as (...args: unknown[]) => unknown)(...args);
  } catch (error) {
    if (!(error instanceof SysError || error instanceof Ended)) throw error;
  }
  return calls;
}

/** The end of the process, which no call comes back from. */
class Ended extends Error {}

const requests: Readonly<Record<number, string>> = {
  [TIOCSCTTY]: "TIOCSCTTY",
  [SIOCGIFFLAGS]: "SIOCGIFFLAGS",
  [SIOCSIFFLAGS]: "SIOCSIFFLAGS",
};

/** The numbers that say most by another name or base, by call and position. */
const special: Readonly<
  Record<string, readonly ((value: Argument) => string | undefined)[]>
> = {
  open: [() => undefined, hexadecimal, octal],
  openat: [() => undefined, () => undefined, hexadecimal],
  mkdir: [() => undefined, octal],
  chmod: [() => undefined, octal],
  fcntl: [() => undefined, () => undefined, hexadecimal],
  ioctl: [
    () => undefined,
    (value) => `${requests[Number(value)]} ${hexadecimal(value)}`,
  ],
  socket: [() => undefined, hexadecimal],
  kenv: [(value) => value === KENV_GET ? "KENV_GET 0" : undefined],
  nmount: [vectors, () => undefined, hexadecimal],
};

function render(name: string, args: readonly Argument[]): string {
  return args.map((value, n) => special[name]?.[n]?.(value) ?? plain(value))
    .join(", ");
}

function plain(value: Argument): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return `${value}`;
  const isShown = value.length <= mostBytes && value.some((byte) => byte !== 0);
  return `[${value.length} bytes${isShown ? `: ${value.toHex()}` : ""}]`;
}

function hexadecimal(value: Argument): string {
  return `0x${Number(value).toString(16)}`;
}

function octal(value: Argument): string {
  return `0${Number(value).toString(8)}`;
}

/** What the vectors of nmount(2) point to, and their lengths. */
function vectors(value: Argument): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  const view = new DataView(value.buffer);
  const first = Number(view.getBigUint64(0, true) - address);
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for (let at = 0; at < first; at += 16) {
    const start = Number(view.getBigUint64(at, true) - address);
    const length = Number(view.getBigUint64(at + 8, true));
    const text = decoder.decode(value.subarray(start, start + length));
    texts.push(
      `{${JSON.stringify(text).replace("\\u0000", "\\0")}, ${length}}`,
    );
  }
  return `[${texts.join(", ")}]`;
}
