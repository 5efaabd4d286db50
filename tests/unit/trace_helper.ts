/** Boots that never were, as traces. */

import type { BootEvent } from "../../stages/runner.ts";

/** An event without its time. */
type Timeless = BootEvent extends infer Event
  ? Event extends BootEvent ? Omit<Event, "time"> : never
  : never;

/**
 * Makes a trace, a line of JSON for each event.
 *
 * @param steps milliseconds since the step before, and what happens then
 */
export function traceText(
  steps: readonly (readonly [number, Timeless])[],
  start = 2_000_000_000,
): string {
  let time = start;
  return steps.map(([milliseconds, event]) => {
    time += Math.round(milliseconds * 1e6);
    return `${JSON.stringify({ ...event, time })}\n`;
  }).join("");
}

/** Shorthand for the events of {@linkcode traceText}. */
export const mark = (name: string): Timeless => ({ kind: "mark", name });
export const start = (stage: string): Timeless => ({ kind: "start", stage });
export const done = (stage: string): Timeless => ({ kind: "done", stage });
export const told = (
  kind: "skip" | "info" | "warn" | "fail",
  stage: string,
  message: string,
): Timeless => ({ kind, stage, message });

/** A whole boot of 40 ms with a skipped stage, a warning and gaps. */
export const wholeBoot = traceText([
  [0, mark("launcher")],
  [2, mark("runtime")],
  [25, mark("pipeline")],
  [1, told("skip", "blockRoot", "KRUN_BLOCK_ROOT_DEVICE is not set")],
  [0, start("mounts")],
  [0.5, told("warn", "mounts", 'mount("cgroup2"): EPERM')],
  [1.5, done("mounts")],
  [3, start("network")],
  [0.25, told("info", "network", "DHCP on eth0")],
  [3.75, done("network")],
  [1, mark("handover")],
  [2, mark("exec")],
]);

/** A boot with that many stages, one of them much longer than the others. */
export function manyStages(count: number): string {
  return traceText([
    [0, mark("launcher")],
    [2, mark("runtime")],
    [25, mark("pipeline")],
    ...Array.from({ length: count }, (_, n) => {
      const name = `stageWithQuiteALongName${n}`;
      const skipped = told("skip", name, "not <here> & now");
      return n % 7 === 3 ? [[0, skipped] as const] : [
        [0.1, start(name)] as const,
        [n === 5 ? 9 : 0.2, done(name)] as const,
      ];
    }).flat(),
    [0.1, mark("handover")],
    [1, mark("exec")],
  ]);
}
