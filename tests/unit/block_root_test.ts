import assert from "#assert";
import { SysError } from "../../ffi/sys_error.ts";
import type { Sys } from "../../ffi/sys.ts";
import { blockRoot } from "../../stages/block_root.ts";
import { newHandover } from "../../stages/formats/handover_record.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
  type StageRun,
} from "./stage_helper.ts";

/** A kernel with two file systems for disks, and one for a daemon. */
const fileSystems = "nodev\tsysfs\nnodev\ttmpfs\n\text4\n\tfuseblk\n\txfs\n";

/** To read, and for no one else: O_RDONLY | O_CLOEXEC. */
const cloexec = 0o2000000;

/** Calls of a guest for a TEE: the type of its disk is known. */
const teeCalls = [
  'makeMount("devtmpfs", null, nosuid|noexec)',
  ...["fchdir(10)", 'chroot(".")', 'symlink(".", "/dev")'],
  ...['open("/dev/vda")', "close(20)"],
  'makeMount("ext4", "/dev/vda", 0)',
  ...['unlink("/dev")', "fchdir(3)", 'chroot(".")', "close(10)"],
  ...['placeMount("/")', "fchdir(11)", 'chroot(".")'],
];

/** Runs the stage for /dev/vda; mounts are descriptors from 10 on, devices 20. */
function runWith(
  variables: Readonly<Record<string, string>> = {},
  failures: StageOptions["failures"] = {},
  answers: Partial<Sys> = {},
  facts: StageOptions["facts"] = {},
): StageRun {
  let mount = 10;
  const named = { KRUN_BLOCK_ROOT_DEVICE: "/dev/vda", ...variables };
  return runStage(blockRoot, {
    facts,
    environment: [
      ...kernelEnvironment,
      ...Object.entries(named).map(([name, value]) => `${name}=${value}`),
    ],
    failures,
    answers: {
      makeMount: () => mount++,
      readFile: () => new TextEncoder().encode(fileSystems),
      open(_path, flags) {
        assert.equal(flags, cloexec);
        return 20;
      },
      ...answers,
    },
  });
}

/** What a device that fits no type, or that has a type named, needs of calls. */
const readTypes = [
  'makeMount("proc", null, nosuid|noexec)',
  "fchdir(10)",
  'read("filesystems")',
  "fchdir(3)",
  "close(10)",
];
const makeExt4 = 'makeMount("ext4", "/dev/vda", 0)';
const makeXfs = 'makeMount("xfs", "/dev/vda", 0)';

/** All calls for a device whose type has to be found: the first one fits. */
const allCalls = [
  ...readTypes,
  'makeMount("devtmpfs", null, nosuid|noexec)',
  ...["fchdir(11)", 'chroot(".")', 'symlink(".", "/dev")'],
  ...['open("/dev/vda")', "close(20)"],
  makeExt4,
  ...['unlink("/dev")', "fchdir(3)", 'chroot(".")', "close(11)"],
  ...['placeMount("/")', "fchdir(12)", 'chroot(".")'],
];

/** All calls but the ones that find the types, which the type's name spares. */
const callsWithType = [
  'makeMount("devtmpfs", null, nosuid|noexec)',
  ...["fchdir(10)", 'chroot(".")', 'symlink(".", "/dev")'],
  ...['open("/dev/vda")', "close(20)"],
  makeXfs,
  ...['unlink("/dev")', "fchdir(3)", 'chroot(".")', "close(10)"],
  ...['placeMount("/")', "fchdir(11)", 'chroot(".")'],
];

Deno.test("blockRoot is not for guests that ask for none", () => {
  const { calls, events } = runStage(blockRoot);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["skip: KRUN_BLOCK_ROOT_DEVICE is not set"]);
});

Deno.test("blockRoot is for Linux only", () => {
  const { events } = runStage(blockRoot, {
    facts: { platform: "freebsd" },
    environment: ["KRUN_BLOCK_ROOT_DEVICE=/dev/vda"],
  });
  assert.deepEqual(events, ["skip: not on freebsd"]);
});

Deno.test("blockRoot switches to the disk of a TEE without being asked", () => {
  for (const feature of ["amd-sev", "tdx"] as const) {
    let mount = 10;
    const { calls, events, handover } = runStage(blockRoot, {
      facts: { features: [feature] },
      answers: { makeMount: () => mount++, open: () => 20 },
    });
    assert.deepEqual(calls, teeCalls);
    assert.equal(handover.root, 11);
    assert.deepEqual(events, ["start", "done"]);
  }
  const { events } = runStage(blockRoot, {
    facts: { features: ["timesync", "nested-kvm"] },
  });
  assert.deepEqual(events, ["skip: KRUN_BLOCK_ROOT_DEVICE is not set"]);
});

Deno.test("blockRoot switches to a device of the first type that fits", () => {
  const { calls, events, handover } = runWith();
  assert.deepEqual(calls, allCalls);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, { ...newHandover(), root: 12 });
});

Deno.test("blockRoot switches to a TEE's disk first, then to the device that is asked for", () => {
  const { calls, events, handover } = runWith(
    { KRUN_BLOCK_ROOT_DEVICE: "/dev/vdb", KRUN_BLOCK_ROOT_FSTYPE: "xfs" },
    {},
    {},
    { features: ["tdx"] },
  );
  assert.deepEqual(calls, [
    ...teeCalls,
    'makeMount("devtmpfs", null, nosuid|noexec)',
    ...["fchdir(12)", 'chroot(".")', 'symlink(".", "/dev")'],
    ...['open("/dev/vdb")', "close(20)"],
    'makeMount("xfs", "/dev/vdb", 0)',
    // Back in the first disk's root, which that has no more to do then.
    ...['unlink("/dev")', "fchdir(11)", 'chroot(".")', "close(12)"],
    ...['placeMount("/")', "fchdir(13)", 'chroot(".")'],
    "close(11)",
  ]);
  assert.equal(handover.root, 13);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("blockRoot needs no list of types where one is named", () => {
  const { calls, events } = runWith({ KRUN_BLOCK_ROOT_FSTYPE: "xfs" });
  assert.deepEqual(calls, callsWithType);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("blockRoot takes an empty type as none", () => {
  assert.deepEqual(runWith({ KRUN_BLOCK_ROOT_FSTYPE: "" }).calls, allCalls);
});

Deno.test("blockRoot makes options of the mount out of those that are, and leaves the file system its own", () => {
  const { calls } = runWith({
    KRUN_BLOCK_ROOT_FSTYPE: "xfs",
    KRUN_BLOCK_ROOT_OPTIONS: "ro,noatime,logbufs=8",
  });
  assert.deepEqual(
    calls,
    callsWithType.map((text) =>
      text === makeXfs
        ? 'makeMount("xfs", "/dev/vda", readonly|noatime, "ro", "logbufs=8")'
        : text
    ),
  );
});

Deno.test("blockRoot tries the next type when one does not fit", () => {
  const { calls, events } = runWith({}, { [makeExt4]: "EINVAL" });
  assert.deepEqual(
    calls,
    allCalls.flatMap((text) => text === makeExt4 ? [text, makeXfs] : [text]),
  );
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("blockRoot tells of every type why it does not fit", () => {
  const { calls, events } = runWith(
    {},
    { [makeExt4]: "EINVAL", [makeXfs]: "EUCLEAN" },
  );
  assert.deepEqual(events, [
    "start",
    "fail: Cannot mount /dev/vda (ext4: EINVAL; xfs: EUCLEAN)",
  ]);
  // Back in the first root, so that what is reported there is reported.
  assert.deepEqual(calls.slice(-4), [
    ...['unlink("/dev")', "fchdir(3)", 'chroot(".")', "close(11)"],
  ]);
});

Deno.test("blockRoot tells what the kernel says of a type beside the error", () => {
  const { events } = runWith({ KRUN_BLOCK_ROOT_FSTYPE: "ext4" }, {}, {
    makeMount(type) {
      if (type !== "ext4") return 10;
      throw new SysError(makeExt4, "EINVAL", "ext4: Unknown parameter 'x'");
    },
  });
  assert.deepEqual(events, [
    "start",
    "fail: Cannot mount /dev/vda (ext4: EINVAL, ext4: Unknown parameter 'x')",
  ]);
});

Deno.test("blockRoot ends the boot where no device is named", () => {
  const { calls, events } = runWith({ KRUN_BLOCK_ROOT_DEVICE: "" });
  assert.deepEqual(calls, []);
  assert.deepEqual(events, [
    "start",
    "fail: KRUN_BLOCK_ROOT_DEVICE names no device",
  ]);
});

Deno.test("blockRoot waits for a device that comes late", () => {
  for (const errno of ["ENOENT", "ENXIO"]) {
    let attempts = 0;
    const { calls, events } = runWith({}, {}, {
      open(path) {
        if (++attempts < 3) throw new SysError(`open("${path}")`, errno);
        return 20;
      },
    });
    assert.deepEqual(
      calls,
      allCalls.flatMap((text) =>
        text === 'open("/dev/vda")'
          ? [text, "sleep(20 ms)", text, "sleep(20 ms)", text]
          : [text]
      ),
    );
    assert.deepEqual(events, ["start", "done"]);
  }
});

Deno.test("blockRoot waits two seconds for a device, and no longer", () => {
  const { calls, events } = runWith({}, { 'open("/dev/vda")': "ENOENT" });
  assert.equal(calls.filter((text) => text === "sleep(20 ms)").length, 100);
  assert.deepEqual(events, ["start", "fail: No device /dev/vda in 2000 ms"]);
  assert.ok(!calls.some((text) => text.includes("ext4")));
});

Deno.test("blockRoot ends the boot when any of its calls fails", () => {
  for (const text of allCalls.filter((call) => call !== makeExt4)) {
    const { events } = runWith({}, { [text]: "EPERM" });
    assert.deepEqual(events, ["start", `fail: ${text}: EPERM`]);
  }
});
