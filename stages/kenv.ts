import type { FreebsdStage } from "./stage.ts";

/** What libkrun puts into FreeBSD's kernel environment for its init. */
const names = [
  "HOSTNAME",
  "KRUN_CONFIG",
  "KRUN_HOME",
  "KRUN_INIT",
  "KRUN_INIT_PID1",
  "KRUN_RLIMITS",
  "KRUN_TERM",
  "KRUN_WORKDIR",
];

/** Takes the init's variables from the kernel, which gives no environment. */
export const kenv: FreebsdStage = {
  name: "kenv",
  summary: "Take the environment from the kernel's own",
  gates: { platforms: ["freebsd"] },
  policy: "warn",
  run({ sys, environment, warn }) {
    for (const name of names) {
      try {
        const value = sys.kenv(name);
        if (value !== undefined) environment.set(name, value, "kenv");
      } catch (error) {
        warn(error, `going on without ${name}`);
      }
    }
  },
};
