/** Where a boot's events go: log lines at once, the trace at the end. */

import type { StartRecord } from "./formats/start_record.ts";
import type { BootEvent, EventSink } from "./runner.ts";

/** The sinks of one boot. */
export interface BootLog {
  readonly emit: EventSink;
  /** Notes a moment outside of any stage, in ns of CLOCK_BOOTTIME. */
  mark(name: string, time: number): void;
  /** Writes what was kept back. */
  close(): void;
}

/**
 * Makes the sinks: warnings and failures are written as they happen, each a
 * line. With KRUN_INIT_TRACE=1 in the kernel's environment every event
 * follows, at the end and as JSON lines, so that writing does not disturb
 * what is measured.
 */
export function bootLog(
  { environment }: StartRecord,
  write: (text: string) => void,
): BootLog {
  const say = (text: string): void => {
    try {
      write(text);
    } catch {
      // A console that takes nothing must not cost the guest its boot.
    }
  };
  const traced = environment.includes("KRUN_INIT_TRACE=1");
  const trace: BootEvent[] = [];
  const emit = (event: BootEvent): void => {
    if (event.kind === "warn" || event.kind === "fail") {
      say(`krun-init: ${event.stage}: ${event.message}\n`);
    }
    if (traced) trace.push(event);
  };
  return {
    emit,
    mark: (name, time) => emit({ kind: "mark", name, time }),
    close() {
      if (!traced) return;
      say(trace.map((event) => `${JSON.stringify(event)}\n`).join(""));
    },
  };
}
