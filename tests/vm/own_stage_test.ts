import assert from "#assert";
import { ownStage } from "../fixtures/own_stage.ts";
import { bootScript } from "./vm_helper.ts";

Deno.test("the stage of docs/own_stage.md runs in a virtual machine, too", async () => {
  const { image } = await ownStage();
  const outcome = await bootScript("cat /etc/machine-id", {
    init: image,
    env: ["KRUN_MACHINE_ID=1f"],
  });
  assert.equal(outcome.output, "1f\n");
});
