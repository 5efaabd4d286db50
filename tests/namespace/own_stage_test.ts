/** Tests of the stage of docs/own_stage.md: from its file to the plan and to a guest. */

import assert from "#assert";
import { run } from "../../tools/run.ts";
import { makeRoot } from "../fixtures/namespace.ts";
import { ownStage } from "../fixtures/own_stage.ts";
import { bootScript, complaints } from "./guest.ts";

const root = await makeRoot({ busybox: true });
const { image, plan } = await ownStage();

Deno.test("the stage of docs/own_stage.md has the plan that the page shows", async () => {
  const words = ["plan", "--stage", "machineId"];
  const asked = await run(image, [...words, "--env", "KRUN_MACHINE_ID=1f"]);
  assert.ok(asked.includes(`\n${plan}`), asked);
  const unasked = await run(image, words);
  assert.ok(
    unasked.includes("\nmachineId: skipped, KRUN_MACHINE_ID is not set\n"),
  );
});

Deno.test("the stage of docs/own_stage.md writes the machine id that the host has chosen", async () => {
  const script = "cat /etc/machine-id; rm /etc/machine-id";
  const outcome = await bootScript(root, script, {
    init: image,
    env: ["KRUN_MACHINE_ID=1f"],
  });
  assert.equal(outcome.stdout, "1f\n");
  assert.deepEqual(complaints(outcome), []);
  const unasked = await bootScript(root, "cat /etc/machine-id", {
    init: image,
  });
  assert.equal(unasked.stdout, "");
});
