import type { Stage } from "./stage.ts";

/** Decides that the workload is in front of a session, on its terminal if any. */
export const session: Stage = {
  name: "session",
  summary: "Give the workload a session and a process group",
  gates: {},
  policy: "warn",
  run({ handover }) {
    handover.newSession = true;
  },
};
