/** Guests that the builders for hosts have described. */

import assert from "#assert";
import {
  type Built,
  builtByC,
  builtByProgram,
  builtByShell,
  expected,
  folders,
} from "../fixtures/built_configs.ts";
import { toolImage } from "../fixtures/image.ts";
import { makeRoot } from "../fixtures/roots.ts";
import { boot } from "./vm_helper.ts";

async function testBuilt({ json, env }: Built): Promise<void> {
  const { status, output, console } = await boot({
    rootfs: await makeRoot({ busybox: true, folders }),
    config: new TextEncoder().encode(json),
    env,
  });
  assert.equal(output, expected);
  assert.equal(status, 7);
  assert.doesNotMatch(console, /krun-init: (?!exit-code)/);
}

Deno.test("a guest is what a program has told the builder", async () => {
  await testBuilt(builtByProgram());
});

Deno.test("a guest is what krun-init config was told in a shell", async () => {
  await testBuilt(await builtByShell([await toolImage()]));
});

Deno.test("a guest is what a C program has told libkrun_init_config", async () => {
  await testBuilt(await builtByC());
});
