import type { Stage } from "./stage.ts";

/** libkrun's port for the host's clock. */
const port = 123;

/** Keeps the guest's clock with the host's. */
export const timesync: Stage = {
  name: "timesync",
  summary: "Follow the host's clock",
  gates: { platforms: ["linux"], features: ["timesync"] },
  policy: "warn",
  run({ sys, handover, warn }) {
    handover.clock = sys.openVsock(port);
    try {
      // Asks for the time at once; the host's own round may take a minute.
      sys.sendToHost(handover.clock, port, new Uint8Array(1));
    } catch (error) {
      warn(error, "the first correction may take a minute");
    }
  },
};
