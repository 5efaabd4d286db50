import assert from "#assert";
import type { Feature } from "../../stages/features.ts";
import { cpioArchive } from "../../tools/cpio.ts";
import { composeImage } from "../../tools/image.ts";
import { composeInitrd } from "../../tools/initrd.ts";

const encoder = new TextEncoder();

/** An image that says that it has these features, and has nothing else. */
function imageWith(features: readonly Feature[]): Uint8Array {
  return composeImage({
    native: encoder.encode("native"),
    files: [],
    args: ["deno", "@", "@shim.so", JSON.stringify({ features })],
    environment: [],
  });
}

Deno.test("composeInitrd() has the image as /init and a console", () => {
  for (const feature of ["amd-sev", "tdx"] as const) {
    const image = imageWith([feature, "timesync"]);
    assert.deepEqual(
      composeInitrd(image),
      cpioArchive([
        { path: "dev", mode: 0o40755 },
        { path: "dev/console", mode: 0o20600, device: [5, 1] },
        { path: "init", mode: 0o100755, data: image },
      ]),
    );
  }
});

Deno.test("composeInitrd() has a config where one is given", () => {
  const config = encoder.encode('{"args":["/app"]}');
  const initrd = composeInitrd(imageWith(["tdx"]), config);
  const text = new TextDecoder("latin1").decode(initrd);
  assert.match(text, /\.krun_config\.json\0+\{"args":\["\/app"\]\}/);
});

Deno.test("composeInitrd() refuses an image that cannot start from an initramfs", () => {
  assert.throws(() => composeInitrd(imageWith(["nested-kvm"])), {
    message: "The image was built without amd-sev or tdx (it has: nested-kvm)",
  });
  assert.throws(() => composeInitrd(imageWith([])), {
    message: "The image was built without amd-sev or tdx (it has: no feature)",
  });
  for (const size of [0, 36000, 40000]) {
    assert.throws(() => composeInitrd(new Uint8Array(size)), {
      message: "The file is no image of krun-init",
    });
  }
});
