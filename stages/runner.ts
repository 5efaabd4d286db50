/** Runs the stages in their order and tells what happens as events. */

import type { Sys } from "../ffi/sys.ts";
import { Environment } from "./formats/environment.ts";
import { emptyConfig } from "./formats/guest_config.ts";
import { type Handover, newHandover } from "./formats/handover_record.ts";
import type { BootContext, BootFacts, Stage } from "./stage.ts";

/** Something that happened; `time` in nanoseconds of CLOCK_BOOTTIME. */
export type BootEvent =
  & { readonly time: number }
  & (
    | { readonly kind: "mark"; readonly name: string }
    | { readonly kind: "start" | "done"; readonly stage: string }
    | {
      readonly kind: "skip" | "info" | "warn" | "fail";
      readonly stage: string;
      readonly message: string;
    }
  );

/** Takes the events of a boot as they happen. */
export type EventSink = (event: BootEvent) => void;

/** The end of a boot: the stage's failure has been told as an event. */
export class BootFailure extends Error {
  override readonly name = "BootFailure";

  /** @param stage the name of the stage that failed */
  constructor(readonly stage: string, cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** Of one stage; nobody reads more of them, and a console is slow. */
const mostWarnings = 25;

/**
 * Runs a boot's stages.
 *
 * @param environment the kernel's environment, `NAME=VALUE` each
 * @param now what stamps the events, in nanoseconds of CLOCK_BOOTTIME
 * @returns what the supervisor is to be told
 * @throws BootFailure when a stage whose policy is `fatal` fails
 */
export function runStages(
  stages: readonly Stage[],
  sys: Sys,
  facts: BootFacts,
  environment: readonly string[],
  emit: EventSink,
  now: () => number = () => sys.bootTime(),
): Handover {
  let current = "";
  let warnings = 0;
  const context: BootContext = {
    ...facts,
    sys,
    environment: new Environment(environment),
    config: emptyConfig,
    handover: newHandover(),
    info(message) {
      emit({ kind: "info", stage: current, message, time: now() });
    },
    warn(problem, consequence) {
      if (++warnings > mostWarnings) return;
      const message = consequence === undefined
        ? messageOf(problem)
        : `${messageOf(problem)} (${consequence})`;
      emit({ kind: "warn", stage: current, message, time: now() });
    },
  };
  for (const stage of stages) {
    current = stage.name;
    const reason = skipReason(stage, context);
    if (reason !== undefined) {
      emit({ kind: "skip", stage: current, message: reason, time: now() });
      continue;
    }
    emit({ kind: "start", stage: current, time: now() });
    warnings = 0;
    try {
      stage.run(context);
    } catch (error) {
      const message = messageOf(error);
      if (stage.policy === "fatal") {
        emit({ kind: "fail", stage: current, message, time: now() });
        throw new BootFailure(current, error);
      }
      context.warn(error);
    }
    if (warnings > mostWarnings) {
      const message = `${warnings - mostWarnings} more warnings`;
      emit({ kind: "warn", stage: current, message, time: now() });
    }
    emit({ kind: "done", stage: current, time: now() });
  }
  return context.handover;
}

/** Why a stage does not run, or undefined where it does. */
export function skipReason(
  { gates }: Stage,
  context: BootContext,
): string | undefined {
  const { platforms, features, variable, unset } = gates;
  if (platforms && !platforms.includes(context.platform)) {
    return `not on ${context.platform}`;
  }
  if (unset !== undefined && context.environment.get(unset) !== undefined) {
    return `${unset} is set`;
  }
  const featured = features?.some((name) => context.features.includes(name));
  if (variable !== undefined) {
    if (featured || context.environment.get(variable) !== undefined) {
      return undefined;
    }
    return `${variable} is not set`;
  }
  return features && !featured
    ? `built without ${features.join(" or ")}`
    : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
