import assert from "#assert";
import { basename } from "node:path";
import { imagePath } from "../../tools/image_path.ts";
import { archs } from "../../tools/native.ts";

Deno.test("imagePath() keeps the images of other architectures apart", () => {
  const names = archs.map((arch) => basename(imagePath(arch)));
  const other = archs.find((arch) => arch !== Deno.build.arch);
  assert.deepEqual(names.toSorted(), ["krun-init", `krun-init-${other}`]);
  assert.equal(basename(imagePath(Deno.build.arch)), "krun-init");
});
