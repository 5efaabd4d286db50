import assert from "#assert";
import { defaultFeatures } from "../../stages/features.ts";
import type { Manifest } from "../../tools/manifest.ts";
import { sourcesDigest } from "../../tools/sources_digest.ts";
import { isCurrent } from "../../tools/vm/current_image.ts";

const manifest: Manifest = {
  sources: "aa",
  images: [{
    file: "krun-init",
    version: "0.1.0",
    arch: "x86_64",
    features: [...defaultFeatures].sort(),
    base: "deno 2.9.6",
    size: 1000,
    sha256: "",
    sha384: "",
    digest: "",
    billOfMaterials: "krun-init.cdx.json",
    marks: [],
  }],
};

Deno.test("isCurrent() takes the default image of the same sources", () => {
  assert.equal(isCurrent(manifest, 1000, "aa"), true);
});

Deno.test("isCurrent() takes no image of other sources, features or size, and none without a manifest", () => {
  const [image] = manifest.images;
  const other = { ...manifest, images: [{ ...image, features: ["tdx"] }] };
  assert.equal(isCurrent(manifest, 1000, "ab"), false);
  assert.equal(isCurrent(manifest, 999, "aa"), false);
  assert.equal(isCurrent(manifest, -1, "aa"), false);
  assert.equal(isCurrent(other as Manifest, 1000, "aa"), false);
  assert.equal(isCurrent({ ...manifest, images: [] }, 1000, "aa"), false);
  assert.equal(isCurrent(undefined, 1000, "aa"), false);
});

Deno.test("sourcesDigest() is the same for the same sources", async () => {
  const digest = await sourcesDigest();
  assert.match(digest, /^[\da-f]{64}$/);
  assert.equal(await sourcesDigest(), digest);
});
