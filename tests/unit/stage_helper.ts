/** One stage at a time, through the real runner and on a recording Sys. */

import assert from "#assert";
import { describe } from "../../ffi/describe.ts";
import {
  type RecordingOptions,
  recordingSys,
} from "../../ffi/recording_sys.ts";
import type { ErrnoName } from "../../ffi/sys_error.ts";
import {
  emptyConfig,
  type GuestConfig,
} from "../../stages/formats/guest_config.ts";
import {
  type Handover,
  newHandover,
} from "../../stages/formats/handover_record.ts";
import { type BootEvent, BootFailure, runStages } from "../../stages/runner.ts";
import type { BootContext, BootFacts, Stage } from "../../stages/stage.ts";

/** What a stage finds when it runs. */
export interface StageOptions {
  /** Default: Linux, no features, no arguments, the first root as descriptor 3. */
  readonly facts?: Partial<BootFacts>;
  /** The kernel's environment. Default: what every kernel gives. */
  readonly environment?: readonly string[];
  /** Parts of the config that an earlier stage has read. */
  readonly config?: Partial<GuestConfig>;
  /** Whether an earlier stage has found a config file. */
  readonly hasConfig?: boolean;
  readonly answers?: NonNullable<RecordingOptions["answers"]>;
  /** What fails, by the exact text of a call; each of them must come to be called. */
  readonly failures?: Readonly<Record<string, ErrnoName>>;
}

/** What a stage did. */
export interface StageRun {
  /** Every call but those of the clock. */
  readonly calls: readonly string[];
  /** Every event as its kind, and its message where it has one: `warn: …`. */
  readonly events: readonly string[];
  readonly handover: Handover;
  /** Whether a config file has been found; undefined before anyone has looked. */
  readonly hasConfig: boolean | undefined;
  /** The config as the stage left it. */
  readonly config: GuestConfig;
  /** The environment as the stage left it. */
  readonly environment: readonly string[];
  /** The kernel's arguments as the stage left them. */
  readonly args: readonly string[];
}

/** What the kernel gives every init. */
export const kernelEnvironment: readonly string[] = ["HOME=/", "TERM=linux"];

/** The facts of a plain Linux guest. */
export const plainGuest: BootFacts = {
  platform: "linux",
  features: [],
  args: ["/init.krun"],
  root: 3,
};

/** The facts of a plain FreeBSD guest. */
export const freebsdGuest: BootFacts = {
  ...plainGuest,
  platform: "freebsd",
  args: ["/init-freebsd"],
};

/**
 * Runs one stage. A fatal failure is its last event.
 *
 * @throws AssertionError when a failure that was to be injected was not met
 */
export function runStage(stage: Stage, options: StageOptions = {}): StageRun {
  const failures = options.failures ?? {};
  const sys = recordingSys({
    failures,
    ...(options.answers && { answers: options.answers }),
  });
  let context: BootContext | undefined;
  const observed: Stage = {
    ...stage,
    run(given) {
      context = given;
      given.config = { ...emptyConfig, ...options.config };
      if (options.hasConfig !== undefined) {
        given.hasConfig = options.hasConfig;
      }
      stage.run(given);
    },
  };
  const events: BootEvent[] = [];
  try {
    runStages(
      [observed],
      sys,
      { ...plainGuest, ...options.facts },
      options.environment ?? kernelEnvironment,
      (event) => events.push(event),
    );
  } catch (error) {
    if (!(error instanceof BootFailure)) throw error;
    assert.equal(error.stage, stage.name);
  }
  for (const text of Object.keys(failures)) {
    assert.ok(sys.calls.includes(text), `The stage never calls ${text}`);
  }
  return {
    calls: withoutClock(sys.calls),
    events: events.map(eventText),
    handover: context?.handover ?? newHandover(),
    hasConfig: context?.hasConfig,
    config: context?.config ?? emptyConfig,
    environment: context?.environment.items() ?? [],
    args: context?.args ?? [],
  };
}

/** The calls that are not the runner's own looks at the clock. */
export function withoutClock(calls: readonly string[]): readonly string[] {
  return calls.filter((text) => text !== describe.bootTime());
}

function eventText(event: BootEvent): string {
  return "message" in event ? `${event.kind}: ${event.message}` : event.kind;
}
