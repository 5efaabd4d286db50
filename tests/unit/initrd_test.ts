import assert from "#assert";
import { join } from "node:path";
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

Deno.test("task initrd names the file that is wrong, and what a boot would pass over", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-initrd-" });
  const write = async (
    name: string,
    data: Uint8Array | string,
  ): Promise<string> => {
    const path = join(folder, name);
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    await Deno.writeFile(path, bytes);
    return path;
  };
  const initrd = async (
    ...words: readonly string[]
  ): Promise<{ code: number; text: string }> => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-q", "-A", "tools/initrd.ts", ...words],
        `--output=${join(folder, "initrd")}`,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    return { code, text: new TextDecoder().decode(stderr) };
  };
  const image = await write("image", imageWith(["tdx"]));
  const other = await write("other", "no image");
  const broken = await write("broken.json", '{"args": }');
  const noText = await write("no_text.json", Uint8Array.of(0xff));
  for (
    const [words, message] of [
      [["--init", other], `${other}: The file is no image of krun-init`],
      [
        ["--init", image, "--config", broken],
        `${broken}: line 1, column 10: a value is missing`,
      ],
      [["--init", image, "--config", noText], `${noText}: not UTF-8`],
      [
        ["--config", "/no/file"],
        "Cannot read /no/file: No such file or directory",
      ],
    ] as const
  ) {
    const text = `initrd: ${message}\n`;
    assert.deepEqual(await initrd(...words), { code: 1, text });
  }
  const odd = await write("odd.json", '{"args": "/bin/app"}');
  assert.deepEqual(await initrd("--init", image, "--config", odd), {
    code: 0,
    text:
      `WARNING: ${odd}: args: a string, not an array (the boot ends with 125, unless something else names the command)\n`,
  });
  await Deno.remove(folder, { recursive: true });
});
