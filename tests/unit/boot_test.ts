import assert from "#assert";
import { recordingSys, Refusal } from "../../ffi/recording_sys.ts";
import type { ErrnoName } from "../../ffi/sys_error.ts";
import { defaultFeatures } from "../../stages/features.ts";
import {
  encodeHandover,
  type Handover,
} from "../../stages/formats/handover_record.ts";
import { stages } from "../../stages/mod.ts";
import { type BootEvent, BootFailure, runStages } from "../../stages/runner.ts";
import type { BootFacts } from "../../stages/stage.ts";
import { kernelEnvironment, plainGuest, withoutClock } from "./stage_helper.ts";

const facts: BootFacts = { ...plainGuest, features: defaultFeatures };

const config = {
  process: { args: ["/bin/app"], env: ["PATH=/bin"], cwd: "/srv" },
  mounts: [{ destination: "/tmp", type: "tmpfs", source: "tmpfs" }],
};

/** What the files of a guest hold that has a config and three ports. */
const files: Readonly<Record<string, string>> = {
  "/.krun_config.json": JSON.stringify(config),
  "/etc/hosts": "127.0.0.1 localhost\n",
  "/proc/cmdline": "quiet init=/init.krun --\n",
  "/proc/self/mountinfo": "21 1 0:20 / / rw - virtiofs /dev/root rw\n",
  "/sys/class/tty/console/active": "hvc0\n",
  "/sys/class/virtio-ports/vport0p0/name": "krun-stdin\n",
  "/sys/class/virtio-ports/vport0p1/name": "krun-stdout\n",
  "/sys/class/virtio-ports/vport0p2/name": "krun-stderr\n",
};

/** How a boot ended. */
interface Outcome {
  readonly calls: readonly string[];
  readonly events: readonly BootEvent[];
  readonly handover: Handover | undefined;
  readonly failure: BootFailure | undefined;
}

/**
 * Boots a guest that has everything.
 *
 * @throws whatever else than a BootFailure comes out of it
 */
function boot(
  failures: Readonly<Record<string, ErrnoName>> = {},
  environment: readonly string[] = kernelEnvironment,
): Outcome {
  let descriptor = 10;
  const read = (path: string): Uint8Array => {
    const text = files[path];
    if (text === undefined) throw new Error(`There is no ${path}`);
    return new TextEncoder().encode(text);
  };
  const sys = recordingSys({
    failures,
    answers: {
      readFile: read,
      readFileIn: (_root, path) => read(path),
      readDirectory: () => ["vport0p0", "vport0p1", "vport0p2"],
      readLink(path) {
        if (path.startsWith("/proc/")) return "pid:[4026531836]";
        throw new Refusal("EINVAL");
      },
      lstat: () => ({ mode: 0o041777, uid: 0, gid: 0, device: 0 }),
      open: () => descriptor++,
    },
  });
  const events: BootEvent[] = [];
  const outcome = { calls: sys.calls, events };
  try {
    const handover = runStages(
      stages,
      sys,
      facts,
      environment,
      (event) => events.push(event),
    );
    return { ...outcome, handover, failure: undefined };
  } catch (error) {
    if (!(error instanceof BootFailure)) throw error;
    return { ...outcome, handover: undefined, failure: error };
  }
}

/** All that a boot asks of the system. */
const operations = [
  'read("/.krun_config.json", first root)',
  'mkdir("/dev", 0755)',
  'mkdir("/proc", 0755)',
  'mkdir("/sys", 0755)',
  'mount("devtmpfs", "/dev", "devtmpfs", relatime)',
  'mount("proc", "/proc", "proc", nosuid|nodev|noexec|relatime)',
  'mount("sysfs", "/sys", "sysfs", nosuid|nodev|noexec|relatime)',
  'mount("cgroup2", "/sys/fs/cgroup", "cgroup2", nosuid|nodev|noexec|relatime)',
  'mkdir("/dev/pts", 0755)',
  'mkdir("/dev/shm", 0755)',
  'mount("devpts", "/dev/pts", "devpts", nosuid|noexec|relatime)',
  'mount("tmpfs", "/dev/shm", "tmpfs", nosuid|noexec|relatime)',
  'symlink("/proc/self/fd", "/dev/fd")',
  'symlink("/proc/self/fd/0", "/dev/stdin")',
  'symlink("/proc/self/fd/1", "/dev/stdout")',
  'symlink("/proc/self/fd/2", "/dev/stderr")',
  'chmod("/dev/kvm", 0666)',
  'mount(null, "/", null, recursive|shared)',
  'read("/sys/class/tty/console/active")',
  'read("/sys/class/tty/hvc0/active")',
  'open("/dev/hvc0")',
  'interfaceUp("lo")',
  'read("/proc/cmdline")',
  'read("/proc/self/mountinfo")',
  'readlink("/tmp")',
  'lstat("/tmp")',
  'makeMount("tmpfs", "tmpfs", nosuid|nodev|noexec, "mode=1777")',
  'placeMount("/tmp")',
  "close(3)",
  'sethostname("localhost")',
  'read("/etc/hosts")',
  'chdir("/srv")',
  'readlink("/proc/self/ns/pid")',
  'list("/sys/class/virtio-ports")',
  'read("/sys/class/virtio-ports/vport0p0/name")',
  'open("/dev/vport0p0")',
  'read("/sys/class/virtio-ports/vport0p1/name")',
  'open("/dev/vport0p1")',
  'read("/sys/class/virtio-ports/vport0p2/name")',
  'open("/dev/vport0p2")',
];

/** The operations whose failure is the end of a boot, and its stage then. */
const fatal: Readonly<Record<string, string>> = {
  'read("/.krun_config.json", first root)': "configFile",
  'mount("devtmpfs", "/dev", "devtmpfs", relatime)': "mounts",
  'mount("proc", "/proc", "proc", nosuid|nodev|noexec|relatime)': "mounts",
  'mount("sysfs", "/sys", "sysfs", nosuid|nodev|noexec|relatime)': "mounts",
  'chdir("/srv")': "chdir",
  'list("/sys/class/virtio-ports")': "stdio",
};

/** Errors that are an answer to what was asked, so that no one needs to hear of them. */
const silent: Readonly<Record<string, readonly ErrnoName[]>> = {
  // A console without a name is a console.
  'read("/sys/class/tty/': [
    ...["EPERM", "ENOENT", "EIO", "EBUSY", "EEXIST", "EROFS", "ENOSYS"],
  ],
  'open("/dev/hvc0")': [
    ...["EPERM", "ENOENT", "EIO", "EBUSY", "EEXIST", "EROFS", "ENOSYS"],
  ],
  mkdir: ["EEXIST"],
  symlink: ["EEXIST"],
  mount: ["EBUSY"],
  'mount(null, "/"': [],
  'makeMount("tmpfs"': [],
  'placeMount("/tmp"': [],
  "close(3)": [],
  // Then it is made.
  'readlink("/tmp")': ["ENOENT"],
  'chmod("/dev/kvm"': ["ENOENT"],
  // Then it is made.
  'read("/etc/hosts")': ["ENOENT"],
  // The file that a guest need not have.
  'read("/.krun_config.json"': ["ENOENT"],
  // What no one can read asks for nothing.
  'read("/proc/cmdline")': [
    ...["EPERM", "ENOENT", "EIO", "EBUSY", "EEXIST", "EROFS", "ENOSYS"],
  ],
  // Not telling whether this is a guest is an answer too.
  readlink: ["EPERM", "ENOENT", "EIO", "EBUSY", "EEXIST", "EROFS", "ENOSYS"],
  // Ports that libkrun did not name are not its business.
  'read("/sys/class/virtio-ports/': [
    ...["EPERM", "ENOENT", "EIO", "EBUSY", "EEXIST", "EROFS", "ENOSYS"],
  ],
};

/** The errors of `silent` for an operation, by its longest beginning there. */
function silentErrors(operation: string): readonly ErrnoName[] {
  const [longest] = Object.keys(silent)
    .filter((start) => operation.startsWith(start))
    .toSorted((a, b) => b.length - a.length);
  return longest === undefined ? [] : silent[longest] ?? [];
}

const errnos: readonly ErrnoName[] = [
  ...["EPERM", "ENOENT", "EIO", "EBUSY", "EEXIST", "EROFS", "ENOSYS"],
];

Deno.test("a boot asks exactly this of the system", () => {
  const { calls, failure } = boot();
  assert.equal(failure, undefined);
  assert.deepEqual(withoutClock(calls), operations);
  // Each fails by its text below.
  assert.equal(new Set(operations).size, operations.length);
});

Deno.test("a boot hands over all that the supervisor needs", () => {
  assert.deepEqual(boot().handover, {
    args: ["/bin/app"],
    environment: [...kernelEnvironment, "PATH=/bin"],
    cwd: "/srv",
    standard: [11, 12, 13],
    limits: [],
    identity: undefined,
    umask: 0o022,
    noNewPrivs: false,
    capabilities: undefined,
    oomScoreAdj: undefined,
    ioPriority: undefined,
    scheduler: undefined,
    newSession: true,
    replacePid1: false,
    guest: true,
    clock: -1,
    trace: -1,
    root: -1,
    console: 10,
    stopSignal: 15,
    signalGroup: false,
    terminal: undefined,
    stopTimeout: 10,
  });
});

Deno.test("a boot runs its stages in their order and skips what is not asked for", () => {
  const { events } = boot();
  const told = events.map((event) =>
    event.kind === "mark" ? event.name : `${event.kind} ${event.stage}`
  );
  const ran = (stage: string): string[] => [`start ${stage}`, `done ${stage}`];
  assert.deepEqual(told, [
    "skip console",
    "skip kenv",
    ...ran("configFile"),
    "skip blockRoot",
    ...ran("mounts"),
    ...ran("nestedKvm"),
    ...ran("sharedRoot"),
    ...ran("terminal"),
    ...ran("session"),
    "skip login",
    ...ran("network"),
    "skip loopback",
    "skip configIso",
    ...ran("config"),
    "skip initramfs",
    ...ran("volumes"),
    ...ran("nameServers"),
    ...ran("env"),
    ...ran("hosts"),
    ...ran("user"),
    ...ran("chdir"),
    "skip timesync",
    ...ran("stdio"),
    ...ran("commandLine"),
    ...ran("confine"),
    ...ran("workload"),
  ]);
});

Deno.test("every stage has a name of its own and a summary of one line", () => {
  const names = stages.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { summary } of stages) assert.match(summary, /^[A-Z].*[^.\n]$/);
});

for (const operation of operations) {
  Deno.test(`a boot survives, or ends in order, when ${operation} fails`, () => {
    for (const errno of errnos) {
      const { handover, failure, events } = boot({ [operation]: errno });
      const quiet = silentErrors(operation).includes(errno);
      const stage = quiet ? undefined : fatal[operation];
      assert.equal(failure?.stage, stage, `${operation}: ${errno}`);
      const told = events.filter((event) => "message" in event)
        .filter((event) => event.kind !== "skip")
        .map((event) => event.message);
      if (failure !== undefined) {
        assert.equal(failure.message, `${operation}: ${errno}`);
        assert.deepEqual(told, [failure.message]);
        continue;
      }
      // A config that can't be read is the one that changes the command.
      assert.deepEqual(
        handover?.args,
        operation.includes("config") ? ["/bin/sh"] : ["/bin/app"],
      );
      assert.ok(encodeHandover(handover as Handover).length > 0);
      assert.equal(told.length, quiet ? 0 : 1, `${operation}: ${errno}`);
      // Behind it stands what follows from it.
      const reason = told[0]?.replace(/ \([^()]*\)$/, "");
      if (!quiet) assert.ok(reason?.endsWith(`${operation}: ${errno}`));
    }
  });
}

Deno.test("a boot on which everything fails ends at the first that is needed", () => {
  const all = Object.fromEntries(operations.map((text) => [text, "EPERM"]));
  const { failure } = boot(all);
  assert.equal(
    failure?.message,
    'read("/.krun_config.json", first root): EPERM',
  );
  const { failure: next } = boot(all, ["KRUN_CONFIG_LENIENT=1"]);
  assert.equal(
    next?.message,
    'mount("devtmpfs", "/dev", "devtmpfs", relatime): EPERM',
  );
});

Deno.test("a boot on which all that may fail does still runs the workload", () => {
  const needed = new Set(Object.keys(fatal));
  const all = operations.filter((text) => !needed.has(text))
    .filter((text) => !text.includes("config"))
    .map((text) => [text, "EPERM"]);
  const { failure, handover } = boot(Object.fromEntries(all));
  assert.equal(failure, undefined);
  assert.deepEqual(handover?.args, ["/bin/app"]);
  assert.equal(handover?.cwd, "/srv");
  assert.deepEqual(handover?.standard, [-1, -1, -1]);
});

Deno.test("a boot ends in order when it is asked for a root that it can't switch to", () => {
  const { failure, calls } = boot({ 'placeMount("/")': "EINVAL" }, [
    ...kernelEnvironment,
    "KRUN_BLOCK_ROOT_DEVICE=/dev/vda",
    "KRUN_BLOCK_ROOT_FSTYPE=ext4",
  ]);
  assert.equal(failure?.stage, "blockRoot");
  assert.equal(failure?.message, 'placeMount("/"): EINVAL');
  assert.equal(calls.at(-2), 'placeMount("/")');
});

Deno.test("a boot mounts everything in the block root that it is asked for", () => {
  const { failure, calls } = boot({}, [
    ...kernelEnvironment,
    "KRUN_BLOCK_ROOT_DEVICE=/dev/vda",
    "KRUN_BLOCK_ROOT_FSTYPE=ext4",
  ]);
  assert.equal(failure, undefined);
  const all = withoutClock(calls);
  const placed = all.indexOf('placeMount("/")');
  assert.notEqual(placed, -1);
  const [config, ...others] = operations;
  assert.equal(all[0], config);
  assert.deepEqual(all.slice(-others.length), others);
  assert.ok(placed < all.length - others.length);
});
