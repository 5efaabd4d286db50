import assert from "#assert";
import { defaultFeatures, features } from "../../stages/features.ts";
import { archs } from "../../tools/native.ts";
import { imageKinds, variants } from "../../tools/variants.ts";

Deno.test("there are 24 images, no two of the same name or the same content", () => {
  assert.equal(imageKinds.length, 24);
  const names = imageKinds.map(({ name }) => name);
  assert.equal(new Set(names).size, 24);
  const contents = imageKinds.map(({ arch, features }) =>
    [arch, ...features].join()
  );
  assert.equal(new Set(contents).size, 24);
});

Deno.test("every variant comes with each option on and off, for every architecture", () => {
  for (const arch of archs) {
    for (const variant of variants) {
      const kinds = imageKinds.filter((kind) =>
        kind.arch === arch && kind.variant === variant
      );
      const own = variant === "plain" ? [] : [variant];
      assert.deepEqual(
        kinds.map(({ name, features }) => [name, features]),
        [
          [`krun-init-${arch}-${variant}`, own],
          [`krun-init-${arch}-${variant}-timesync`, [...own, "timesync"]],
          [`krun-init-${arch}-${variant}-nested-kvm`, [...own, "nested-kvm"]],
          [`krun-init-${arch}-${variant}-timesync-nested-kvm`, [
            ...own,
            "timesync",
            "nested-kvm",
          ]],
        ],
      );
    }
  }
});

Deno.test("every feature is in some image, and the default set is one of the images", () => {
  const inSome = new Set(imageKinds.flatMap((kind) => kind.features));
  assert.deepEqual(inSome, new Set(features));
  assert.ok(
    imageKinds.some((kind) => kind.features.join() === defaultFeatures.join()),
  );
});
