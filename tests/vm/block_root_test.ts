import assert from "#assert";
import { join } from "node:path";
import { run } from "../../tools/run.ts";
import { assertClean, makeDisk } from "../fixtures/disks.ts";
import { makeRoot } from "../fixtures/roots.ts";
import { boot, testOnEachArch } from "./vm_helper.ts";

testOnEachArch(
  "a block root keeps what was written, is left clean, and reports",
  async (arch) => {
    const disk = await makeDisk({
      arch,
      folders: ["dev", "proc", "sys", "data"],
    });
    const { status, reported, output } = await boot({
      arch,
      // The first root has no directory at all, and none can be made.
      rootfs: await makeRoot({ folders: [] }),
      readOnly: true,
      disks: [disk],
      env: [
        "KRUN_BLOCK_ROOT_DEVICE=/dev/vda",
        "KRUN_BLOCK_ROOT_FSTYPE=ext4",
        "KRUN_BLOCK_ROOT_OPTIONS=noatime,discard",
      ],
      command: [
        "/bin/sh",
        "-c",
        "head -n 1 /proc/mounts; ls /dev/dev; echo kept > /data/x; exit 9",
      ],
    });
    assert.match(output, /^\/dev\/vda \/ ext4 rw,noatime,discard 0 0$/m);
    assert.equal(status, 9);
    assert.equal(reported, "ioctl");
    await assertClean(disk);
    const kept = await run("debugfs", ["-R", "cat /data/x", disk]);
    assert.equal(kept, "kept\n");
  },
);

Deno.test("a block root's type is found where none is given", async () => {
  const disk = await makeDisk();
  const { status, output } = await boot({
    disks: [disk],
    env: [
      "KRUN_BLOCK_ROOT_DEVICE=/dev/vda",
      "KRUN_BLOCK_ROOT_OPTIONS=ro",
    ],
    command: ["/bin/sh", "-c", "head -n 1 /proc/mounts"],
  });
  assert.equal(output, "/dev/vda / ext4 ro,relatime 0 0\n");
  assert.equal(status, 0);
});

Deno.test("a block root that is missing or damaged ends in 125 with its reason", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-disk-" });
  const damaged = join(folder, "damaged");
  await Deno.writeFile(damaged, new Uint8Array(1 << 20));
  try {
    const missing = await boot({
      env: ["KRUN_BLOCK_ROOT_DEVICE=/dev/vda"],
      command: ["/bin/sh"],
    });
    assert.equal(missing.status, 125);
    assert.equal(missing.reported, "ioctl");
    assert.match(
      missing.console,
      /krun-init: blockRoot: No device \/dev\/vda in 2000 ms/,
    );
    const unreadable = await boot({
      disks: [damaged],
      env: ["KRUN_BLOCK_ROOT_DEVICE=/dev/vda"],
      command: ["/bin/sh"],
    });
    assert.equal(unreadable.status, 125);
    assert.equal(unreadable.reported, "ioctl");
    assert.match(
      unreadable.console,
      /krun-init: blockRoot: Cannot mount \/dev\/vda \(.*ext4: EINVAL/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
