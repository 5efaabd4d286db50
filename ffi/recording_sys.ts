/** A Sys without a system: it notes what it is asked, and answers as told. */

import { describe } from "./describe.ts";
import { describeFreebsd } from "./freebsd/describe.ts";
import type { FreebsdOperations } from "./freebsd/operations.ts";
import type { Sys } from "./sys.ts";
import { type ErrnoName, SysError } from "./sys_error.ts";

/** The operations of every platform. */
type Operations = Sys & FreebsdOperations;

/** A call that was made. */
export interface RecordedCall {
  readonly name: keyof Operations;
  readonly args: readonly unknown[];
  /** As `describe` renders it. */
  readonly text: string;
  /** How it failed; undefined where it did not. */
  readonly errno: ErrnoName | undefined;
}

/** What a recording Sys knows of the system that it stands for. */
export interface RecordingOptions {
  /** Answers in the place of the defaults, by operation; see {@linkcode Refusal}. */
  readonly answers?: Partial<Operations>;
  /**
   * What fails: the text of a call, or the name of an operation for all of
   * its calls, and the errno; or a function that says so for each call.
   */
  readonly failures?:
    | Readonly<Record<string, ErrnoName>>
    | ((text: string, name: keyof Operations) => ErrnoName | undefined);
}

/** A Sys that records. */
export interface RecordingSys extends Operations {
  /** The text of every call in order, failed ones included. */
  readonly calls: readonly string[];
  /** The same calls with all that is known of them. */
  readonly records: readonly RecordedCall[];
}

/** What an answer throws for its call to fail. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  /** @param errno the error's name */
  constructor(readonly errno: ErrnoName) {
    super(errno);
  }
}

/** Thrown in the place of ending the process. */
export class RecordedExit extends Error {
  override readonly name = "RecordedExit";

  /** @param status the exit status */
  constructor(readonly status: number) {
    super(`The recorded process ended with status ${status}`);
  }
}

/** A system on which every operation succeeds and nothing is there to read. */
const defaults: Operations = {
  mkdir: () => {},
  mount: () => {},
  makeMount: () => 3,
  placeMount: () => {},
  isMountPoint: () => false,
  fileSystemType: () => 0,
  mountFlags: () => 0,
  lstat: (path) => missing(describe.lstat(path)),
  lchown: () => {},
  mknod: () => {},
  copyFile: () => {},
  chmod: () => {},
  symlink: () => {},
  readLink: (path) => missing(describe.readLink(path)),
  readFile: (path) => missing(describe.readFile(path)),
  readHead: (path, size) => missing(describe.readHead(path, size)),
  readFileIn: (root, path) => missing(describe.readFileIn(root, path)),
  readDirectory: (path) => missing(describe.readDirectory(path)),
  open: (path, flags) => missing(describe.open(path, flags)),
  writeFile: () => {},
  rename: () => {},
  unlink: () => {},
  close: () => {},
  chdir: () => {},
  fchdir: () => {},
  chroot: () => {},
  sethostname: () => {},
  interfaceUp: () => {},
  interfaceIndex: () => 1,
  hardwareAddress: () => new Uint8Array(6),
  rtnetlink: () => {},
  openPacket: () => 3,
  send: () => {},
  receive: () => undefined,
  openVsock: () => 3,
  sendToHost: () => {},
  random: (size) => new Uint8Array(size),
  write: () => {},
  sleep: () => {},
  bootTime: () => 0,
  exit: (status) => {
    throw new RecordedExit(status);
  },
  kenv: () => undefined,
  nmount: () => {},
  unmount: () => {},
  revoke: () => {},
  openAppending: () => 3,
  setBlocking: () => {},
  setsid: () => {},
  controllingTerminal: () => {},
  dup2: () => {},
  setlogin: () => {},
};

const texts = { ...describe, ...describeFreebsd };

function missing(operation: string): never {
  throw new SysError(operation, "ENOENT");
}

/**
 * Makes a Sys that records.
 *
 * ```ts
 * import { recordingSys } from "./recording_sys.ts";
 * const sys = recordingSys({ failures: { mkdir: "EROFS" } });
 * try { sys.mkdir("/dev", 0o755); } catch { /* EROFS *\/ }
 * sys.calls; // [`mkdir("/dev", 0755)`]
 * ```
 */
export function recordingSys(options: RecordingOptions = {}): RecordingSys {
  const calls: string[] = [];
  const records: RecordedCall[] = [];
  const { failures = {} } = options;
  const failure = typeof failures === "function"
    ? failures
    : (text: string, name: keyof Operations) =>
      failures[text] ?? failures[name];
  const implementation: Operations = { ...defaults, ...options.answers };
  const record = <Name extends keyof Operations>(
    name: Name,
  ): Operations[Name] => {
    const run = (...args: Parameters<Operations[Name]>): unknown => {
      const text = (texts[name] as (...args: unknown[]) => string)(...args);
      calls.push(text);
      try {
        const errno = failure(text, name);
        if (errno !== undefined) throw new SysError(text, errno);
        const answer = implementation[name] as (...args: unknown[]) => unknown;
        const result = answer(...args);
        records.push({ name, args, text, errno: undefined });
        return result;
      } catch (thrown) {
        const error = thrown instanceof Refusal
          ? new SysError(text, thrown.errno)
          : thrown;
        const errno = error instanceof SysError ? error.errno : undefined;
        records.push({ name, args, text, errno });
        throw error;
      }
    };
    return run as Operations[Name];
  };
  const names = Object.keys(defaults) as (keyof Operations)[];
  const recorded = Object.fromEntries(
    names.map((name) => [name, record(name)]),
  ) as unknown as Operations;
  return { ...recorded, calls, records };
}
