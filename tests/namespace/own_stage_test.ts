/** Tests of the README's stage: from its file to the plan and to a guest. */

import assert from "#assert";
import { run } from "../../tools/run.ts";
import { makeRoot } from "../fixtures/namespace.ts";
import { ownStage } from "../fixtures/own_stage.ts";
import { bootScript, complaints } from "./guest.ts";

const root = await makeRoot({ busybox: true });
const { image, plan } = await ownStage();

Deno.test("the README's stage has the plan that the README shows", async () => {
  const words = ["plan", "--stage", "hosts"];
  const asked = await run(image, [...words, "--env", "KRUN_HOSTS=1"]);
  assert.ok(asked.includes(`\n${plan}`), asked);
  const unasked = await run(image, words);
  assert.ok(unasked.includes("\nhosts: skipped, KRUN_HOSTS is not set\n"));
});

Deno.test("the README's stage writes the guest's name into /etc/hosts", async () => {
  const script = "cat /etc/hosts; rm /etc/hosts";
  const outcome = await bootScript(root, script, {
    init: image,
    env: ["KRUN_HOSTS=1", "HOSTNAME=guest-1"],
  });
  assert.equal(outcome.stdout, "127.0.0.1 localhost guest-1\n");
  assert.deepEqual(complaints(outcome), []);
  const unasked = await bootScript(root, "cat /etc/hosts", { init: image });
  assert.equal(unasked.stdout, "");
});
