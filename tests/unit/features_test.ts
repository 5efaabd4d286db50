import assert from "#assert";
import {
  defaultFeatures,
  features,
  isFeature,
  teeFeatures,
} from "../../stages/features.ts";
import { stages } from "../../stages/mod.ts";

Deno.test("isFeature() knows every feature and nothing else", () => {
  for (const feature of features) assert.equal(isFeature(feature), true);
  for (const text of ["", "TDX", "nope", "toString"]) {
    assert.equal(isFeature(text), false);
  }
});

Deno.test("a default build has features that there are, and none for a TEE", () => {
  for (const feature of defaultFeatures) {
    assert.ok(features.includes(feature));
    assert.ok(!teeFeatures.includes(feature));
  }
});

Deno.test("every feature opens the gate of a stage", () => {
  const gated = new Set(stages.flatMap(({ gates }) => gates.features ?? []));
  assert.deepEqual(gated, new Set(features));
});
