/** Tests of the image on each kind of root that a guest may have. */

import assert from "#assert";
import { prelinkOffset, tableOffset } from "../../tools/image.ts";
import { changedImage, damagedImage, image } from "../fixtures/image.ts";
import {
  makeMuslRoot,
  makeRoot,
  type Outcome,
  type RootFile,
} from "../fixtures/namespace.ts";
import { run } from "../../tools/run.ts";
import { boot, bootScript, complaints, lines } from "./guest.ts";

const root = await makeRoot({ busybox: true });
const busybox: RootFile = { from: `${root}/bin/busybox` };

/** A boot whose workload ended with a status, and nothing else to say. */
function assertClean(outcome: Outcome, status: number): void {
  assert.equal(outcome.ended, "reboot");
  assert.deepEqual(complaints(outcome), []);
  assert.equal(outcome.status, status);
}

/** What the workload wrote to the standard error itself. */
function ownErrors({ stderr }: Outcome): string[] {
  return lines(stderr).filter((line) => !line.startsWith("krun-init: "));
}

Deno.test("the image boots on a busybox root", async () => {
  const outcome = await bootScript(root, "echo hello; exit 7");
  assert.equal(outcome.stdout, "hello\n");
  assertClean(outcome, 7);
});

Deno.test("the image boots on a root of one static program and a config file", async () => {
  const outcome = await boot(
    await makeRoot({ folders: ["dev"], files: { "/busybox": busybox } }),
    { config: { args: ["/busybox", "sh", "-c", "cd /; echo *; exit 7"] } },
  );
  assert.equal(outcome.stdout, "busybox dev init.krun proc sys\n");
  assertClean(outcome, 7);
});

Deno.test("the image boots on a root with musl and without glibc and a shell", async () => {
  const outcome = await boot(await makeMuslRoot(), {
    args: ["/bin/workload", "42", "hello"],
  });
  assert.equal(outcome.stdout, "42\nhello\n");
  assertClean(outcome, 42);
});

/** The image with other numbers of its runtime's relocation (native/image.h). */
async function prelinkedImage(
  numbers: Readonly<Record<number, number>>,
): Promise<string> {
  const { size } = await Deno.stat(await image());
  return await damagedImage(size, (bytes) => {
    const table = new DataView(bytes.buffer, tableOffset + prelinkOffset);
    for (const [n, value] of Object.entries(numbers)) {
      table.setBigUint64(Number(n) * 8, BigInt(value), true);
    }
  });
}

const base = 0;
const count = 2;

Deno.test("the runtime needs no relocation at its own address", async () => {
  const init = await prelinkedImage({ [count]: 0 });
  assertClean(await bootScript(root, "exit 7", { init }), 7);
});

Deno.test("the image boots where something else has the runtime's address", async () => {
  // The launcher itself.
  const launcher = 0x400000;
  const init = await prelinkedImage({ [base]: launcher });
  assertClean(await bootScript(root, "exit 7", { init }), 7);
  // Without its relocations it would not.
  const broken = await prelinkedImage({ [base]: launcher, [count]: 0 });
  const { stderr } = await bootScript(root, "exit 7", { init: broken });
  assert.match(stderr, /The pipeline ended with status 139$/m);
});

Deno.test("the image boots on a read-only root", async () => {
  const outcome = await bootScript(root, "> /file && exit 1; exit 7", {
    readOnly: true,
  });
  assert.deepEqual(ownErrors(outcome).map((line) => line.split(": ").at(-1)), [
    "Read-only file system",
  ]);
  assertClean(outcome, 7);
});

Deno.test("the image boots from a file without a name", async () => {
  const outcome = await bootScript(root, "ls /init.krun; exit 7", {
    unlinked: true,
  });
  assert.deepEqual(ownErrors(outcome), [
    "ls: /init.krun: No such file or directory",
  ]);
  assertClean(outcome, 7);
});

Deno.test("the image boots from libkrun's one-shot files, found once and used to the end", async () => {
  const outcome = await boot(root, {
    fuse: {},
    config: { args: ["/bin/sh", "-c", "exit 7"] },
  });
  assertClean(outcome, 7);
  const { fuseLog } = outcome;
  const uses = fuseLog.filter((line) => line.includes("/init.krun"))
    .map((line) => line.split(" ")[0]);
  assert.equal(uses.indexOf("lookup", 1), -1);
  // The kernel's handle and the launcher's, both given back after all reads.
  assert.equal(uses.filter((use) => use === "open").length, 2);
  assert.deepEqual(uses.slice(uses.lastIndexOf("read") + 1), [
    "release",
    "release-again",
  ]);
  assert.deepEqual(
    fuseLog.filter((line) => /^(lookup|open).*config/.test(line)),
    ["lookup /.krun_config.json", "open /.krun_config.json"],
  );
});

Deno.test("the image boots twenty times from one-shot files under memory pressure", async () => {
  for (let n = 0; n < 20; n++) {
    const outcome = await bootScript(root, "exit 7", {
      fuse: { invalidate: 20 },
    });
    assertClean(outcome, 7);
    assert(outcome.fuseLog.includes("ioctl cmd=0x7602 arg=7 node=1"));
    assert(!outcome.fuseLog.includes("read-after-release /init.krun"));
  }
});

Deno.test("an image that opens itself twice boots, but not from one-shot files", async () => {
  const open = "kept.image = open_image();";
  const init = await changedImage({
    file: "native/launcher.c",
    from: open,
    to: `${open} sys_close(open_image());`,
  });
  assertClean(await bootScript(root, "exit 7", { init }), 7);
  for (let n = 0; n < 5; n++) {
    const { status, fuseLog } = await bootScript(root, "exit 7", {
      init,
      fuse: { invalidate: 20 },
    });
    assert.notEqual(status, 7);
    assert(fuseLog.includes("read-after-release /init.krun"));
  }
});

Deno.test("the image boots without descriptors 0, 1 and 2", async () => {
  // The last is the one by which the shell looks.
  const check = 'cd /proc/$$/fd; set -- *; [ "$*" = "0 1 2 3" ] && exit 7';
  const outcome = await bootScript(root, check, { fuse: {}, closeStdio: true });
  assert.equal(outcome.stdout + outcome.stderr, "");
  assertClean(outcome, 7);
});

Deno.test("the image takes the console where it has no descriptors", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/console`;
  await run("mkfifo", [path]);
  // Open for both: it can be written without a reader, and read to the end.
  using fifo = await Deno.open(path, { read: true, write: true });
  const outcome = await bootScript(root, "echo out; echo err >&2; exit 7", {
    fuse: {},
    closeStdio: true,
    console: path,
  });
  // So that there is something to read, whatever the guest did.
  await fifo.write(new TextEncoder().encode("end\n"));
  const buffer = new Uint8Array(65_536);
  const size = await fifo.read(buffer) ?? 0;
  const text = new TextDecoder().decode(buffer.subarray(0, size));
  await Deno.remove(folder, { recursive: true });
  const printed = { ...outcome, stderr: text };
  assert.deepEqual(ownErrors(printed), ["out", "err", "end"]);
  assertClean(printed, 7);
});

Deno.test("the workload reads its standard input to the end", async () => {
  const stdin = crypto.getRandomValues(new Uint8Array(60_000));
  const outcome = await bootScript(root, "sha256sum; exit 7", { stdin });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", stdin));
  assert.equal(outcome.stdout, `${digest.toHex()}  -\n`);
  assertClean(outcome, 7);
});

Deno.test("a megabyte of output arrives whole", async () => {
  const size = 1 << 20;
  const outcome = await bootScript(root, `yes | head -c ${size}; exit 7`);
  assert.equal(outcome.stdout, "y\n".repeat(size / 2));
  assertClean(outcome, 7);
});
