/**
 * The hand-over record: all that the supervisor needs to know, as the bytes
 * that native/handover_record.h declares.
 */

import { decodeBytes, encodeBytes } from "../../ffi/bytes.ts";
import { type Capabilities, capabilitySets } from "./capabilities.ts";
import type { Limit } from "./rlimits.ts";
import type { IoPriority, Scheduler } from "./scheduling.ts";

/** signal(7). */
const SIGTERM = 15;

/** Who the workload is to be. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** In characters; 0: not known. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** What the pipeline hands to the supervisor. */
export interface Handover {
  /** The workload's argv, at least one string. */
  args: readonly string[];
  /** The workload's environment, `NAME=VALUE` each. */
  environment: readonly string[];
  /** The workload's working directory. */
  cwd: string;
  /** Descriptors to become 0, 1 and 2; -1 leaves PID 1's own. */
  standard: [number, number, number];
  /** Resource limits, set in this order. */
  limits: readonly Limit[];
  /** Undefined leaves PID 1's own. */
  identity: Identity | undefined;
  /** File mode creation mask (umask(2)). */
  umask: number;
  /** PR_SET_NO_NEW_PRIVS (prctl(2)). */
  noNewPrivs: boolean;
  /** Undefined leaves what the user has. */
  capabilities: Capabilities | undefined;
  /** /proc/self/oom_score_adj (proc(5)); undefined leaves PID 1's own. */
  oomScoreAdj: number | undefined;
  /** Undefined leaves PID 1's own. */
  ioPriority: IoPriority | undefined;
  /** Undefined leaves PID 1's own. */
  scheduler: Scheduler | undefined;
  /** A session, a process group in front, and the terminal of the streams. */
  newSession: boolean;
  /** The workload takes the place of PID 1 (KRUN_INIT_PID1). */
  replacePid1: boolean;
  /** A guest of its own, whose file systems are to be unmounted in the end. */
  guest: boolean;
  /** Socket of the process that keeps the clock; -1 for none. */
  clock: number;
  /** Descriptor of the trace, for its last event; -1 for none. */
  trace: number;
  /** Descriptor of the root that a stage has made; -1: PID 1 is in it. */
  root: number;
  /** Descriptor of the console, by its name in /dev; -1 for none. */
  console: number;
  /** The number of the signal that a request to stop sends. */
  stopSignal: number;
  /** Signals go to the workload's process group, not to its process alone. */
  signalGroup: boolean;
  /** A terminal instead of ports; its size, where that is known. */
  terminal: TerminalSize | undefined;
  /** Seconds from a request to stop to SIGKILL. */
  stopTimeout: number;
}

/** A hand-over that says nothing yet: what a plain init would do. */
export function newHandover(): Handover {
  return {
    args: [],
    environment: [],
    cwd: "/",
    standard: [-1, -1, -1],
    limits: [],
    identity: undefined,
    umask: 0o022,
    noNewPrivs: false,
    capabilities: undefined,
    oomScoreAdj: undefined,
    ioPriority: undefined,
    scheduler: undefined,
    newSession: false,
    replacePid1: false,
    guest: false,
    clock: -1,
    trace: -1,
    root: -1,
    console: -1,
    stopSignal: SIGTERM,
    signalGroup: false,
    terminal: undefined,
    stopTimeout: 10,
  };
}

const magic = 0x4f48524b; // "KRHO"
const version = 6;
const headerSize = 192;
/** The five sets of capabilities. */
const capabilitiesAt = 96;
/** A struct sched_attr (sched_setattr(2)), at the header's end. */
const schedulerAt = 136;
const schedulerSize = 56;
const limitSize = 24;

/** linux/ioprio.h: IOPRIO_CLASS_SHIFT. */
const ioClassShift = 13;

const replacePid1Flag = 1;
const newSessionFlag = 2;
const identityFlag = 4;
const noNewPrivsFlag = 8;
const guestFlag = 16;
const signalGroupFlag = 32;
const terminalFlag = 64;
const capabilitiesFlag = 128;
const oomFlag = 256;

/**
 * Encodes a hand-over.
 *
 * @throws Error when a string has a NUL in it or argv is empty
 */
export function encodeHandover(handover: Handover): Uint8Array<ArrayBuffer> {
  const { args, environment, cwd, limits, identity, standard, ioPriority } =
    handover;
  if (args.length === 0) throw new Error("The workload has no command");
  const groups = identity?.groups ?? [];
  const strings = encodeStrings([cwd, ...args, ...environment]);
  const groupsAt = headerSize + limits.length * limitSize;
  const stringsAt = groupsAt + groups.length * 4;
  const record = new Uint8Array(stringsAt + strings.length);
  const view = new DataView(record.buffer);
  const flags = (handover.replacePid1 ? replacePid1Flag : 0) |
    (handover.newSession ? newSessionFlag : 0) |
    (identity ? identityFlag : 0) |
    (handover.noNewPrivs ? noNewPrivsFlag : 0) |
    (handover.guest ? guestFlag : 0) |
    (handover.signalGroup ? signalGroupFlag : 0) |
    (handover.terminal ? terminalFlag : 0) |
    (handover.capabilities ? capabilitiesFlag : 0) |
    (handover.oomScoreAdj === undefined ? 0 : oomFlag);
  const header = [
    magic,
    version,
    record.length,
    flags,
    ...standard,
    identity?.uid ?? 0,
    identity?.gid ?? 0,
    handover.umask,
    handover.stopTimeout,
    limits.length,
    groups.length,
    args.length,
    environment.length,
    handover.clock,
    handover.trace,
    handover.root,
    handover.console,
    handover.stopSignal,
    handover.terminal?.rows ?? 0,
    handover.terminal?.columns ?? 0,
    handover.oomScoreAdj ?? 0,
    ioPriority ? ioPriority.class << ioClassShift | ioPriority.level : 0,
  ];
  header.forEach((value, n) => view.setUint32(n * 4, value, true));
  capabilitySets.forEach((name, n) => {
    const set = handover.capabilities?.[name] ?? 0n;
    view.setBigUint64(capabilitiesAt + n * 8, set, true);
  });
  if (handover.scheduler) writeScheduler(view, handover.scheduler);
  limits.forEach((limit, n) => {
    const at = headerSize + n * limitSize;
    view.setUint32(at, limit.resource, true);
    view.setBigUint64(at + 8, limit.soft, true);
    view.setBigUint64(at + 16, limit.hard, true);
  });
  groups.forEach((group, n) => view.setUint32(groupsAt + n * 4, group, true));
  record.set(strings, stringsAt);
  return record;
}

/**
 * Decodes what {@linkcode encodeHandover} gave.
 *
 * @throws Error when the bytes are no hand-over of this version
 */
export function decodeHandover(record: Uint8Array): Handover {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const numbers = Array.from(
    { length: Math.min(headerSize, record.length) / 4 },
    (_, n) => view.getInt32(n * 4, true),
  );
  const number = (n: number): number => numbers[n] ?? 0;
  const flags = number(3);
  if (
    number(0) !== magic || number(1) !== version || number(2) !== record.length
  ) {
    throw new Error(`Not a hand-over record of version ${version}`);
  }
  const [limits, groups, args] = [number(11), number(12), number(13)];
  const groupsAt = headerSize + limits * limitSize;
  const [cwd = "", ...strings] = decodeBytes(
    record.subarray(groupsAt + groups * 4),
  ).split("\0").slice(0, -1);
  return {
    args: strings.slice(0, args),
    environment: strings.slice(args),
    cwd,
    standard: [number(4), number(5), number(6)],
    limits: Array.from({ length: limits }, (_, n) => {
      const at = headerSize + n * limitSize;
      return {
        resource: view.getUint32(at, true),
        soft: view.getBigUint64(at + 8, true),
        hard: view.getBigUint64(at + 16, true),
      };
    }),
    identity: (flags & identityFlag) === 0 ? undefined : {
      uid: number(7) >>> 0,
      gid: number(8) >>> 0,
      groups: Array.from(
        { length: groups },
        (_, n) => view.getUint32(groupsAt + n * 4, true),
      ),
    },
    umask: number(9),
    noNewPrivs: (flags & noNewPrivsFlag) !== 0,
    capabilities: (flags & capabilitiesFlag) === 0
      ? undefined
      : Object.fromEntries(
        capabilitySets.map((name, n) => [
          name,
          view.getBigUint64(capabilitiesAt + n * 8, true),
        ]),
      ) as unknown as Capabilities,
    oomScoreAdj: (flags & oomFlag) === 0 ? undefined : number(22),
    ioPriority: number(23) === 0 ? undefined : {
      class: number(23) >> ioClassShift,
      level: number(23) & (1 << ioClassShift) - 1,
    },
    scheduler: readScheduler(view),
    newSession: (flags & newSessionFlag) !== 0,
    replacePid1: (flags & replacePid1Flag) !== 0,
    guest: (flags & guestFlag) !== 0,
    clock: number(15),
    trace: number(16),
    root: number(17),
    console: number(18),
    stopSignal: number(19),
    signalGroup: (flags & signalGroupFlag) !== 0,
    terminal: (flags & terminalFlag) === 0
      ? undefined
      : { rows: number(20) >>> 0, columns: number(21) >>> 0 },
    stopTimeout: number(10) >>> 0,
  };
}

function writeScheduler(view: DataView, scheduler: Scheduler): void {
  view.setUint32(schedulerAt, schedulerSize, true);
  view.setUint32(schedulerAt + 4, scheduler.policy, true);
  view.setBigUint64(schedulerAt + 8, BigInt(scheduler.flags), true);
  view.setInt32(schedulerAt + 16, scheduler.nice, true);
  view.setUint32(schedulerAt + 20, scheduler.priority, true);
  view.setBigUint64(schedulerAt + 24, BigInt(scheduler.runtime), true);
  view.setBigUint64(schedulerAt + 32, BigInt(scheduler.deadline), true);
  view.setBigUint64(schedulerAt + 40, BigInt(scheduler.period), true);
}

function readScheduler(view: DataView): Scheduler | undefined {
  if (view.getUint32(schedulerAt, true) === 0) return undefined;
  const number = (at: number): number =>
    Number(view.getBigUint64(schedulerAt + at, true));
  return {
    policy: view.getUint32(schedulerAt + 4, true),
    flags: number(8),
    nice: view.getInt32(schedulerAt + 16, true),
    priority: view.getUint32(schedulerAt + 20, true),
    ...{ runtime: number(24), deadline: number(32), period: number(40) },
  };
}

function encodeStrings(strings: readonly string[]): Uint8Array<ArrayBuffer> {
  for (const text of strings) {
    if (text.includes("\0")) {
      throw new Error(`A string with a NUL in it: ${JSON.stringify(text)}`);
    }
  }
  return encodeBytes(strings.map((text) => `${text}\0`).join(""));
}
