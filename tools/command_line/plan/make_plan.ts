/** Plans: what a boot would do, by running it on a guest that only answers. */

import { recordingSys } from "../../../ffi/recording_sys.ts";
import type { ErrnoName } from "../../../ffi/sys_error.ts";
import { boot } from "../../../stages/boot.ts";
import type { Feature } from "../../../stages/features.ts";
import {
  capabilitySets,
  capabilityText,
} from "../../../stages/formats/capabilities.ts";
import type { Environment } from "../../../stages/formats/environment.ts";
import {
  decodeHandover,
  type Handover,
} from "../../../stages/formats/handover_record.ts";
import { limitText, resourceName } from "../../../stages/formats/rlimits.ts";
import {
  ioPriorityText,
  schedulerText,
} from "../../../stages/formats/scheduling.ts";
import type { StartRecord } from "../../../stages/formats/start_record.ts";
import { stages } from "../../../stages/mod.ts";
import {
  type BootEvent,
  BootFailure,
  runStages,
} from "../../../stages/runner.ts";
import type { Platform } from "../../../stages/platform.ts";
import type { BootContext, Policy, Stage } from "../../../stages/stage.ts";
import type { Look } from "./file_system.ts";
import { configVariable } from "./config_facts.ts";
import { missingProgram } from "./find_program.ts";
import { freebsdCalls } from "./freebsd_calls.ts";
import { freebsdSupervision } from "./freebsd_supervision.ts";
import { descriptors, type Guest, planGuest } from "./guest.ts";
import { supervision } from "./supervision.ts";

/** What a boot is planned with. */
export interface PlanInputs {
  readonly platform: Platform;
  readonly features: readonly Feature[];
  /** The kernel's argv. */
  readonly args: readonly string[];
  /** The kernel's environment, and who put an item into it. */
  readonly environment: readonly { item: string; source: string }[];
  /** The kernel's command line. */
  readonly cmdline: string;
  /** The config file's content. */
  readonly config?: Uint8Array | undefined;
  /** What the first root holds; undefined: what most roots do. */
  readonly root?: Look | undefined;
  /** What fails: an operation's name or the text of a call, and the errno. */
  readonly failures: Readonly<Record<string, ErrnoName>>;
  /** The names of the only stages to run; undefined: all. */
  readonly only?: readonly string[] | undefined;
}

/** Something that happens in a stage. */
export type Step =
  | {
    /** As `describe` renders it. */
    readonly operation: string;
    /** `ok`, or the errno's name. */
    readonly result: string;
    /** What a failure of it would mean. */
    readonly onFailure: OnFailure;
    /** What the kernel is asked; on FreeBSD only. */
    readonly systemCalls?: readonly string[];
  }
  | { readonly info: string }
  | { readonly warn: string }
  | { readonly fail: string };

/** The end of the boot, a line on the console, or nothing at all. */
export type OnFailure = Policy | "ignored";

/** A stage, or what stands before and behind them all. */
export interface PlannedStage {
  readonly name: string;
  readonly summary: string;
  readonly policy: Policy;
  /** Why it does not run; else null. */
  readonly skipped: string | null;
  readonly steps: readonly Step[];
}

/** How a boot ends: with its workload, without, or with some stages only. */
export type PlannedOutcome =
  | { readonly kind: "workload" | "stages" }
  | {
    readonly kind: "failure";
    readonly status: 125 | 126 | 127;
    readonly reason: string;
  };

/** What the workload finds. */
export interface PlannedWorkload {
  readonly args: readonly string[];
  readonly environment: readonly {
    readonly name: string;
    readonly value: string;
    readonly source: string;
  }[];
  readonly cwd: string;
  readonly limits: readonly {
    readonly resource: string;
    readonly soft: string;
    readonly hard: string;
  }[];
  /** Null: PID 1's own. */
  readonly identity: Handover["identity"] | null;
  /** In octal. */
  readonly umask: string;
  readonly noNewPrivileges: boolean;
  /** By the names of the sets; null: what the user has. */
  readonly capabilities: Readonly<Record<string, string>> | null;
  /** Null: PID 1's own. */
  readonly oomScoreAdj: number | null;
  /** In words, as is the next; null: PID 1's own. */
  readonly ioPriority: string | null;
  readonly scheduler: string | null;
  /** In the order in which they were mounted. */
  readonly mounts: readonly {
    readonly target: string;
    readonly type: string;
    readonly source: string;
    readonly options: string;
  }[];
}

/** A plan; its JSON form has these fields in this order. */
export interface Plan {
  /** Of this form. */
  readonly version: 1;
  readonly platform: Platform;
  readonly features: readonly Feature[];
  readonly outcome: PlannedOutcome;
  readonly stages: readonly PlannedStage[];
  /** Null where the boot does not come so far. */
  readonly workload: PlannedWorkload | null;
  /** What the native program does then, by the hand-over record. */
  readonly supervision: readonly string[];
}

/** Its failure tells what the operation's policy is. */
const probe: ErrnoName = "EIO";

/** What happened in one run. */
interface Run {
  readonly sections: readonly Section[];
  /** True where every stage was run or skipped. */
  readonly isThrough: boolean;
  /** What came out of it that is no failure of a stage. */
  readonly error: Error | undefined;
  readonly record: Uint8Array | undefined;
  readonly environment: Environment | undefined;
  readonly mounts: PlannedWorkload["mounts"];
  /** As the boot leaves it. */
  readonly guest: Guest;
  /** The failures that were met. */
  readonly met: ReadonlySet<string>;
  /** How things stood before each stage, by the stages' names. */
  readonly before: ReadonlyMap<string, Before>;
}

/** What a stage starts from. */
interface Before {
  readonly guest: Guest;
  readonly environment: readonly string[];
  readonly config: BootContext["config"];
  readonly hasConfig: BootContext["hasConfig"];
  readonly args: readonly string[];
  readonly handover: Handover;
}

interface Section extends Omit<PlannedStage, "steps"> {
  readonly steps: (Exclude<Step, { operation: string }> | Call)[];
}

type Call = Omit<Extract<Step, { operation: string }>, "onFailure">;

/**
 * Plans a boot. The same inputs give the same plan.
 *
 * @throws Error when a failure was asked for that a whole boot does not meet
 */
export function makePlan(inputs: PlanInputs): Plan {
  const run = runBoot(inputs, inputs.failures);
  const outcome = outcomeOf(inputs, run);
  // A boot that ends early does not come to all of them.
  const names = outcome.kind === "failure" ? [] : Object.keys(inputs.failures);
  for (const name of names) {
    if (!run.met.has(name)) throw new Error(`This boot has no call ${name}`);
  }
  const onFailure = policies(inputs, run);
  const handover = run.record && decodeHandover(run.record);
  return {
    version: 1,
    platform: inputs.platform,
    features: inputs.features.toSorted(),
    outcome: handover === undefined
      ? outcome
      : withProgram(outcome, handover, run.guest),
    stages: run.sections.map((section) => ({
      ...section,
      steps: section.steps.map((step) =>
        "operation" in step
          ? {
            ...step,
            onFailure: onFailure.get(step.operation) ?? "ignored",
          }
          : step
      ),
    })),
    workload: handover === undefined ? null : workloadOf(inputs, run, handover),
    supervision: outcome.kind === "stages"
      ? []
      : supervisions[inputs.platform](handover),
  };
}

const supervisions = { linux: supervision, freebsd: freebsdSupervision };

/** Runs the pipeline once. */
function runBoot(
  inputs: PlanInputs,
  failures: Readonly<Record<string, ErrnoName>>,
): Run {
  const { only, platform, features } = inputs;
  const guest = planGuest({
    platform,
    variable: (name) => variable(inputs, name),
    cmdline: inputs.cmdline,
    device: variable(inputs, "KRUN_BLOCK_ROOT_DEVICE") ??
      configVariable(inputs.config, "KRUN_BLOCK_ROOT_DEVICE"),
    root: inputs.root,
    config: inputs.config && {
      path: variable(inputs, "KRUN_CONFIG") ?? "/.krun_config.json",
      bytes: inputs.config,
    },
  });
  const met = new Set<string>();
  const sys = recordingSys({
    answers: guest.answers,
    failures: failing(failures, met),
  });

  const sections: Section[] = [
    section("start", "Return to the root that the kernel gave"),
  ];
  let seen = 0;
  let ended = 0;
  const catchUp = (): void => {
    const steps = sections.at(-1)?.steps;
    for (; seen < sys.records.length; seen++) {
      const { name, args, text, errno } = sys
        .records[seen] as typeof sys.records[0];
      if (name === "bootTime" || text.startsWith(consoleWrite)) continue;
      steps?.push({
        operation: text,
        result: errno ?? "ok",
        ...(platform === "freebsd" && {
          // A failure is taken to be that of the first.
          systemCalls: freebsdCalls(name, args as never)
            .slice(0, errno === undefined ? undefined : 1),
        }),
      });
    }
  };
  const observe = (event: BootEvent): void => {
    catchUp();
    const steps = sections.at(-1)?.steps;
    switch (event.kind) {
      case "start":
      case "skip": {
        const { name, summary, policy } = stageNamed(event.stage);
        if (event.kind === "skip") ended++;
        const skipped = event.kind === "skip" ? event.message : null;
        sections.push({ name, summary, policy, skipped, steps: [] });
        break;
      }
      case "done":
        ended++;
        sections.push(section("handover", "Tell PID 1 what the workload is"));
        break;
      case "info":
      case "warn":
        steps?.push(
          event.kind === "info"
            ? { info: event.message }
            : { warn: event.message },
        );
        break;
      case "fail":
        steps?.push({ fail: event.message });
    }
  };
  let environment: Environment | undefined;
  const before = new Map<string, Before>();
  const chosen = stages
    .filter(({ name }) => only === undefined || only.includes(name))
    .map((stage): Stage => ({
      ...stage,
      run(context) {
        environment = context.environment;
        before.set(stage.name, beforeStage(guest, context));
        stage.run(context);
      },
    }));
  let error: Error | undefined;
  try {
    boot(
      chosen,
      startRecord(inputs),
      { platform, features },
      sys,
      observe,
    );
  } catch (caught) {
    if (!(caught instanceof Error)) throw caught;
    error = caught;
  }
  catchUp();
  return {
    // Between two stages there is nothing to tell.
    sections: sections.filter(({ name, steps }, n) =>
      name !== "handover" || n === sections.length - 1 && steps.length > 0
    ),
    ...{ error, environment, guest, met, before, record: guest.record() },
    isThrough: ended === chosen.length,
    mounts: guest.mounts().map(({ target, type, source, options }) => (
      { target, type, source: source ?? "none", options }
    )),
  };
}

const failedStatus = 125;
/** Log lines, which are shown as the messages that they are. */
const consoleWrite = "write(2, ";

function section(name: string, summary: string): Section {
  return { name, summary, policy: "fatal", skipped: null, steps: [] };
}

function stageNamed(name: string): Stage {
  const stage = stages.find((stage) => stage.name === name);
  if (stage === undefined) throw new Error(`There is no stage ${name}`);
  return stage;
}

function startRecord(
  { args, environment, platform }: PlanInputs,
): StartRecord {
  const items = environment.map(({ item }) => item);
  return {
    ...{ started: 0, runtime: 0, args, ...descriptors },
    // FreeBSD's kernel gives its init none; a stage asks for it.
    environment: platform === "freebsd" ? [] : items,
  };
}

function variable(
  { environment }: PlanInputs,
  name: string,
): string | undefined {
  const start = `${name}=`;
  return environment.find(({ item }) => item.startsWith(start))?.item
    .slice(start.length);
}

/** What makes calls fail; `met` gets the keys of those that did. */
function failing(
  failures: Readonly<Record<string, ErrnoName>>,
  met: Set<string> = new Set(),
): (text: string, name: string) => ErrnoName | undefined {
  // Also by the word that the text of a call begins with, as in `read`.
  const names = Object.keys(failures).filter((key) => !key.includes("("));
  return (text, name) => {
    const key = Object.hasOwn(failures, text)
      ? text
      : names.find((key) => key === name || text.startsWith(`${key}(`));
    if (key === undefined) return undefined;
    met.add(key);
    return failures[key];
  };
}

function beforeStage(guest: Guest, context: BootContext): Before {
  const { environment, config, hasConfig, args, handover } = context;
  return {
    guest: guest.fork(),
    environment: environment.items(),
    ...{ config, hasConfig, args, handover: copyOf(handover) },
  };
}

/** Not by structuredClone(), whose first use takes 2 ms. */
function copyOf(handover: Handover): Handover {
  return { ...handover, standard: [...handover.standard] };
}

/** What each operation's failure would mean, found by having it fail. */
function policies(inputs: PlanInputs, run: Run): Map<string, OnFailure> {
  const found = new Map<string, OnFailure>();
  for (const section of run.sections) {
    const known = messages(section);
    const before = run.before.get(section.name);
    for (const step of section.steps) {
      if (!("operation" in step) || found.has(step.operation)) continue;
      const { operation } = step;
      const failures = { ...inputs.failures, [operation]: probe };
      found.set(
        operation,
        before === undefined
          ? isFailure(inputs, runBoot(inputs, failures)) ? "fatal" : "ignored"
          : runAgain(inputs, stageNamed(section.name), before, failures, known),
      );
    }
  }
  return found;
}

/** Runs a stage once more, with other failures, and says what came of it. */
function runAgain(
  { platform, features, args }: PlanInputs,
  stage: Stage,
  { guest, environment, handover, ...others }: Before,
  failures: Readonly<Record<string, ErrnoName>>,
  known: readonly string[],
): OnFailure {
  const { answers } = guest.fork();
  const sys = recordingSys({ answers, failures: failing(failures) });
  const facts = { platform, features, args, root: descriptors.root };
  const again: Stage = {
    ...stage,
    run(context) {
      Object.assign(context, others);
      Object.assign(context.handover, copyOf(handover));
      stage.run(context);
    },
  };
  let result: OnFailure = "ignored";
  try {
    const observe = (event: BootEvent): void => {
      const isNew = event.kind === "warn" && !known.includes(event.message);
      if (isNew) result = "warn";
    };
    runStages([again], sys, facts, environment, observe, () => 0);
  } catch (error) {
    if (!(error instanceof BootFailure)) throw error;
    return "fatal";
  }
  return result;
}

function isFailure(inputs: PlanInputs, run: Run): boolean {
  return outcomeOf(inputs, run).kind === "failure";
}

function messages({ steps }: Section): string[] {
  return steps.flatMap((step) => "warn" in step ? [step.warn] : []);
}

function outcomeOf({ only }: PlanInputs, run: Run): PlannedOutcome {
  const fail = run.sections.at(-1)?.steps.find((step) => "fail" in step);
  if (fail !== undefined) {
    return { kind: "failure", status: failedStatus, reason: fail.fail };
  }
  if (run.record !== undefined && run.error === undefined) {
    return { kind: "workload" };
  }
  // Without the last stage there is nothing to hand over.
  if (run.isThrough && only !== undefined && !only.includes("workload")) {
    return { kind: "stages" };
  }
  const reason = run.error?.message ?? "no hand-over record";
  return { kind: "failure", status: failedStatus, reason };
}

/** A root that is known tells whether the workload's command is there. */
function withProgram(
  outcome: PlannedOutcome,
  handover: Handover,
  guest: Guest,
): PlannedOutcome {
  if (outcome.kind !== "workload" || !guest.knowsRoot()) return outcome;
  const errno = missingProgram(handover, guest.find);
  if (errno === undefined) return outcome;
  return {
    kind: "failure",
    status: errno === "ENOENT" ? 127 : 126,
    reason: `execve(${JSON.stringify(handover.args[0])}): ${errno}`,
  };
}

function workloadOf(
  { environment, platform }: PlanInputs,
  run: Run,
  handover: Handover,
): PlannedWorkload {
  const { args, cwd, limits, identity, umask, noNewPrivs, capabilities } =
    handover;
  const { ioPriority, scheduler } = handover;
  const seen = new Set<string>();
  return {
    args,
    environment: handover.environment.map((item) => {
      const end = item.indexOf("=");
      const name = end < 0 ? item : item.slice(0, end);
      // Only the first of a name is one that anybody sets.
      const setter = seen.has(name) ? undefined : run.environment?.source(name);
      seen.add(name);
      const given = environment.find((other) => other.item === item);
      return {
        name,
        value: end < 0 ? "" : item.slice(end + 1),
        source: setter ?? given?.source ?? "kernel",
      };
    }),
    cwd,
    limits: limits.map(({ resource, soft, hard }) => ({
      resource: resourceName(resource, platform),
      soft: limitText(soft, platform),
      hard: limitText(hard, platform),
    })),
    identity: identity ?? null,
    umask: umask.toString(8).padStart(4, "0"),
    noNewPrivileges: noNewPrivs,
    capabilities: capabilities === undefined ? null : Object.fromEntries(
      capabilitySets.map((set) => [set, capabilityText(capabilities[set])]),
    ),
    oomScoreAdj: handover.oomScoreAdj ?? null,
    ioPriority: ioPriority === undefined ? null : ioPriorityText(ioPriority),
    scheduler: scheduler === undefined ? null : schedulerText(scheduler),
    mounts: run.mounts,
  };
}
