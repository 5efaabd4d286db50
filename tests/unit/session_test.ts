import assert from "#assert";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { session } from "../../stages/session.ts";
import { runStage } from "./stage_helper.ts";

Deno.test("session asks for a session of the workload's own, and nothing of the system", () => {
  const { calls, events, handover } = runStage(session);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, { ...newHandover(), newSession: true });
});
