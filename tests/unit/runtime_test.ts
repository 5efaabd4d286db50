import assert from "#assert";
import { runtimeName } from "../../tools/runtime.ts";

Deno.test("runtimeName() tells where an architecture's deno lags behind", () => {
  assert.equal(runtimeName("deno", "2.9.6", "2.9.6"), "deno 2.9.6");
  assert.equal(
    runtimeName("deno", "2.9.5", "2.9.6"),
    "deno 2.9.5 (x86_64 has 2.9.6)",
  );
  // Denort has the version of the deno that builds.
  assert.equal(runtimeName("denort", "2.9.5", "2.9.6"), "denort 2.9.5");
});
