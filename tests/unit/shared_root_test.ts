import assert from "#assert";
import { sharedRoot } from "../../stages/shared_root.ts";
import { runStage } from "./stage_helper.ts";

const share = 'mount(null, "/", null, recursive|shared)';

Deno.test("sharedRoot makes the root and all below it shared", () => {
  let numbers: number | undefined;
  const { calls, events } = runStage(sharedRoot, {
    answers: { mount: (_source, _target, _type, flags) => numbers = flags },
  });
  assert.deepEqual(calls, [share]);
  assert.equal(numbers, 0x104000);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("sharedRoot reports a refusal, and the boot goes on", () => {
  for (const errno of ["EPERM", "EINVAL", "EBUSY"]) {
    const { events } = runStage(sharedRoot, { failures: { [share]: errno } });
    assert.deepEqual(events, ["start", `warn: ${share}: ${errno}`, "done"]);
  }
});

Deno.test("sharedRoot is for Linux only", () => {
  assert.deepEqual(
    runStage(sharedRoot, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
