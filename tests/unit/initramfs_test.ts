import assert from "#assert";
import { RAMFS_MAGIC, TMPFS_MAGIC } from "../../ffi/linux/constants.ts";
import { SysError } from "../../ffi/sys_error.ts";
import { initramfs } from "../../stages/initramfs.ts";
import { runStage, type StageOptions, type StageRun } from "./stage_helper.ts";

/** What is in the initramfs, by directory; `mounted` is another file system. */
const tree: Readonly<Record<string, readonly string[]>> = {
  ".": ["init", "dev", "mounted"],
  "./dev": ["console"],
  "./mounted": ["kept"],
};

/** Runs the stage of a guest for a TEE. */
function runWith(
  failures: StageOptions["failures"] = {},
  type = RAMFS_MAGIC,
): StageRun {
  return runStage(initramfs, {
    facts: { features: ["amd-sev"] },
    failures,
    answers: {
      fileSystemType: () => type,
      readDirectory: (path) => [...tree[path] ?? []],
      isMountPoint: (path) => path === "./mounted",
      unlink(path) {
        if (path in tree) throw new SysError(`unlink("${path}")`, "EISDIR");
      },
    },
  });
}

const calls = [
  "fstatfs(3)",
  "fchdir(3)",
  'list(".")',
  ...['isMountPoint("./init")', 'unlink("./init")'],
  ...['isMountPoint("./dev")', 'unlink("./dev")', 'list("./dev")'],
  ...['isMountPoint("./dev/console")', 'unlink("./dev/console")'],
  'isMountPoint("./mounted")',
  'chdir("/")',
];

Deno.test("initramfs removes every file of the first root, and no other's", () => {
  for (const type of [RAMFS_MAGIC, TMPFS_MAGIC]) {
    const run = runWith({}, type);
    assert.deepEqual(run.calls, calls);
    assert.deepEqual(run.events, ["start", "done"]);
  }
});

Deno.test("initramfs leaves a first root alone that is none", () => {
  const fuse = 0x65735546;
  const run = runWith({}, fuse);
  assert.deepEqual(run.calls, ["fstatfs(3)"]);
  assert.deepEqual(run.events, [
    "start",
    "warn: The first root is no initramfs: it is left alone",
    "done",
  ]);
});

Deno.test("initramfs is for builds for a TEE only", () => {
  const { calls, events } = runStage(initramfs);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["skip: built without amd-sev or tdx"]);
});

Deno.test("initramfs is back in the new root, and the boot goes on, whatever fails", () => {
  for (
    const text of calls.slice(2, -1).filter((c) => c !== 'unlink("./dev")')
  ) {
    const run = runWith({ [text]: "EPERM" });
    assert.equal(run.calls.at(-1), 'chdir("/")');
    assert.deepEqual(run.events, ["start", `warn: ${text}: EPERM`, "done"]);
  }
});
