/** What a boot's events say: who took how long, one after the other. */

import type { BootEvent } from "../../../stages/runner.ts";
import { type FoundEvent, TraceError } from "./events.ts";

/** Something that took a part of the boot's time. Times are in nanoseconds. */
export interface Span {
  readonly name: string;
  /** A part of the native program, the runtime's start, or a stage. */
  readonly kind: "native" | "runtime" | "stage";
  readonly start: number;
  readonly end: number;
  /** `open`: the trace ends before it does. */
  readonly outcome: "done" | "skipped" | "failed" | "open";
  /** What was said of it: warnings, and at last why it failed or was skipped. */
  readonly messages: readonly string[];
  /** Whether there is a warning among the messages. */
  readonly warned: boolean;
}

/** A boot, from the launcher's start to the last event. */
export interface Timeline {
  /** In the order of time, without overlap. */
  readonly spans: readonly Span[];
  /** CLOCK_BOOTTIME of the first event, in nanoseconds. */
  readonly start: number;
  /** CLOCK_BOOTTIME of the last event, in nanoseconds. */
  readonly end: number;
  /** Whether the workload was executed. */
  readonly complete: boolean;
}

/** What begins at a mark, and the mark at which it ends (stages/boot.ts). */
const phases = [
  { name: "launcher", kind: "native", from: "launcher", to: "runtime" },
  { name: "runtime", kind: "runtime", from: "runtime", to: "pipeline" },
  { name: "hand-over", kind: "native", from: "handover", to: "exec" },
] as const;

/**
 * Puts events in order.
 *
 * @param events of one boot or several, of which the last is taken
 * @param file their file's name, for errors
 * @throws TraceError where the events are not those of a boot
 */
export function timelineOf(
  events: readonly FoundEvent[],
  file: string,
): Timeline {
  const last = events.findLastIndex(({ event }) => isMark(event, "launcher"));
  const boot = events.slice(Math.max(last, 0));
  const [first] = boot;
  if (first === undefined || !isMark(first.event, "launcher")) {
    throw new TraceError(
      file,
      first?.line,
      "The boot's beginning is missing: no event is the launcher's mark",
    );
  }
  checkOrder(boot, file);
  const end = boot.at(-1)?.event.time ?? first.event.time;
  const marks = new Map(
    boot.flatMap(({ event }) =>
      event.kind === "mark" ? [[event.name, event.time]] : []
    ),
  );
  const spans = phases.flatMap(({ name, kind, from, to }): Span[] => {
    const start = marks.get(from);
    if (start === undefined) return [];
    const known = marks.get(to);
    const next = boot.find(({ event }) => event.time > start)?.event.time;
    return [{
      name,
      kind,
      start,
      end: known ?? next ?? start,
      outcome: known === undefined ? "open" : "done",
      messages: [],
      warned: false,
    }];
  });
  spans.push(...stageSpans(boot, file, end));
  spans.sort((a, b) => a.start - b.start || a.end - b.end);
  const early = spans.findIndex((_, n) => gapBefore(spans, n) < 0);
  if (early >= 0) {
    const [before, span] = spans.slice(early - 1);
    throw new TraceError(
      file,
      undefined,
      `${span?.name} begins before ${before?.name} has ended`,
    );
  }
  return {
    spans,
    start: first.event.time,
    end,
    complete: marks.has("exec"),
  };
}

/** The nanoseconds between a span and the end of the one before it. */
export function gapBefore(spans: readonly Span[], n: number): number {
  const before = spans[n - 1];
  const span = spans[n];
  return before && span ? span.start - before.end : 0;
}

/** The span that took longest, of all or of one kind; undefined: none did. */
export function slowest(
  spans: readonly Span[],
  kind?: Span["kind"],
): Span | undefined {
  const [longest] = spans
    .filter((span) => kind === undefined || span.kind === kind)
    .filter(({ start, end }) => end > start)
    .sort((a, b) => (b.end - b.start) - (a.end - a.start));
  return longest;
}

function isMark(event: BootEvent, name: string): boolean {
  return event.kind === "mark" && event.name === name;
}

function checkOrder(boot: readonly FoundEvent[], file: string): void {
  let before = 0;
  for (const { event, line } of boot) {
    if (event.time < before) {
      throw new TraceError(
        file,
        line,
        `Time goes back, from ${before} to ${event.time} ns`,
      );
    }
    before = event.time;
  }
}

/** A stage that is under way. */
interface OpenStage {
  readonly name: string;
  readonly start: number;
  readonly messages: string[];
  warned: boolean;
}

/** How a stage has ended, by the event that says so. */
const endings: Readonly<Record<string, Span["outcome"]>> = {
  skip: "skipped",
  done: "done",
  fail: "failed",
};

/** @param end where a stage ends that nothing is known of */
function stageSpans(
  boot: readonly FoundEvent[],
  file: string,
  end: number,
): Span[] {
  const spans: Span[] = [];
  let running: OpenStage | undefined;
  const close = (time: number, outcome: Span["outcome"]): void => {
    if (running === undefined) return;
    spans.push({ ...running, kind: "stage", end: time, outcome });
    running = undefined;
  };
  for (const { event, line } of boot) {
    if (event.kind === "mark") continue;
    const { kind, stage: name, time } = event;
    const begins = kind === "start" || kind === "skip";
    if (begins ? running !== undefined : running?.name !== name) {
      throw new TraceError(
        file,
        line,
        running === undefined
          ? `The stage ${name} has not begun`
          : `The stage ${running.name} has not ended`,
      );
    }
    if (begins) {
      running = { name, start: time, messages: [], warned: false };
    }
    if (running !== undefined && "message" in event && kind !== "info") {
      running.messages.push(event.message);
      running.warned ||= kind === "warn";
    }
    const outcome = endings[kind];
    if (outcome !== undefined) close(time, outcome);
  }
  close(end, "open");
  return spans;
}
