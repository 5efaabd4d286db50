/** A plan as text for people. */

import type { Platform } from "../../../stages/platform.ts";
import type { Painter } from "../style.ts";
import type { Plan, PlannedStage, PlannedWorkload, Step } from "./make_plan.ts";

/** A part of the text: a heading, and what stands below it. */
export interface Part {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** More turns of the same are told by their number. */
const longestTurn = 4;

/** Renders a plan. */
export function renderPlan(plan: Plan, paint: Painter): string {
  return partsOf(plan).map(({ heading, lines }) => {
    const text = lines.map((line) => `  ${paintLine(line, paint)}\n`).join("");
    return `${paint("heading", heading)}\n${text}`;
  }).join("\n");
}

/** A plan as its parts, without colour; what two plans are compared by. */
export function partsOf(plan: Plan): Part[] {
  const { platform, features, outcome, stages, workload, supervision } = plan;
  return [
    {
      heading: `A boot on ${platform}, features: ${
        features.join(", ") || "none"
      }`,
      lines: [
        outcome.kind === "failure"
          ? `ends with exit code ${outcome.status}`
          : outcomes[outcome.kind],
        ..."reason" in outcome ? [`${failed}${outcome.reason}`] : [],
      ],
    },
    ...stages.map(stagePart),
    ...workload === null ? [] : [workloadPart(workload)],
    ...supervision.length === 0 ? [] : [{
      heading: supervisors[platform],
      lines: supervision,
    }],
  ];
}

const supervisors: Readonly<Record<Platform, string>> = {
  linux:
    "The native program then (rendered from the hand-over record, not run)",
  freebsd: "What a supervisor has to do then (for FreeBSD there is none yet)",
};

const outcomes = {
  workload: "ends with the workload running",
  stages: "has no workload: its stage was left out",
};

const warned = "warning: ";
const failed = "failure: ";

function paintLine(line: string, paint: Painter): string {
  if (line.startsWith(warned)) return paint("warning", line);
  return line.startsWith(failed) ? paint("failure", line) : line;
}

function stagePart({ name, summary, skipped, steps }: PlannedStage): Part {
  if (skipped !== null) {
    return { heading: `${name}: skipped, ${skipped}`, lines: [] };
  }
  const lines = folded(steps.flatMap(stepLines));
  return { heading: `${name}: ${summary}`, lines };
}

/** An operation, and below it what the kernel is asked. */
function stepLines(step: Step): string[] {
  if ("warn" in step) return [`${warned}${step.warn}`];
  if ("info" in step) return [`note: ${step.info}`];
  if ("fail" in step) return [`${failed}${step.fail}`];
  const result = step.result === "ok" ? "" : ` = ${step.result}`;
  return [
    `${step.onFailure.padEnd(8)}${step.operation}${result}`,
    ...(step.systemCalls ?? []).map((call) => `          ${call}`),
  ];
}

/** Has what repeats, such as a wait for a device, only once. */
function folded(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (let at = 0; at < lines.length;) {
    let best = { size: 1, turns: 1 };
    for (let size = 1; size <= longestTurn; size++) {
      const turn = lines.slice(at, at + size).join("\n");
      let turns = 1;
      while (
        lines.slice(at + turns * size, at + (turns + 1) * size).join("\n") ===
          turn
      ) turns++;
      if (turns > 2 && size * turns > best.size * best.turns) {
        best = { size, turns };
      }
    }
    result.push(...lines.slice(at, at + best.size));
    if (best.turns > 1) {
      const what = best.size === 1 ? "this" : `these ${best.size}`;
      result.push(`        (${what}, ${best.turns} times)`);
    }
    at += best.size * best.turns;
  }
  return result;
}

function workloadPart(workload: PlannedWorkload): Part {
  const { args, environment, cwd, limits, identity, umask, mounts } = workload;
  const words = args.map((arg) => JSON.stringify(arg)).join(" ");
  return {
    heading: "The workload",
    lines: [
      `command: ${words}`,
      ...environment.map(({ name, value, source }) =>
        `environment: ${name}=${JSON.stringify(value).slice(1, -1)} (${source})`
      ),
      `directory: ${cwd}`,
      ...limits.map(({ resource, soft, hard }) =>
        `limit: ${resource} ${soft}:${hard}`
      ),
      identity === undefined || identity === null
        ? "user: PID 1's own"
        : `user: ${identity.uid}, group ${identity.gid}, further groups: ${
          identity.groups.join(", ") || "none"
        }`,
      `umask: ${umask}`,
      ...workload.noNewPrivileges ? ["no new privileges"] : [],
      ...Object.entries(workload.capabilities ?? {}).map(([set, names]) =>
        `capabilities, ${set}: ${names || "none"}`
      ),
      ...workload.oomScoreAdj === null
        ? []
        : [`oom_score_adj: ${workload.oomScoreAdj}`],
      ...workload.ioPriority === null
        ? []
        : [`I/O priority: ${workload.ioPriority}`],
      ...workload.scheduler === null
        ? []
        : [`scheduler: ${workload.scheduler}`],
      ...mounts.map(({ target, type, source, options }) =>
        `mount: ${target} ${type} from ${source} (${options})`
      ),
    ],
  };
}
