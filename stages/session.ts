import type { Stage } from "./stage.ts";

/** Decides that the workload leads a session of its own on the console. */
export const session: Stage = {
  name: "session",
  summary: "Give the workload its own session and the console",
  gates: {},
  policy: "warn",
  run({ handover }) {
    handover.newSession = true;
  },
};
