/** Finds the events of a boot (stages/boot_log.ts) in a console's text. */

import type { BootEvent } from "../../../stages/runner.ts";

/** A trace that can't be used; the message says where in which file. */
export class TraceError extends Error {
  override readonly name = "TraceError";

  /** @param line from 1; undefined where it is the file as a whole */
  constructor(file: string, line: number | undefined, reason: string) {
    super(`${line === undefined ? file : `${file}:${line}`}: ${reason}`);
  }
}

/** An event and where it was found. */
export interface FoundEvent {
  readonly event: BootEvent;
  /** Number of the line, from 1. */
  readonly line: number;
}

const beginning = '{"kind":"';

/** JSON without nesting, which every event is; a kernel line may follow. */
const flatObject =
  /\{"kind":"(?:[^"\\]|\\.)*"(?:,"\w+":(?:-?[\d.eE+]+|"(?:[^"\\]|\\.)*"))*\}/g;

/** The kinds of events, and what each must have beside its time. */
const fields: Readonly<Record<BootEvent["kind"], readonly string[]>> = {
  mark: ["name"],
  start: ["stage"],
  done: ["stage"],
  skip: ["stage", "message"],
  info: ["stage", "message"],
  warn: ["stage", "message"],
  fail: ["stage", "message"],
};

/**
 * Reads the events in a text. Whatever else is on the console, also on the
 * same line, is passed over.
 *
 * @param file the text's name, for errors
 * @throws TraceError where an event is damaged, or there is none at all
 */
export function findEvents(text: string, file: string): FoundEvent[] {
  const found: FoundEvent[] = [];
  text.split("\n").forEach((content, n) => {
    const line = n + 1;
    for (const [json] of content.matchAll(flatObject)) {
      found.push({ event: readEvent(json, file, line), line });
    }
    if (content.replace(flatObject, "").includes(beginning)) {
      throw new TraceError(file, line, "An event is cut or mixed with others");
    }
  });
  if (found.length > 0) return found;
  throw new TraceError(
    file,
    undefined,
    "There is no event in it; a boot writes them with KRUN_INIT_TRACE=1",
  );
}

function readEvent(json: string, file: string, line: number): BootEvent {
  const event = parse(json);
  if (event === undefined) {
    throw new TraceError(file, line, `Not JSON: ${json}`);
  }
  const { kind, time } = event;
  const needed = Object.entries(fields).find(([name]) => name === kind)?.[1];
  if (needed === undefined) {
    throw new TraceError(file, line, `Unknown kind of event: ${kind}`);
  }
  if (!Number.isSafeInteger(time) || (time as number) < 0) {
    throw new TraceError(
      file,
      line,
      `The event's time is not a number of nanoseconds: ${time}`,
    );
  }
  const missing = needed.find((name) => typeof event[name] !== "string");
  if (missing !== undefined) {
    throw new TraceError(file, line, `The event has no ${missing}`);
  }
  return event as unknown as BootEvent;
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
