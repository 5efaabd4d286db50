/** What this process asks of the kernel for the sake of its measurements. */

/** sched(7): the usual policy; and real-time, in turns with its equals. */
const SCHED_OTHER = 0;
const SCHED_RR = 2;

/** getrusage(2): of all children that have ended. */
const RUSAGE_CHILDREN = -1;
/** struct rusage of 64-bit machines; two struct timeval come first. */
const rusageSize = 144;

const functions = {
  getrusage: { parameters: ["i32", "buffer"], result: "i32" },
  sched_setscheduler: { parameters: ["i32", "i32", "buffer"], result: "i32" },
} as const;

type Libc = Deno.DynamicLibrary<typeof functions>["symbols"];

function withLibc<T>(use: (libc: Libc) => T): T {
  const library = Deno.dlopen("libc.so.6", functions);
  try {
    return use(library.symbols);
  } finally {
    library.close();
  }
}

/**
 * Lets this process, and what it starts, run before other work of the machine,
 * so that such work disturbs less; or takes that back.
 *
 * @returns false where it may not
 */
export function runFirst(first: boolean): boolean {
  const policy = first ? SCHED_RR : SCHED_OTHER;
  // The lowest of the policy.
  const priority = Int32Array.of(first ? 1 : 0);
  return withLibc((libc) => libc.sched_setscheduler(0, policy, priority) === 0);
}

/** Milliseconds of processor time of all children that have ended so far. */
export function childrensTime(): number {
  const usage = new BigInt64Array(rusageSize / 8);
  withLibc((libc) => libc.getrusage(RUSAGE_CHILDREN, usage));
  const [seconds = 0n, micros = 0n, kernelSeconds = 0n, kernelMicros = 0n] =
    usage;
  return Number(seconds + kernelSeconds) * 1e3 +
    Number(micros + kernelMicros) / 1e3;
}
