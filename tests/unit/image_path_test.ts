import assert from "#assert";
import { basename } from "node:path";
import { imagePath } from "../../tools/image_path.ts";
import { archs } from "../../tools/native.ts";

Deno.test("imagePath() keeps the images of other architectures and bases apart", () => {
  const other = archs.find((arch) => arch !== Deno.build.arch);
  for (
    const [runtime, name] of [
      ["auto", "krun-init"],
      ["deno", "krun-init"],
      ["quickjs", "krun-init-small"],
    ] as const
  ) {
    const names = archs.map((arch) => basename(imagePath(arch, runtime)));
    assert.deepEqual(names.toSorted(), [name, `${name}-${other}`]);
    assert.equal(basename(imagePath(Deno.build.arch, runtime)), name);
  }
});
