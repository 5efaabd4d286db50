/** How the table and the chart put times and boots into words. */

import { slowest, type Span, type Timeline } from "./timeline.ts";

/** Nanoseconds as milliseconds with two decimals. */
export function milliseconds(nanoseconds: number): string {
  return (nanoseconds / 1e6).toFixed(2);
}

/** A part as a percentage with one decimal; of nothing, nothing. */
export function share(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : part / whole * 100).toFixed(1)} %`;
}

/** What came of the boot, in a line. */
export function headline(timeline: Timeline): string {
  const took = milliseconds(timeline.end - timeline.start);
  if (timeline.complete) return `From launcher to workload in ${took} ms`;
  const last = timeline.spans.at(-1);
  return last?.outcome === "failed"
    ? `The boot failed after ${took} ms, in ${last.name}: ${
      last.messages.at(-1)
    }`
    : `The trace ends after ${took} ms, without the workload's start`;
}

/** What took longest, in a line. */
export function slowestLine(timeline: Timeline): string {
  const whole = timeline.end - timeline.start;
  const describe = (title: string, span: Span): string => {
    const took = span.end - span.start;
    return `${title}: ${span.name}, ${milliseconds(took)} ms (${
      share(took, whole)
    })`;
  };
  const all = slowest(timeline.spans);
  const stage = slowest(timeline.spans, "stage");
  const parts = [
    ...(all ? [describe("Slowest", all)] : []),
    ...(stage && stage !== all ? [describe("Slowest stage", stage)] : []),
  ];
  return parts.join(". ");
}

/** Which stages did not run, and why: an item for each reason. */
export function skippedStages({ spans }: Timeline): string[] {
  const names = new Map<string, string[]>();
  for (const { name, outcome, messages } of spans) {
    if (outcome !== "skipped") continue;
    const reason = messages.join("; ");
    names.set(reason, [...names.get(reason) ?? [], name]);
  }
  return [...names].map(([reason, stages]) =>
    `${stages.join(", ")} (${reason})`
  );
}

/** When the boot began, in a line. */
export function beginningLine({ start }: Timeline): string {
  return `The launcher began at ${milliseconds(start)} ms of CLOCK_BOOTTIME`;
}

/** Text as a terminal may have it: without control characters. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\ufffd");
}
