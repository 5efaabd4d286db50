import assert from "#assert";
import { join } from "node:path";
import { build } from "../../tools/build_image.ts";
import type { Arch } from "../../tools/native.ts";
import { runtime } from "../fixtures/base.ts";
import { makeDisk } from "../fixtures/disks.ts";
import { changedImage } from "../fixtures/image.ts";
import { boot, configFile, type Outcome, testOnEachArch } from "./vm_helper.ts";

const folder = await Deno.makeTempDir({ prefix: "krun-tee-" });
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

/** Builds an image for guests with a TEE. */
async function teeImage(arch: Arch): Promise<string> {
  const output = join(folder, arch);
  await build({ arch, runtime, features: ["amd-sev"], output });
  return output;
}

const image = await teeImage(Deno.build.arch);

/** What the image has in the guest's memory at least, in kB. */
const imageSize = 80_000;

/** What a guest has by default, in kB. */
const memorySize = 512 * 1024;

/** Shows how much is free, and what is left of the initramfs. */
const script = `head -n 1 /proc/mounts
  sleep 1; sed -n 's/^MemFree: *//p' /proc/meminfo
  find /proc/1/fd/3/ -type f
  exit 9`;

/** A config whose workload is a shell script. */
function shell(script: string): Uint8Array<ArrayBuffer> {
  return configFile({ args: ["/bin/busybox", "sh", "-c", script] });
}

/** A guest for a TEE: an initramfs, a disk, and nothing on its command line. */
async function bootTee(
  init: string,
  rootType: string,
  arch: Arch = Deno.build.arch,
): Promise<Outcome> {
  return await boot({
    arch,
    initrd: true,
    init,
    disks: [
      await makeDisk({
        arch,
        files: { "/.krun_config.json": shell(script) },
      }),
    ],
    parameters: [`rootfstype=${rootType}`],
  });
}

/** MemFree in kB, as the script shows it. */
function memoryFree({ output }: Outcome): number {
  const free = /^(\d+) kB$/m.exec(output)?.[1];
  assert.ok(free, output);
  return Number(free);
}

testOnEachArch(
  "a guest for a TEE has its disk as the root and all of its memory",
  async (arch) => {
    const init = arch === Deno.build.arch ? image : await teeImage(arch);
    const removed = await bootTee(init, "tmpfs", arch);
    assert.match(removed.output, /^\/dev\/vda \/ ext4 rw,relatime 0 0\n/);
    assert.match(removed.output, / kB\n$/, "a file of the initramfs is left");
    assert.ok(memoryFree(removed) > memorySize - imageSize, removed.output);
    assert.equal(removed.status, 9);
    assert.equal(removed.reported, "line");
    assert.doesNotMatch(removed.console, /krun-init: (?!exit-code)/);
  },
);

/** A guest whose init does not remove the initramfs' files. */
async function bootKeeping(): Promise<Outcome> {
  const keeping = await changedImage(
    {
      file: "stages/features.ts",
      from: 'Feature[] = ["nested-kvm"]',
      to: 'Feature[] = ["tdx"]',
    },
    { file: "stages/initramfs.ts", from: "sys.unlink(path);", to: "" },
  );
  return await bootTee(keeping, "ramfs");
}

Deno.test("a guest for a TEE has none of the files of the initramfs", async () => {
  assert.match((await bootKeeping()).output, /^\/proc\/1\/fd\/3\/init$/m);
  assert.doesNotMatch((await bootTee(image, "ramfs")).output, /init/);
});

Deno.test("a guest for a TEE gets the memory of the initramfs back", async () => {
  const [removing, keeping] = [
    await bootTee(image, "ramfs"),
    await bootKeeping(),
  ];
  const difference = memoryFree(removing) - memoryFree(keeping);
  assert.ok(difference > imageSize, `${difference} kB`);
});

Deno.test("a guest for a TEE takes the initramfs' config first, and one more block root last", async () => {
  const [first, last] = [await makeDisk(), await makeDisk()];
  const { status, output } = await boot({
    initrd: true,
    init: image,
    config: shell("head -n 1 /proc/mounts; exit 5"),
    env: ["KRUN_BLOCK_ROOT_DEVICE=/dev/vdb", "KRUN_BLOCK_ROOT_OPTIONS=noatime"],
    disks: [first, last],
  });
  assert.equal(output, "/dev/vdb / ext4 rw,noatime 0 0\n");
  assert.equal(status, 5);
});

Deno.test("a guest for a TEE whose disk is missing ends in 125 with its reason", async () => {
  const { status, reported, console } = await boot({
    initrd: true,
    init: image,
    modules: ["virtio_blk"],
  });
  assert.equal(status, 125);
  assert.equal(reported, "line");
  assert.match(
    console,
    /krun-init: blockRoot: No device \/dev\/vda in 2000 ms\r?\n/,
  );
});
