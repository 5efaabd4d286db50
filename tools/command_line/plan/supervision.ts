import type { Handover } from "../../../stages/formats/handover_record.ts";
import { limitText, resourceName } from "../../../stages/formats/rlimits.ts";
import {
  ioPriorityText,
  schedulerText,
} from "../../../stages/formats/scheduling.ts";
import { signalName } from "../../../stages/formats/signal_names.ts";

/**
 * What the native program does once the pipeline has ended, in words: a
 * rendering of the hand-over record, not a run of that program.
 *
 * @param handover undefined: there is none, because the boot has failed
 */
export function supervision(
  handover: Handover | undefined,
): readonly string[] {
  if (handover === undefined) {
    return ["PID 1: report 125 to the host, sync, reboot"];
  }
  const { clock, replacePid1, guest, stopTimeout, root, console } = handover;
  const target = handover.signalGroup ? "the workload's group" : "the workload";
  const stop = signalName(handover.stopSignal);
  const ending = guest
    ? "report the exit code, sync, unmount, make the root read-only, reboot"
    : "report the exit code, sync, reboot";
  return [
    ...root < 0 ? [] : ["PID 1: make the new root its own"],
    ...clock < 0 ? [] : ["PID 1: start the process that keeps the clock"],
    ...console < 0
      ? []
      : ["PID 1: have the console under its name, where it has the console"],
    ...streams(handover).map((line) => `PID 1: ${line}`),
    ...replacePid1
      ? ["PID 1: become the workload, for KRUN_INIT_PID1"]
      : ["PID 1: start the workload in a child"],
    ...workload(handover).map((line) => `workload: ${line}`),
    ...replacePid1 ? [] : [
      `PID 1: reap what ends, pass signals on to ${target}`,
      `PID 1: asked to stop, ${stop} and SIGCONT to ${target}, SIGKILL after ${stopTimeout} s`,
      "PID 1: when the workload has ended, SIGTERM and then SIGKILL to all that is left",
      `PID 1: ${ending}`,
    ],
  ];
}

const streamNames = ["stdin", "stdout", "stderr"];

/** In the order of native/handover.c. */
function streams(handover: Handover): string[] {
  return [
    ...handover.replacePid1 ? [] : ownStreams(handover),
    ...handover.newSession
      ? ["setsid()", "ioctl(TIOCSCTTY, 1), where a stream is a terminal"]
      : [],
  ];
}

function hasTerminal({ terminal, standard, replacePid1 }: Handover): boolean {
  return terminal !== undefined && !replacePid1 &&
    standard.some((descriptor) => descriptor >= 0);
}

/** What stands between the workload and its ports. */
function ownStreams(handover: Handover): string[] {
  const { standard, terminal } = handover;
  const names = streamNames.filter((_, n) => (standard[n] ?? -1) >= 0);
  if (!hasTerminal(handover)) {
    return names.map((name) =>
      `make a pipe, the workload's own, between ${name} and its port`
    );
  }
  const size = terminal && (terminal.rows > 0 || terminal.columns > 0)
    ? ` of ${terminal.rows} rows and ${terminal.columns} columns`
    : "";
  return [`make a terminal${size}, the workload's own, before its ports`];
}

/** In the order of native/workload.c. */
function workload(handover: Handover): string[] {
  const { args, cwd, identity, limits, newSession, noNewPrivs } = handover;
  const { capabilities, oomScoreAdj, replacePid1 } = handover;
  const { ioPriority, scheduler } = handover;
  const ports = hasTerminal(handover)
    ? ["stdin, stdout and stderr are that terminal"]
    : handover.standard.flatMap((descriptor, n) =>
      descriptor < 0
        ? []
        : [`${streamNames[n]} is ${replacePid1 ? "its port" : "that pipe"}`]
    );
  return [
    ...newSession && !replacePid1
      ? ["setpgid(0, 0)", "tcsetpgrp(), where there is a terminal"]
      : [],
    ...ports,
    "close_range(3, ~0, CLOSE_RANGE_CLOEXEC)",
    `umask(0${handover.umask.toString(8)})`,
    ...limits.map(({ resource, soft, hard }) =>
      `setrlimit(${resourceName(resource, "linux")}, ${
        limitText(soft, "linux")
      }, ${limitText(hard, "linux")})`
    ),
    ...ioPriority === undefined
      ? []
      : [`ioprio_set(${ioPriorityText(ioPriority)})`],
    ...scheduler === undefined
      ? []
      : [`sched_setattr(${schedulerText(scheduler)})`],
    `chdir(${JSON.stringify(cwd)})`,
    ...oomScoreAdj === undefined
      ? []
      : [`write("/proc/self/oom_score_adj", ${oomScoreAdj})`],
    ...capabilities === undefined ? [] : [
      "prctl(PR_CAPBSET_DROP, …), for each that is not in the bounding set",
      "prctl(PR_SET_KEEPCAPS, 1)",
    ],
    ...identity === undefined ? [] : [
      `setgroups(${JSON.stringify(identity.groups)})`,
      `setgid(${identity.gid})`,
      `setuid(${identity.uid})`,
    ],
    ...capabilities === undefined ? [] : [
      "prctl(PR_SET_KEEPCAPS, 0)",
      "capset(effective, permitted, inheritable)",
      ...capabilities.ambient === 0n ? [] : [
        "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, …), for each of that set",
      ],
    ],
    ...noNewPrivs ? ["prctl(PR_SET_NO_NEW_PRIVS, 1)"] : [],
    "every signal as by default, none blocked",
    `execve(${args.map((arg) => JSON.stringify(arg)).join(", ")})`,
  ];
}
