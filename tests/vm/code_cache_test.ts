/** Tests that a guest's V8 takes what the build's V8 has compiled. */

import assert from "#assert";
import { changedImageFor, runtimeKind } from "../fixtures/image.ts";
import { boot, testOnEachArch } from "./vm_helper.ts";

// Denort brings no databases.
if (await runtimeKind() !== "denort") {
  testOnEachArch("a boot compiles nothing", async (arch) => {
    const init = await changedImageFor(arch, {
      file: "tools/runtime.ts",
      from: `"DENO_LOG=error,deno::cache::cache_db=off"`,
      to: `"DENO_LOG=debug"`,
    });
    const { status, console } = await boot({
      arch,
      init,
      command: ["/bin/busybox", "true"],
    });
    assert.equal(status, 0);
    assert.match(console, /code cache hit for ES module: file:\/\/\/main\.js,/);
    assert.match(console, /code cache hit for script: file:\/\/\/program\.js,/);
    // So Deno says when V8 has not taken it: tests/unit/code_cache_test.ts.
    assert.doesNotMatch(console, /Updating V8 code cache/);
  });
}
