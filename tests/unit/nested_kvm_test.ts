import assert from "#assert";
import { nestedKvm } from "../../stages/nested_kvm.ts";
import { runStage } from "./stage_helper.ts";

const facts = { features: ["nested-kvm"] } as const;
const chmod = 'chmod("/dev/kvm", 0666)';

Deno.test("nestedKvm opens /dev/kvm to every user", () => {
  const { calls, events } = runStage(nestedKvm, { facts });
  assert.deepEqual(calls, [chmod]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("nestedKvm says nothing where there is no /dev/kvm", () => {
  const { calls, events } = runStage(nestedKvm, {
    facts,
    failures: { [chmod]: "ENOENT" },
  });
  assert.deepEqual(calls, [chmod]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("nestedKvm reports any other failure, and the boot goes on", () => {
  for (const errno of ["EPERM", "EROFS"]) {
    const { events } = runStage(nestedKvm, {
      facts,
      failures: { [chmod]: errno },
    });
    assert.deepEqual(events, ["start", `warn: ${chmod}: ${errno}`, "done"]);
  }
});

Deno.test("nestedKvm is for builds with the feature, on Linux", () => {
  assert.deepEqual(
    runStage(nestedKvm).events,
    ["skip: built without nested-kvm"],
  );
  assert.deepEqual(
    runStage(nestedKvm, { facts: { ...facts, platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
