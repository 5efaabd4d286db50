import assert from "#assert";
import { mounts } from "../../stages/mounts.ts";
import { runStage } from "./stage_helper.ts";

const mountDev = 'mount("devtmpfs", "/dev", "devtmpfs", relatime)';
const mountProc =
  'mount("proc", "/proc", "proc", nosuid|nodev|noexec|relatime)';
const mountSys =
  'mount("sysfs", "/sys", "sysfs", nosuid|nodev|noexec|relatime)';
const mountCgroup =
  'mount("cgroup2", "/sys/fs/cgroup", "cgroup2", nosuid|nodev|noexec|relatime)';
const mountPts =
  'mount("devpts", "/dev/pts", "devpts", nosuid|noexec|relatime)';
const mountShm = 'mount("tmpfs", "/dev/shm", "tmpfs", nosuid|noexec|relatime)';

const allCalls = [
  'mkdir("/dev", 0755)',
  'mkdir("/proc", 0755)',
  'mkdir("/sys", 0755)',
  mountDev,
  mountProc,
  mountSys,
  mountCgroup,
  'mkdir("/dev/pts", 0755)',
  'mkdir("/dev/shm", 0755)',
  mountPts,
  mountShm,
  'symlink("/proc/self/fd", "/dev/fd")',
  'symlink("/proc/self/fd/0", "/dev/stdin")',
  'symlink("/proc/self/fd/1", "/dev/stdout")',
  'symlink("/proc/self/fd/2", "/dev/stderr")',
];

const directories = allCalls.filter((text) => text.startsWith("mkdir"));
const links = allCalls.filter((text) => text.startsWith("symlink"));
const needed = { "/dev": mountDev, "/proc": mountProc, "/sys": mountSys };
const optional = {
  "/sys/fs/cgroup": mountCgroup,
  "/dev/pts": mountPts,
  "/dev/shm": mountShm,
};
const every = { ...needed, ...optional };

/** All calls, with `extra` after the call `text`. */
function withAfter(text: string, extra: string): readonly string[] {
  return allCalls.flatMap((call) => call === text ? [call, extra] : [call]);
}

Deno.test("mounts makes the whole table in its order", () => {
  const { calls, events } = runStage(mounts);
  assert.deepEqual(calls, allCalls);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("mounts passes the flags that upstream passes, and no data", () => {
  const seen: Record<string, unknown> = {};
  runStage(mounts, {
    answers: {
      mount(source, target, type, flags, data) {
        seen[target] = [source, type, flags, data];
      },
    },
  });
  assert.deepEqual(seen, {
    "/dev": ["devtmpfs", "devtmpfs", 0x200000, null],
    "/proc": ["proc", "proc", 0x20000e, null],
    "/sys": ["sysfs", "sysfs", 0x20000e, null],
    "/sys/fs/cgroup": ["cgroup2", "cgroup2", 0x20000e, null],
    "/dev/pts": ["devpts", "devpts", 0x20000a, null],
    "/dev/shm": ["tmpfs", "tmpfs", 0x20000a, null],
  });
});

Deno.test("mounts counts EBUSY as success", () => {
  for (const text of Object.values(every)) {
    const { calls, events } = runStage(mounts, {
      failures: { [text]: "EBUSY" },
    });
    assert.deepEqual(calls, allCalls);
    assert.deepEqual(events, ["start", "done"]);
  }
});

Deno.test("mounts counts a refused mount on a mount point as success", () => {
  for (const [target, text] of Object.entries(every)) {
    const { calls, events } = runStage(mounts, {
      failures: { [text]: "EPERM" },
      answers: { isMountPoint: (path) => path === target },
    });
    assert.deepEqual(calls, withAfter(text, `isMountPoint("${target}")`));
    assert.deepEqual(events, ["start", "done"]);
  }
});

Deno.test("mounts ends the boot without /dev, /proc or /sys", () => {
  for (const [target, text] of Object.entries(needed)) {
    for (const errno of ["EPERM", "ENODEV", "ENOENT"]) {
      const { calls, events } = runStage(mounts, {
        failures: { [text]: errno },
      });
      assert.deepEqual(calls, [
        ...allCalls.slice(0, allCalls.indexOf(text) + 1),
        `isMountPoint("${target}")`,
      ]);
      assert.deepEqual(events, ["start", `fail: ${text}: ${errno}`]);
    }
  }
});

Deno.test("mounts names the mount, not the look at its target, when both fail", () => {
  const { events } = runStage(mounts, {
    failures: { [mountProc]: "ENOENT", 'isMountPoint("/proc")': "ENOENT" },
  });
  assert.deepEqual(events, ["start", `fail: ${mountProc}: ENOENT`]);
});

Deno.test("mounts goes on without control groups, terminals and shared memory", () => {
  for (const [target, text] of Object.entries(optional)) {
    for (const errno of ["ENOENT", "ENODEV", "EPERM"]) {
      const { calls, events } = runStage(mounts, {
        failures: { [text]: errno },
      });
      assert.deepEqual(calls, withAfter(text, `isMountPoint("${target}")`));
      assert.deepEqual(events, [
        "start",
        `warn: ${text}: ${errno} (going on without ${target})`,
        "done",
      ]);
    }
  }
});

Deno.test("mounts takes directories and links that are there already", () => {
  for (const text of [...directories, ...links]) {
    const { calls, events } = runStage(mounts, {
      failures: { [text]: "EEXIST" },
    });
    assert.deepEqual(calls, allCalls);
    assert.deepEqual(events, ["start", "done"]);
  }
});

/** What follows from the failure of a call that makes something. */
function consequence(text: string): string {
  const path = [...text.matchAll(/"([^"]*)"/g)].at(-1)?.[1];
  return text.startsWith("mkdir")
    ? `taking ${path} to be there`
    : `going on without ${path}`;
}

Deno.test("mounts reports directories and links that it can't make, and goes on", () => {
  for (const text of [...directories, ...links]) {
    const { calls, events } = runStage(mounts, {
      failures: { [text]: "EROFS" },
    });
    assert.deepEqual(calls, allCalls);
    assert.deepEqual(events, [
      "start",
      `warn: ${text}: EROFS (${consequence(text)})`,
      "done",
    ]);
  }
});

Deno.test("mounts tells every failure of one boot in its order", () => {
  const { events } = runStage(mounts, {
    failures: {
      'mkdir("/dev/pts", 0755)': "EROFS",
      [mountPts]: "ENOENT",
      [mountCgroup]: "ENODEV",
      'symlink("/proc/self/fd", "/dev/fd")': "EACCES",
    },
  });
  assert.deepEqual(events, [
    "start",
    `warn: ${mountCgroup}: ENODEV (going on without /sys/fs/cgroup)`,
    'warn: mkdir("/dev/pts", 0755): EROFS (taking /dev/pts to be there)',
    `warn: ${mountPts}: ENOENT (going on without /dev/pts)`,
    'warn: symlink("/proc/self/fd", "/dev/fd"): EACCES (going on without /dev/fd)',
    "done",
  ]);
});

Deno.test("mounts is for Linux only", () => {
  const { calls, events } = runStage(mounts, {
    facts: { platform: "freebsd" },
  });
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["skip: not on freebsd"]);
});
