import assert from "#assert";
import { ownStage } from "../fixtures/own_stage.ts";
import { bootScript } from "./vm_helper.ts";

Deno.test("the README's stage runs in a virtual machine, too", async () => {
  const { image } = await ownStage();
  const outcome = await bootScript("cat /etc/hosts", {
    init: image,
    env: ["KRUN_HOSTS=1", "HOSTNAME=guest-1"],
  });
  assert.equal(outcome.output, "127.0.0.1 localhost guest-1\n");
});
