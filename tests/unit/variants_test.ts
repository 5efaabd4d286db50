import assert from "#assert";
import { defaultFeatures, features } from "../../stages/features.ts";
import { archs } from "../../tools/native.ts";
import { imageKinds, variants } from "../../tools/variants.ts";

Deno.test("there are 24 images on each kind of base, no two of the same name or the same content", () => {
  assert.equal(imageKinds.length, 48);
  assert.equal(imageKinds.filter(({ isSmall }) => isSmall).length, 24);
  const names = imageKinds.map(({ name }) => name);
  assert.equal(new Set(names).size, 48);
  const contents = imageKinds.map(({ arch, isSmall, features }) =>
    [arch, isSmall, ...features].join()
  );
  assert.equal(new Set(contents).size, 48);
});

Deno.test("every variant comes with each option on and off, for every architecture and base", () => {
  for (const isSmall of [false, true]) {
    for (const arch of archs) {
      for (const variant of variants) {
        const kinds = imageKinds.filter((kind) =>
          kind.isSmall === isSmall && kind.arch === arch &&
          kind.variant === variant
        );
        const own = variant === "plain" ? [] : [variant];
        const name = `krun-init${isSmall ? "-small" : ""}-${arch}-${variant}`;
        assert.deepEqual(
          kinds.map(({ name, features }) => [name, features]),
          [
            [name, own],
            [`${name}-timesync`, [...own, "timesync"]],
            [`${name}-nested-kvm`, [...own, "nested-kvm"]],
            [`${name}-timesync-nested-kvm`, [
              ...own,
              "timesync",
              "nested-kvm",
            ]],
          ],
        );
      }
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
