/**
 * Tests of boots that fail: whatever goes wrong, PID 1 says why, reports 125
 * to the host and reboots.
 */

import assert from "#assert";
import { tableOffset } from "../../tools/image.ts";
import { run } from "../../tools/run.ts";
import { isSmall } from "../fixtures/base.ts";
import { changedImage, damagedImage } from "../fixtures/image.ts";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import {
  boot,
  type BootOptions,
  bootScript,
  complaints,
  lines,
} from "./guest.ts";

const root = await makeRoot({ busybox: true });

/** Boots on the FUSE root, as a guest of libkrun does. */
function bootOnFuse(options: BootOptions): Promise<Outcome> {
  return bootScript(root, "exit 7", { fuse: {}, ...options });
}

/** A boot that failed in order, with this as the last that it said. */
function assertFailed(outcome: Outcome, reason: RegExp): void {
  const { ended, status, stderr, fuseLog } = outcome;
  assert.match(lines(stderr).at(-1) ?? "", reason);
  assert.equal(ended, "reboot");
  assert.equal(status, 125);
  assert.equal(fuseLog.filter((line) => line.startsWith("ioctl")).length, 1);
}

/** How a pipeline on Deno reads what is not there. */
const faultOfDeno = `new Deno.UnsafePointerView(
        Deno.UnsafePointer.create(1n) as Deno.PointerObject,
      ).getInt8();`;

/** The numbers of getpid() and kill(). */
const { getpid, kill } = Deno.build.arch === "x86_64"
  ? { getpid: 39, kill: 62 }
  : { getpid: 172, kill: 129 };

/** How one on the engine, which reads nothing without a check, gets a signal. */
function killOfEngine(signal: number): string {
  return `krunEngine.systemCall(${kill}, krunEngine.systemCall(${getpid}), ${signal});`;
}

/** Ways for a pipeline to end, by the value of FAIL in the kernel's environment. */
const failure = `
  switch (start.environment.find((item) => item.startsWith("FAIL="))) {
    case "FAIL=kill":
      ${isSmall ? killOfEngine(9) : 'Deno.kill(Deno.pid, "SIGKILL");'}
      break;
    case "FAIL=fault":
      ${isSmall ? killOfEngine(11) : faultOfDeno}
      break;
    case "FAIL=throw":
      throw new Error("Thrown by the test");
    case "FAIL=exit":
      sys.exit(3);
    case "FAIL=early":
      sys.exit(0);
    case "FAIL=hang":
      for (;;) ;
  }
`;

const endings: Readonly<Record<string, RegExp>> = {
  kill: /^krun-init: launcher: The pipeline ended with status 137$/,
  fault: /^krun-init: launcher: The pipeline ended with status 139$/,
  throw: /^krun-init: Thrown by the test$/,
  exit: /^krun-init: launcher: The pipeline ended with status 3$/,
  early: /^krun-init: handover: read the record: EINVAL$/,
  hang: /^krun-init: launcher: The pipeline has not ended after seconds: 9$/,
};

Deno.test("PID 1 reports a pipeline that dies, throws, leaves early or hangs", async () => {
  const backToRoot = 'sys.chroot(".");';
  const init = await changedImage({
    file: "stages/boot.ts",
    from: backToRoot,
    to: backToRoot + failure,
  }, {
    file: "native/budget.h",
    from: "BUDGET_PIPELINE = 120000",
    to: "BUDGET_PIPELINE = 9000",
  });
  for (const [name, reason] of Object.entries(endings)) {
    assertFailed(await bootOnFuse({ init, env: [`FAIL=${name}`] }), reason);
  }
  const healthy = await bootOnFuse({ init });
  assert.deepEqual(complaints(healthy), []);
  assert.equal(healthy.status, 7);
});

Deno.test("a request to stop that comes during the boot is heard by the workload", async () => {
  const asTheRuntimeStarts = "become_runtime(kept->image, auxv);\n}";
  const init = await changedImage({
    file: "native/launcher.c",
    from: `\t${asTheRuntimeStarts}\n\n_Noreturn void launch`,
    to: `\tCALL(kill, 1, SIGTERM, 0, 0, 0, 0);\n\t${asTheRuntimeStarts}\n
_Noreturn void launch`,
  });
  const { status } = await bootScript(root, "sleep 20; exit 7", {
    init,
    fuse: {},
  });
  // It had no time to say what it would do with SIGTERM.
  assert.equal(status, 128 + 15);
});

Deno.test("PID 1 ends a workload whose program does not begin", async () => {
  const init = await changedImage({
    file: "native/workload.c",
    from: "\tresult = execute(argv, envp);\n",
    to: "\tfor (;;)\n\t\tpause_for(1000);\n\tresult = execute(argv, envp);\n",
  }, {
    file: "native/supervisor.c",
    from: "\tkernel_log = open_kernel_log();\n",
    to:
      "\tkernel_log = open_kernel_log();\n\tCALL(kill, 1, SIGTERM, 0, 0, 0, 0);\n",
  });
  const { status } = await bootOnFuse({ init });
  assert.equal(status, 128 + 15);
});

/** A FIFO that takes no more, and that nobody reads. */
async function fullFifo(): Promise<[path: string, file: Deno.FsFile]> {
  const path = await Deno.makeTempFile({ prefix: "krun-fifo-" });
  await Deno.remove(path);
  await run("mkfifo", [path]);
  const file = await Deno.open(path, { read: true, write: true });
  // What a pipe holds (pipe(7)).
  for (let n = 0; n < 16; n++) await file.write(new Uint8Array(4096));
  return [path, file];
}

for (const fuse of [{}, { loseIoctl: true }]) {
  const more = fuse.loseIoctl ? ", nor the report on it" : "";
  Deno.test(`a console that takes nothing does not keep the guest from its end${more}`, async () => {
    const [path, file] = await fullFifo();
    try {
      const { status, ended, nanoseconds } = await bootOnFuse({
        fuse,
        closeStdio: true,
        console: path,
      });
      assert.deepEqual(
        [status, ended],
        [fuse.loseIoctl ? undefined : 7, "reboot"],
      );
      // A message did wait, or this would show nothing.
      const took = nanoseconds / 1e6;
      assert(took > 1000 && took < 10_000, `${took} ms`);
    } finally {
      file.close();
      await Deno.remove(path);
    }
  });
}

/** As much of an image as the launcher reads before it copies anything. */
const headSize = tableOffset + 4096;

const damages: readonly {
  readonly what: string;
  readonly size?: number;
  /** Bytes of the table of contents, by their offsets in it. */
  readonly bytes?: Readonly<Record<number, number>>;
  readonly reason: RegExp;
}[] = [
  {
    what: "without a table of contents",
    size: tableOffset,
    reason: /^krun-init: launcher: read the image's table of contents: EINVAL$/,
  },
  {
    what: "with half a table of contents",
    size: tableOffset + 100,
    reason: /^krun-init: launcher: read the image's table of contents: EINVAL$/,
  },
  {
    what: "with another magic number",
    bytes: { 0: 0 },
    reason: /^krun-init: launcher: read the image's table of contents: EINVAL$/,
  },
  {
    what: "with more files than there is place for",
    bytes: { 8: 17 },
    reason: /^krun-init: launcher: read the image's table of contents: EINVAL$/,
  },
  {
    what: "with a file name that is a path",
    bytes: { 24: 0x2f },
    reason: /^krun-init: launcher: create \/[^/]+: E[A-Z]+$/,
  },
  {
    what: "that ends behind its table",
    reason: isSmall
      ? /^krun-init: launcher: map the runtime: EINVAL$/
      : /^krun-init: launcher: copy [^ ]+: EINVAL$/,
  },
];

for (const { what, size = headSize, bytes = {}, reason } of damages) {
  Deno.test(`PID 1 reports an image ${what}`, async () => {
    const init = await damagedImage(size, (image) => {
      for (const [offset, value] of Object.entries(bytes)) {
        image[tableOffset + Number(offset)] = value;
      }
    });
    assertFailed(await bootOnFuse({ init }), reason);
  });
}

for (
  const [word, wrong] of [["@main.js", "@gone.js"], [
    "@program.js:",
    "@gone12.js:",
  ]]
) {
  Deno.test(`PID 1 reports a word of the image's for a file that it has not: ${wrong}`, async () => {
    // All that is copied before the words count.
    const init = await damagedImage(8_000_000, (image) => {
      const head = new TextDecoder("latin1").decode(
        image.subarray(0, headSize),
      );
      const at = head.indexOf(word as string, tableOffset);
      assert.ok(at > 0);
      image.set(new TextEncoder().encode(wrong), at);
    });
    assertFailed(
      await bootOnFuse({ init }),
      new RegExp(`^krun-init: launcher: find ${wrong}[^ ]*: ENOENT$`),
    );
  });
}

Deno.test("PID 1 reports an image that ends within the runtime", async () => {
  const init = await damagedImage(isSmall ? 200_000 : 50_000_000);
  // The runtime's process gets SIGBUS for a page that is not there.
  assertFailed(
    await bootOnFuse({ init }),
    /^krun-init: launcher: The pipeline ended with status 135$/,
  );
});

Deno.test("PID 1 reports a root that can't have what every guest needs", async () => {
  const bare = await makeRoot({ folders: ["dev", "sys"] });
  assertFailed(
    await boot(bare, { fuse: {} }),
    /^krun-init: mounts: mount\("proc", "\/proc", .*\): ENOENT$/,
  );
  const without = await makeRoot({ folders: ["proc", "sys"] });
  assertFailed(
    // No user namespace may mount a devtmpfs.
    await boot(without, { fuse: { writable: true } }),
    /^krun-init: mounts: mount\("devtmpfs", "\/dev", .*\): EPERM$/,
  );
});

Deno.test("PID 1 reports on the console where the host takes nothing", async () => {
  const { ended, stderr } = await bootOnFuse({
    fuse: { loseIoctl: true },
    env: ["KRUN_WORKDIR=/missing"],
  });
  assert.deepEqual(lines(stderr).slice(-2), [
    'krun-init: chdir: chdir("/missing"): ENOENT',
    "krun-init: exit-code 125",
  ]);
  assert.equal(ended, "reboot");
});

Deno.test("PID 1 reports that it was started under the supervisor's name", async () => {
  const { ended, status, stderr } = await boot(root, {
    argv0: "krun-init-supervisor",
  });
  assert.deepEqual([ended, status], ["reboot", 125]);
  assert.match(
    stderr,
    /^krun-init: supervisor: Only the launcher starts this/m,
  );
});
