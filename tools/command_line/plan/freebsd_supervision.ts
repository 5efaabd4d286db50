import type { Handover } from "../../../stages/formats/handover_record.ts";
import { limitText, resourceName } from "../../../stages/formats/rlimits.ts";
import { freebsdCalls } from "./freebsd_calls.ts";

/**
 * What a supervisor for FreeBSD is to do once the pipeline has ended, in words:
 * native/ has none yet.
 *
 * @param handover undefined: there is none, because the boot has failed
 */
export function freebsdSupervision(
  handover: Handover | undefined,
): readonly string[] {
  const ending = freebsdCalls("exit", [0]).slice(0, 2).join(", ");
  if (handover === undefined) return [`PID 1: ${ending}`];
  return [
    handover.replacePid1
      ? "PID 1: become the workload, for KRUN_INIT_PID1"
      : "PID 1: start the workload in a child",
    ...workload(handover).map((line) => `workload: ${line}`),
    ...handover.replacePid1 ? [] : [
      "PID 1: reap what ends",
      `PID 1: when the workload has ended, ${ending}`,
    ],
  ];
}

function workload(handover: Handover): string[] {
  const { args, cwd, identity, limits, newSession } = handover;
  const quote = (text: string): string => JSON.stringify(text);
  return [
    ...newSession ? terminal() : [],
    `umask(0${handover.umask.toString(8)})`,
    ...limits.map(({ resource, soft, hard }) => {
      const [first, second] = [soft, hard].map((limit) =>
        limitText(limit, "freebsd")
      );
      const name = resourceName(resource, "freebsd");
      return `setrlimit(${name}, ${first}, ${second})`;
    }),
    ...identity === undefined ? [] : [
      `setgroups(${JSON.stringify(identity.groups)})`,
      `setgid(${identity.gid})`,
      `setuid(${identity.uid})`,
    ],
    `chdir(${quote(cwd)})`,
    `execve(${args.map(quote).join(", ")})`,
  ];
}

/** A controlling terminal of its own, as the stage `console` gets PID 1's. */
function terminal(): string[] {
  const console = "/dev/console";
  const readWriteNonblock = 2 | 4;
  return [
    ...freebsdCalls("revoke", [console]),
    ...freebsdCalls("open", [console, readWriteNonblock]),
    ...freebsdCalls("setBlocking", [3]),
    ...freebsdCalls("setsid", []),
    ...freebsdCalls("controllingTerminal", [3]),
    ...[0, 1, 2].flatMap((standard) => freebsdCalls("dup2", [3, standard])),
    ...freebsdCalls("close", [3]),
  ];
}
