import assert from "#assert";
import { encodeBytes } from "../../ffi/bytes.ts";
import { MountFlag } from "../../ffi/linux/constants.ts";
import { Refusal } from "../../ffi/recording_sys.ts";
import type { ConfigMount } from "../../stages/formats/guest_config.ts";
import { headSize } from "../../stages/formats/disk_names.ts";
import { volumes } from "../../stages/volumes.ts";
import { runStage, type StageOptions, type StageRun } from "./stage_helper.ts";

const readMounts = 'read("/proc/self/mountinfo")';

function ext4(label: string): Uint8Array {
  const bytes = new Uint8Array(headSize);
  bytes.set([0x53, 0xef], 0x438);
  bytes.set(new TextEncoder().encode(label), 0x478);
  return bytes;
}

/** Directories that are there, and files. */
interface World {
  readonly directories?: readonly string[];
  readonly files?: readonly string[];
  /** The labels of the file systems on disks. */
  readonly disks?: Readonly<Record<string, string>>;
}

function runIn(
  { directories = [], files = [], disks = {} }: World,
  mounts: readonly ConfigMount[],
  options: StageOptions = {},
): StageRun {
  const there = (path: string): boolean =>
    directories.includes(path) || files.includes(path);
  return runStage(volumes, {
    ...options,
    config: { mounts, ...options.config },
    answers: {
      readFile(path) {
        const text = path.endsWith("/uevent")
          ? "PARTN=1\nPARTNAME=part of b\n"
          : "1 0 0:1 / / rw - virtiofs / rw\n2 1 0:2 / /dev/mqueue rw - m m rw";
        return new TextEncoder().encode(text);
      },
      readLink(path) {
        throw new Refusal(there(path) ? "EINVAL" : "ENOENT");
      },
      lstat(path) {
        if (!there(path)) throw new Refusal("ENOENT");
        return { mode: 0o040755, uid: 0, gid: 0, device: 0 };
      },
      readDirectory(path) {
        if (path === "/sys/class/block") return Object.keys(disks);
        if (!directories.includes(path)) throw new Refusal("ENOTDIR");
        return [];
      },
      readHead(path) {
        const label = disks[path.slice("/dev/".length)];
        if (label === undefined) throw new Refusal("ENXIO");
        return ext4(label);
      },
      open(path) {
        if (!Object.hasOwn(disks, path.slice(5))) throw new Refusal("ENOENT");
        return 7;
      },
      ...options.answers,
    },
  });
}

const data: ConfigMount = {
  ...{ destination: "/data", type: "virtiofs", source: "data" },
};
const oci: StageOptions = { environment: ["KRUN_INIT_OCI=1"] };

Deno.test("volumes mounts a share under its tag, in a directory that it makes", () => {
  const { calls, events } = runIn({}, [
    { ...data, options: ["ro", "noatime", "rslave"] },
  ]);
  assert.deepEqual(calls, [
    ...[readMounts, 'readlink("/data")', 'mkdir("/data", 0755)'],
    'makeMount("virtiofs", "data", readonly|noatime, "ro")',
    ...['placeMount("/data")', "close(3)"],
    'mount(null, "/data", null, recursive|slave)',
  ]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("volumes gives 9p the transport and version of guests, unless it is told others", () => {
  const entry = { destination: "/d", type: "9p", source: "tag" };
  const made = (...options: string[]): string | undefined =>
    runIn({}, [{ ...entry, options }]).calls
      .find((text) => text.startsWith("makeMount"));
  assert.equal(
    made("msize=9"),
    'makeMount("9p", "tag", 0, "msize=9", "trans=virtio", "version=9p2000.L")',
  );
  assert.equal(
    made("trans=fd,version=x"),
    'makeMount("9p", "tag", 0, "trans=fd", "version=x")',
  );
});

const db: ConfigMount = {
  ...{ destination: "/db", type: "ext4", source: "LABEL=db" },
};

Deno.test("volumes finds disks by path, label and the label of a partition", () => {
  const world: World = {
    directories: ["/db"],
    disks: { vda: "root", vdb: "db" },
  };
  const device = (source: string): string | undefined => {
    const { calls, events } = runIn(world, [{ ...db, source }]);
    assert.deepEqual(events, ["start", "done"]);
    const made = calls.find((text) => text.startsWith("makeMount"));
    return /^makeMount\("ext4", "(.*)", 0\)$/.exec(made ?? "")?.[1];
  };
  assert.equal(device("/dev/vda"), "/dev/vda");
  assert.equal(device("LABEL=db"), "/dev/vdb");
  assert.equal(device('LABEL="root"'), "/dev/vda");
  assert.equal(device("UUID=00000000-0000-0000-0000-000000000000"), "/dev/vda");
  assert.equal(device("PARTLABEL=part of b"), "/dev/vda");
});

Deno.test("volumes mounts file systems read-only that can't be anything else", () => {
  const { calls } = runIn({ disks: { vdb: "" } }, [
    { destination: "/e", type: "erofs", source: "/dev/vdb" },
  ]);
  assert.ok(calls.includes('makeMount("erofs", "/dev/vdb", readonly, "ro")'));
});

Deno.test("volumes ends the boot where a volume can't be mounted, unless it may be missing", () => {
  const made = 'makeMount("virtiofs", "data", 0)';
  const failures = { [made]: "EINVAL" };
  assert.deepEqual(runIn({}, [data], { failures }).events, [
    "start",
    `fail: /data: ${made}: EINVAL`,
  ]);
  const { calls, events } = runIn({}, [
    { ...data, options: ["nofail"] },
    { ...data, destination: "/x", source: "x" },
  ], { failures });
  assert.deepEqual(events, [
    ...["start", `warn: ${made}: EINVAL (going on without /data)`, "done"],
  ]);
  assert.ok(calls.includes('placeMount("/x")'));
});

Deno.test("volumes waits for a disk, and ends the boot where it does not come", () => {
  const { calls, events } = runIn({ disks: { vda: "root" } }, [db]);
  assert.equal(calls.filter((text) => text === "sleep(20 ms)").length, 100);
  assert.deepEqual(events, [
    ...["start", "fail: /db: No device LABEL=db in 2000 ms"],
  ]);
  const optional = runIn({}, [{ ...db, options: ["nofail"] }]);
  assert.deepEqual(optional.events, [
    "start",
    "warn: No device LABEL=db in 2000 ms (going on without /db)",
    "done",
  ]);
});

Deno.test("volumes keeps the listed order, but mounts first what others lie in", () => {
  const share = (destination: string): ConfigMount => ({
    ...data,
    destination,
  });
  const { calls } = runIn({}, [
    ...[share("/b/x/y"), share("/z"), share("/b"), share("/a")],
    { destination: "/b/x", type: "tmpfs", source: "tmpfs" },
  ]);
  assert.deepEqual(
    calls.filter((text) => text.startsWith("placeMount")),
    ["/b", "/b/x", "/b/x/y", "/z", "/a"].map((path) => `placeMount("${path}")`),
  );
});

Deno.test("volumes mounts an overlay whose layers are in the guest, and makes the upper ones", () => {
  const overlay: ConfigMount = {
    ...{ destination: "/o", type: "overlay", source: "overlay" },
    options: ["lowerdir=/l1:/l2", "upperdir=/v/up", "workdir=/v/work"],
  };
  const { calls } = runIn({ directories: ["/l1", "/l2", "/v", "/o"] }, [
    overlay,
  ]);
  assert.deepEqual(
    calls.slice(-8),
    [
      ...['readlink("/v")', 'readlink("/v/up")', 'mkdir("/v/up", 0755)'],
      ...['readlink("/v")', 'readlink("/v/work")', 'mkdir("/v/work", 0755)'],
      'makeMount("overlay", "overlay", 0, "lowerdir=/l1:/l2", "upperdir=/v/up", "workdir=/v/work")',
      ...['placeMount("/o")', "close(3)"],
    ].slice(-8),
  );
  // The host's own.
  const { calls: none, events } = runIn({}, [overlay]);
  assert.ok(!none.some((text) => text.startsWith("makeMount")));
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("volumes binds what is there, where that is asked for", () => {
  const world: World = { directories: ["/from", "/to"], files: ["/file"] };
  const bind = (source: string, ...options: string[]): ConfigMount => ({
    ...{ destination: "/to", type: "bind", source, options },
  });
  const { calls, events } = runIn(
    world,
    [bind("/from", "rbind", "ro", "nosuid", "rprivate")],
    oci,
  );
  assert.deepEqual(calls.slice(-5), [
    'readlink("/to")',
    'mount("/from", "/to", null, bind|recursive)',
    'statfs("/to")',
    'mount(null, "/to", null, readonly|nosuid|remount|bind)',
    'mount(null, "/to", null, recursive|private)',
  ]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(runIn(world, [bind("/from")]).calls, []);
  // The host's.
  const { calls: none } = runIn(world, [bind("/run/host", "bind")], oci);
  assert.deepEqual(none, [readMounts, 'lstat("/run/host")']);
});

Deno.test("volumes changes of a bind what its options say, and nothing else", () => {
  const { readonly, nosuid, noexec, noatime, nosymfollow } = MountFlag;
  const { nodiratime, relatime } = MountFlag;
  const remounts = (before: number, ...options: string[]): string[] =>
    runIn({ directories: ["/from", "/to"] }, [{
      ...{ destination: "/to", type: "bind", source: "/from", options },
    }], { ...oci, answers: { mountFlags: () => before } })
      .calls.filter((call) => call.includes("remount"));
  const remounted = (flags: string): string[] => [
    `mount(null, "/to", null, ${flags})`,
  ];
  assert.deepEqual(remounts(nosuid, "rprivate"), []);
  assert.deepEqual(
    remounts(nosuid | noexec, "ro"),
    remounted("readonly|nosuid|noexec|remount|bind"),
  );
  assert.deepEqual(remounts(readonly | nosuid, "nosuid", "rw"), [
    ...remounted("nosuid|remount|bind"),
  ]);
  assert.deepEqual(remounts(nosuid, "nosuid", "rw"), []);
  // It may be the file system that is read-only, not yet the mount.
  assert.deepEqual(
    remounts(readonly | nosuid, "ro"),
    remounted("readonly|nosuid|remount|bind"),
  );
  assert.deepEqual(
    remounts(nosuid | noexec | nosymfollow, "exec", "nosuid"),
    remounted("nosuid|remount|nosymfollow|bind"),
  );
  assert.deepEqual(
    remounts(0, "noatime", "nodiratime", "nosymfollow"),
    remounted("remount|nosymfollow|noatime|nodiratime|bind"),
  );
  assert.deepEqual(
    remounts(noatime, "atime"),
    remounted("remount|bind|relatime"),
  );
  // What is said of access times is said whole; else the kernel keeps it.
  assert.deepEqual(
    remounts(nodiratime | relatime, "diratime"),
    remounted("remount|bind|relatime"),
  );
  assert.deepEqual(remounts(0, "relatime"), remounted("remount|bind|relatime"));
  assert.deepEqual(
    remounts(nodiratime, "ro"),
    remounted("readonly|remount|bind"),
  );
  assert.deepEqual(
    remounts(noatime, "strictatime"),
    remounted("remount|bind|strictatime"),
  );
});

Deno.test("volumes changes what is below a bind where an option says so", () => {
  const mountinfo = [
    "1 0 0:1 / / rw - virtiofs / rw",
    ...["/to", "/to/a", "/too"].map((point) =>
      `2 1 0:2 / ${point} rw - m m rw`
    ),
  ].join("\n");
  const remounts = (...options: string[]): string[] =>
    runIn({ directories: ["/from", "/to"] }, [{
      ...{ destination: "/to", type: "bind", source: "/from", options },
    }], { ...oci, answers: { readFile: () => encodeBytes(mountinfo) } })
      .calls.filter((call) => call.includes("remount"));
  const top = 'mount(null, "/to", null, readonly|remount|bind)';
  const below = 'mount(null, "/to/a", null, readonly|remount|bind)';
  assert.deepEqual(remounts("rbind", "rro"), [top, below]);
  assert.deepEqual(remounts("rbind", "ro"), [top]);
  assert.deepEqual(remounts("rbind", "ro", "rnosuid"), [
    'mount(null, "/to", null, readonly|nosuid|remount|bind)',
    'mount(null, "/to/a", null, nosuid|remount|bind)',
  ]);
  assert.deepEqual(remounts("bind", "rro"), [top]);
});

Deno.test("volumes passes over what is covered below a bind", () => {
  const mountinfo = "1 0 0:1 / /to/old rw - m m rw";
  const { events } = runIn({ directories: ["/from", "/to"] }, [{
    ...{ destination: "/to", type: "rbind", source: "/from" },
    options: ["rro"],
  }], {
    ...oci,
    answers: { readFile: () => encodeBytes(mountinfo) },
    failures: { 'statfs("/to/old")': "ENOENT" },
  });
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("volumes leaves a bind what a user namespace does not let it allow", () => {
  const { nosuid, noexec } = MountFlag;
  const refused = 'mount(null, "/to", null, nodev|remount|bind)';
  const { calls, events } = runIn({ directories: ["/from", "/to"] }, [{
    ...{ destination: "/to", type: "bind", source: "/from" },
    options: ["suid", "exec", "nodev"],
  }], {
    ...oci,
    answers: { mountFlags: () => nosuid | noexec },
    failures: { [refused]: "EPERM" },
  });
  assert.equal(
    calls.at(-1),
    'mount(null, "/to", null, nosuid|nodev|noexec|remount|bind)',
  );
  assert.deepEqual(events, [
    "start",
    `warn: ${refused}: EPERM (going on with no more than its source allows)`,
    "done",
  ]);
});

Deno.test("volumes refuses options that mount(2) would cut off", () => {
  const layers = Array.from({ length: 50 }, (_, n) => `/${n}${"x".repeat(80)}`);
  const { events } = runIn({ directories: [...layers, "/d"] }, [{
    ...{ destination: "/d", type: "overlay", source: "overlay" },
    options: [`lowerdir=${layers.join(":")}`],
  }]);
  assert.deepEqual(events, [
    "start",
    "fail: /d: The options have more than 4095 bytes",
  ]);
});

Deno.test("volumes tells of options that a bind does not know", () => {
  const { events } = runIn({ directories: ["/from", "/to"] }, [{
    ...{ destination: "/to", type: "bind", source: "/from" },
    options: ["rbind", "ro", "rw", "noexecc", "x-a", "nosuid"],
  }], oci);
  assert.deepEqual(events, [
    "start",
    "warn: /to: noexecc is no option of a bind (ignored)",
    "done",
  ]);
});

Deno.test("volumes mounts an overlay of more layers than a call of fsconfig(2) takes", () => {
  const layers = Array.from({ length: 4 }, (_, n) => `/${n}${"x".repeat(80)}`);
  const { calls } = runIn({ directories: [...layers, "/d"] }, [{
    ...{ destination: "/d", type: "overlay", source: "overlay" },
    options: [`lowerdir=${layers.join(":")}`, "ro", "index=off"],
  }]);
  assert.equal(
    calls.at(-1),
    `mount("overlay", "/d", "overlay", readonly, "lowerdir=${
      layers.join(":")
    },index=off")`,
  );
});

Deno.test("volumes makes a file to bind a file on", () => {
  const bind = { destination: "/d/f", type: "bind", source: "/file" };
  const { calls } = runIn({ files: ["/file"] }, [bind], oci);
  assert.deepEqual(calls.slice(-5), [
    ...['readlink("/d")', 'mkdir("/d", 0755)', 'lstat("/d/f")'],
    'write("/d/f", 0 bytes)',
    'mount("/file", "/d/f", null, bind)',
  ]);
  const there = runIn({ files: ["/file", "/d/f"] }, [bind], oci);
  assert.ok(!there.calls.includes('write("/d/f", 0 bytes)'));
});

Deno.test("volumes passes over what every guest has and what the host mounts", () => {
  const hosts: readonly ConfigMount[] = [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/sys", type: "sysfs", source: "sysfs" },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" },
    { destination: "/dev/pts", type: "devpts", source: "devpts" },
    { destination: "/dev/shm", type: "tmpfs", source: "shm" },
    { destination: "/d", type: "ext4", source: "/srv/disk.img" },
    { destination: "/d", type: "bind", source: "/srv" },
    { destination: "/d", type: "nfs", source: "host:/d" },
    { destination: "/d" },
    { ...data, options: ["noauto"] },
  ];
  const { calls, events } = runIn({}, hosts);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("volumes mounts the message queues where they are missing, and needs none", () => {
  const queues = { type: "mqueue", source: "mqueue", options: ["nosuid"] };
  const there = runIn({ directories: ["/dev", "/dev/mqueue"] }, [
    { ...queues, destination: "/dev/mqueue" },
  ]);
  assert.ok(!there.calls.some((text) => text.startsWith("makeMount")));
  const made = 'makeMount("mqueue", "mqueue", nosuid)';
  const { calls, events } = runIn({}, [{ ...queues, destination: "/q" }], {
    failures: { [made]: "ENODEV" },
  });
  assert.ok(calls.includes(made));
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("volumes is for Linux only", () => {
  assert.deepEqual(
    runStage(volumes, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
