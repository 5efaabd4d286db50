/** How the kernel prefers a process: ioprio_set(2) and sched_setattr(2). */

import {
  type Find,
  isObject,
  isWholeNumber,
  type JsonObject,
  shown,
} from "./json_value.ts";

/** linux/ioprio.h: the classes by their numbers, the first without a name. */
export const ioClasses: readonly string[] = [
  "",
  "IOPRIO_CLASS_RT",
  "IOPRIO_CLASS_BE",
  "IOPRIO_CLASS_IDLE",
];

/** The last level of a class; 0 is preferred most. */
export const lastIoLevel = 7;

/** linux/sched.h: the policies by their numbers; ISO is reserved there. */
export const schedulerPolicies: readonly string[] = [
  "SCHED_OTHER",
  "SCHED_FIFO",
  "SCHED_RR",
  "SCHED_BATCH",
  "SCHED_ISO",
  "SCHED_IDLE",
  "SCHED_DEADLINE",
];

/** linux/sched.h: bit 1 << N for the flag of number N. */
export const schedulerFlags: readonly string[] = [
  "SCHED_FLAG_RESET_ON_FORK",
  "SCHED_FLAG_RECLAIM",
  "SCHED_FLAG_DL_OVERRUN",
  "SCHED_FLAG_KEEP_POLICY",
  "SCHED_FLAG_KEEP_PARAMS",
  "SCHED_FLAG_UTIL_CLAMP_MIN",
  "SCHED_FLAG_UTIL_CLAMP_MAX",
];

/** What numbers of a scheduler are from and to (sched(7)); times are in ns. */
export const schedulerNumbers = {
  nice: [-20, 19],
  priority: [0, 99],
  runtime: [0, Number.MAX_SAFE_INTEGER],
  deadline: [0, Number.MAX_SAFE_INTEGER],
  period: [0, Number.MAX_SAFE_INTEGER],
} as const;

type SchedulerNumber = keyof typeof schedulerNumbers;

/** Of ioprio_set(2). */
export interface IoPriority {
  /** A number of {@linkcode ioClasses}. */
  readonly class: number;
  /** 0 to 7. */
  readonly level: number;
}

/** Of sched_setattr(2). */
export interface Scheduler extends Readonly<Record<SchedulerNumber, number>> {
  /** A number of {@linkcode schedulerPolicies}. */
  readonly policy: number;
  /** Bits of {@linkcode schedulerFlags}. */
  readonly flags: number;
}

/** Undefined where a config says nothing of it. */
export interface Scheduling {
  readonly ioPriority?: IoPriority;
  readonly scheduler?: Scheduler;
}

/**
 * Reads both of the runtime specification's `process`. What has anything wrong
 * in it is passed over as a whole, and found.
 *
 * @param path where it lies
 */
export function readScheduling(
  process: JsonObject,
  path: string,
  find: Find,
): Scheduling {
  const fields = (name: string): Fields | undefined => {
    const value = process[name] ?? undefined;
    const at = `${path}.${name}`;
    if (isObject(value)) return new Fields(value, at, find);
    if (value !== undefined) find(at, `${shown(value)}, not an object`);
    return undefined;
  };
  const [io, scheduler] = [fields("ioPriority"), fields("scheduler")];
  return {
    ...(io && io.whole({
      ioPriority: {
        class: io.word("class", ioClasses),
        level: io.number("priority", 0, lastIoLevel),
      },
    })),
    ...(scheduler && scheduler.whole({
      scheduler: {
        policy: scheduler.word("policy", schedulerPolicies),
        flags: scheduler.bits("flags", schedulerFlags),
        ...scheduler.numbers(),
      },
    })),
  };
}

/** An object's fields; 0 stands for what is missing or wrong. */
class Fields {
  readonly #fields: JsonObject;
  readonly #path: string;
  readonly #find: Find;
  #isWhole = true;

  constructor(fields: JsonObject, path: string, find: Find) {
    this.#fields = fields;
    this.#path = path;
    this.#find = find;
  }

  /** What was made of them, unless there was anything wrong. */
  whole<T extends object>(made: T): T | Record<never, never> {
    return this.#isWhole ? made : {};
  }

  /** The place in a list of a name that has to be there. */
  word(name: string, words: readonly string[]): number {
    const value = this.#fields[name] ?? undefined;
    if (value !== undefined) return this.#place(value, name, words);
    this.#isWhole = false;
    this.#find(this.#path, `has no ${name}`);
    return 0;
  }

  /** The bits of names in a list. */
  bits(name: string, words: readonly string[]): number {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) return this.#wrong(name, value, "an array");
    return value.reduce(
      (bits, word, n) => bits | 1 << this.#place(word, `${name}[${n}]`, words),
      0,
    );
  }

  number(name: string, min: number, max: number): number {
    const value = this.#fields[name] ?? 0;
    return isWholeNumber(value, min, max)
      ? value
      : this.#wrong(name, value, `a whole number from ${min} to ${max}`);
  }

  numbers(): Record<SchedulerNumber, number> {
    const number = (name: SchedulerNumber): number => {
      const [min, max] = schedulerNumbers[name];
      return this.number(name, min, max);
    };
    return {
      ...{ nice: number("nice"), priority: number("priority") },
      ...{ runtime: number("runtime"), deadline: number("deadline") },
      period: number("period"),
    };
  }

  #place(value: unknown, name: string, words: readonly string[]): number {
    const place = value === "" ? -1 : words.indexOf(String(value));
    const wanted = words.filter((word) => word !== "").join(", ");
    return typeof value === "string" && place >= 0
      ? place
      : this.#wrong(name, value, `one of ${wanted}`);
  }

  #wrong(name: string, value: unknown, wanted: string): 0 {
    this.#isWhole = false;
    const at = `${this.#path}.${name}`;
    this.#find(at, `${shown(value)}, not ${wanted}`);
    return 0;
  }
}

/** An I/O priority in words, such as `IOPRIO_CLASS_BE, level 7`. */
export function ioPriorityText({ class: number, level }: IoPriority): string {
  return `${ioClasses[number] ?? number}, level ${level}`;
}

/** A scheduler in words: its policy, and what else of it is not 0. */
export function schedulerText(scheduler: Scheduler): string {
  const { policy, flags } = scheduler;
  return [
    schedulerPolicies[policy] ?? `${policy}`,
    ...Object.keys(schedulerNumbers).flatMap((name) => {
      const number = scheduler[name as SchedulerNumber];
      return number === 0 ? [] : [`${name} ${number}`];
    }),
    ...schedulerFlags.filter((_, n) => (flags >> n & 1) !== 0),
  ].join(", ");
}
