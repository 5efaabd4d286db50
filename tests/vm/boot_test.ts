import assert from "#assert";
import { makeMuslRoot, makeRoot } from "../fixtures/roots.ts";
import { boot, bootScript, configFile, testOnEachArch } from "./vm_helper.ts";

const mountsOnVirtiofs = `/dev/root / virtiofs rw,relatime
devtmpfs /dev devtmpfs rw,relatime
proc /proc proc rw,nosuid,nodev,noexec,relatime
sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime
cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime
devpts /dev/pts devpts rw,nosuid,noexec,relatime
tmpfs /dev/shm tmpfs rw,nosuid,noexec,relatime
`;

/** /proc/mounts without what depends on the kernel's version and the memory. */
function plainMounts(text: string): string {
  return text
    .replace(/,(size|nr_inodes|mode|ptmxmode|gid)=\w+/g, "")
    .replace(/,inode64/g, "")
    .replace(/ 0 0$/gm, "");
}

testOnEachArch(
  "a guest has its mounts, and its status reaches the host",
  async (arch) => {
    const { status, reported, output, messages, console } = await boot({
      arch,
      command: [
        "/bin/sh",
        "-c",
        "cat /proc/mounts; /init.krun --version >&2; exit 7",
      ],
    });
    assert.equal(plainMounts(output), mountsOnVirtiofs);
    // The image as a person's program: it runs on this processor.
    assert.match(
      messages,
      new RegExp(`^krun-init [\\d.]+ \\(${arch}, (deno|quickjs)`),
    );
    assert.equal(status, 7);
    assert.equal(reported, "ioctl");
    assert.doesNotMatch(console, /Kernel panic/);
  },
);

Deno.test("a guest needs no more than a static busybox and a config", async () => {
  const busybox = await makeRoot({ busybox: true });
  const rootfs = await makeRoot({
    folders: [],
    files: { "/bin/busybox": { from: `${busybox}/bin/busybox` } },
  });
  const { status, output } = await bootScript(
    "/bin/busybox cat /proc/mounts; exit 7",
    { rootfs },
  );
  assert.equal(plainMounts(output), mountsOnVirtiofs);
  assert.equal(status, 7);
});

Deno.test("a guest's root may be Alpine-like, without glibc", async () => {
  const { status, output } = await boot({
    rootfs: await makeMuslRoot(),
    config: configFile({ args: ["/bin/workload", "9", "b"] }),
  });
  assert.equal(status, 9);
  assert.match(output, /^b$/m);
});

Deno.test("a guest's root may be read-only", async () => {
  const { status, output } = await boot({
    readOnly: true,
    command: ["/bin/sh", "-c", "touch /x || cat /proc/mounts; exit 3"],
  });
  assert.equal(
    plainMounts(output),
    mountsOnVirtiofs.replace("virtiofs rw", "virtiofs ro"),
  );
  assert.equal(status, 3);
});

testOnEachArch("a guest with 96 MB of memory boots", async (arch) => {
  const { status } = await boot({
    arch,
    memory: 96,
    command: ["/bin/sh", "-c", "exit 4"],
  });
  assert.equal(status, 4);
});

testOnEachArch(
  "a working directory that is missing ends in 125 with its reason",
  async (arch) => {
    const { status, reported, console } = await boot({
      arch,
      env: ["KRUN_WORKDIR=/nowhere"],
      command: ["/bin/sh"],
    });
    assert.equal(status, 125);
    assert.equal(reported, "ioctl");
    assert.match(console, /krun-init: chdir: chdir\("\/nowhere"\): ENOENT/);
    assert.doesNotMatch(console, /Kernel panic/);
  },
);

testOnEachArch(
  "a guest whose memory the pipeline uses up reports 125, and does not panic",
  async (arch) => {
    const annotations = Object.fromEntries(
      Array.from({ length: 150_000 }, (_, n) => [`key${n}`, "v".repeat(100)]),
    );
    const { status, console } = await boot({
      arch,
      memory: 128,
      config: configFile({ args: ["/bin/busybox", "true"], annotations }),
    });
    assert.equal(status, 125);
    // SIGKILL, by the kernel.
    assert.match(console, /The pipeline ended with status 137/);
    assert.doesNotMatch(console, /Kernel panic/);
  },
);

testOnEachArch(
  "a workload that the kernel ends for want of memory is told of, and has the status 137",
  async (arch) => {
    const { status, console } = await boot({
      arch,
      memory: 128,
      config: configFile({ args: ["/bin/busybox", "tail", "/dev/zero"] }),
    });
    assert.equal(status, 137);
    assert.match(
      console,
      /^krun-init: supervisor: Out of memory: Killed process \d+ \(busybox\) total-vm:\d+kB/m,
    );
  },
);

Deno.test("a workload that is killed otherwise is no matter of memory", async () => {
  const { status, console } = await bootScript("kill -KILL $$");
  assert.equal(status, 137);
  assert.doesNotMatch(console, /of memory/);
});
