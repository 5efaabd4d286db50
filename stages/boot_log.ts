/** Where a boot's events go: log lines at once, the trace at the end. */

import { encodeBytes } from "../ffi/bytes.ts";
import { OpenFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import type { BootEvent, EventSink } from "./runner.ts";

/** The sinks of one boot. */
export interface BootLog {
  readonly emit: EventSink;
  /**
   * Gives the time to stamp an event with, in ns of CLOCK_BOOTTIME; 0, and no
   * system call, where nothing is traced.
   */
  now(): number;
  /** Notes a moment outside of any stage, in ns of CLOCK_BOOTTIME. */
  mark(name: string, time: number): void;
  /**
   * Gives the descriptor to which the trace is written, for the event that
   * comes after the pipeline's end; -1 where nothing is traced.
   */
  openTrace(): number;
  /** Writes what was kept back. */
  close(): void;
}

const variable = "KRUN_INIT_TRACE";
const standardError = 2;

/** How long a message waits for a console that takes nothing, in ms. */
const messagePatience = 1000;
const littlePatience = 20;

/**
 * Makes the sinks: warnings and failures are written as they happen, each a
 * line on the console. With KRUN_INIT_TRACE=1 in the kernel's environment
 * every event follows there, at the end and as JSON lines, so that writing
 * does not disturb what is measured; with KRUN_INIT_TRACE=/path they go to
 * that file of the final root. A trace that can't be written costs a line,
 * never the boot.
 *
 * @param environment the kernel's, `NAME=VALUE` each
 */
export function bootLog(environment: readonly string[], sys: Sys): BootLog {
  let patience = messagePatience;
  const say = (text: string): void => {
    try {
      sys.write(standardError, encodeBytes(text), patience);
    } catch {
      // A console that takes nothing must not cost the guest its boot, nor
      // all the time that so many messages would wait.
      patience = littlePatience;
    }
  };
  const start = `${variable}=`;
  const value = environment.find((item) => item.startsWith(start))
    ?.slice(start.length) ?? "";
  const path = value.startsWith("/") ? value : undefined;
  if (path === undefined && !["", "0", "1"].includes(value)) {
    say(`krun-init: trace: ${variable}: ${value} is neither 1 nor a path\n`);
  }
  let traced = path !== undefined || value === "1";
  let file = -1;
  const trace: BootEvent[] = [];

  const emit = (event: BootEvent): void => {
    if (event.kind === "warn" || event.kind === "fail") {
      say(`krun-init: ${event.stage}: ${event.message}\n`);
    }
    if (traced) trace.push(event);
  };
  /** Does what may fail, and then ends the tracing. */
  const attempt = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      traced = false;
      say(`krun-init: trace: ${(error as Error).message}\n`);
    }
  };
  return {
    emit,
    now: () => traced ? sys.bootTime() : 0,
    mark: (name, time) => emit({ kind: "mark", name, time }),
    openTrace() {
      if (path === undefined) return traced ? standardError : -1;
      attempt(() => {
        sys.writeFile(path, new Uint8Array());
        file = sys.open(path, OpenFlag.writeOnly | OpenFlag.cloexec);
      });
      return file;
    },
    close() {
      if (!traced) return;
      const text = trace.map((event) => `${JSON.stringify(event)}\n`).join("");
      if (path === undefined) return say(text);
      attempt(() => {
        if (file < 0) sys.writeFile(path, encodeBytes(text));
        else sys.write(file, encodeBytes(text));
      });
    },
  };
}
