import { OpenFlag } from "../ffi/freebsd/constants.ts";
import { isErrno } from "../ffi/sys_error.ts";
import type { FreebsdContext, FreebsdStage } from "./stage.ts";

const { readWrite, nonblock } = OpenFlag;

const terminal = "/dev/console";
const nowhere = "/dev/null";
const log = "/init.log";

/** Does something that may fail: the console is the poorer, the boot goes on. */
type Attempt = <T>(action: () => T) => T | undefined;

/**
 * Opens the console as login_tty(3) does: FreeBSD starts PID 1 without a
 * session and with nothing open. Without a console a log takes its place.
 */
export const console: FreebsdStage = {
  name: "console",
  summary: "Open the console as the controlling terminal",
  gates: { platforms: ["freebsd"] },
  policy: "warn",
  run({ sys, warn }) {
    // Told at the end, when there is something to tell it on.
    const problems: unknown[] = [];
    const attempt: Attempt = (action) => {
      try {
        return action();
      } catch (error) {
        problems.push(error);
        return undefined;
      }
    };
    attempt(() => sys.revoke(terminal));
    // Without a wait for the carrier, which a console need not have.
    const opened = attempt(() => sys.open(terminal, readWrite | nonblock));
    if (opened !== undefined) attempt(() => sys.setBlocking(opened));
    attempt(() => beginSession(sys));
    if (opened === undefined) {
      openLog(sys, attempt);
    } else {
      attempt(() => sys.controllingTerminal(opened));
      for (const standard of [0, 1, 2]) {
        attempt(() => sys.dup2(opened, standard));
      }
      if (opened > 2) attempt(() => sys.close(opened));
    }
    for (const problem of problems) warn(problem, "going on without that step");
  },
};

function beginSession(sys: FreebsdContext["sys"]): void {
  try {
    sys.setsid();
  } catch (error) {
    // It leads one already.
    if (!isErrno(error, "EPERM")) throw error;
  }
}

/** Reads find nothing; what is written is in the log, where there can be one. */
function openLog(sys: FreebsdContext["sys"], attempt: Attempt): void {
  const move = (from: number, to: number): void => {
    attempt(() => sys.dup2(from, to));
    if (from !== to) attempt(() => sys.close(from));
  };
  const input = attempt(() => sys.open(nowhere, readWrite));
  if (input !== undefined) move(input, 0);
  const output = attempt(() => sys.openAppending(log));
  if (output === undefined) attempt(() => sys.dup2(0, 1));
  else move(output, 1);
  attempt(() => sys.dup2(1, 2));
}
