import type { FreebsdStage } from "./stage.ts";

/** Brings up the one interface that is configured on FreeBSD. */
export const loopback: FreebsdStage = {
  name: "loopback",
  summary: "Bring up the loopback interface",
  gates: { platforms: ["freebsd"] },
  policy: "warn",
  run({ sys }) {
    sys.interfaceUp("lo0");
  },
};
