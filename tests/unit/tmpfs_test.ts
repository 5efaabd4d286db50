import assert from "#assert";
import { Refusal } from "../../ffi/recording_sys.ts";
import type { FileStatus } from "../../ffi/sys.ts";
import type { ConfigMount } from "../../stages/formats/guest_config.ts";
import { volumes } from "../../stages/volumes.ts";
import { runStage, type StageOptions, type StageRun } from "./stage_helper.ts";

const readMounts = 'read("/proc/self/mountinfo")';

/** A mount that the config asks for; plain tmpfs unless it says otherwise. */
function wanted(
  destination: string,
  other?: Partial<ConfigMount>,
): ConfigMount {
  return { destination, type: "tmpfs", source: "tmpfs", ...other };
}

const makeMount = 'makeMount("tmpfs", "tmpfs", nosuid|nodev|noexec)';

function place(path: string): string {
  return `placeMount("${path}")`;
}

function mountOn(path: string): readonly string[] {
  return [makeMount, place(path), "close(3)"];
}

function mkdir(path: string): string {
  return `mkdir("${path}", 0755)`;
}

/** The calls that make a directory which is not there. */
function made(path: string): readonly string[] {
  return [`readlink("${path}")`, mkdir(path)];
}

/** Runs the stage with a mountinfo file of these mount points. */
function runWith(
  mounts: readonly ConfigMount[],
  mounted: readonly string[],
  options: StageOptions = {},
): StageRun {
  const text = mounted.map((point) =>
    `36 35 98:0 / ${point} rw - tmpfs tmpfs rw\n`
  ).join("");
  return runStage(volumes, {
    ...options,
    config: { mounts },
    answers: { readFile: () => new TextEncoder().encode(text) },
  });
}

Deno.test("tmpfs does nothing where the config asks for no tmpfs", () => {
  for (
    const mounts of [
      [],
      [wanted("/t", { type: "bind" }), wanted("/t", { source: "/host" })],
      [{ destination: "/t" }, { destination: "/t", type: "tmpfs" }],
    ]
  ) {
    const { calls, events } = runWith(mounts, ["/"]);
    assert.deepEqual(calls, []);
    assert.deepEqual(events, ["start", "done"]);
  }
});

Deno.test("tmpfs mounts every entry of type and source tmpfs that is not mounted yet", () => {
  const { calls, events } = runWith(
    [
      wanted("/dev"),
      wanted("/dev/shm", { source: "shm" }),
      wanted("/t"),
      wanted("/u"),
    ],
    ["/", "/dev"],
  );
  assert.deepEqual(calls, [
    readMounts,
    ...made("/t"),
    ...mountOn("/t"),
    ...made("/u"),
    ...mountOn("/u"),
  ]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("tmpfs mounts without set-user-id programs, devices and programs", () => {
  const seen: unknown[] = [];
  runStage(volumes, {
    config: { mounts: [wanted("/t")] },
    answers: {
      readFile: () => new Uint8Array(),
      makeMount(...args) {
        seen.push(...args);
        return 9;
      },
      placeMount: (...args) => seen.push(...args),
    },
  });
  assert.deepEqual(seen, ["tmpfs", "tmpfs", [], 2 | 4 | 8, 9, "/t"]);
});

Deno.test("tmpfs takes the options of a tmpfs, and reports others", () => {
  const { calls, events } = runWith(
    [
      wanted("/t", {
        options: [
          ...["noexec", "suid", "rw", "size=65536k", "mode=1777"],
          ...["nr_inodes=10", "uid=5", "gid=6", "usrquota", "subtype=x"],
        ],
      }),
      wanted("/u", { options: ["dev", "ro", "huge=never,nr_blocks=9"] }),
    ],
    ["/"],
  );
  assert.deepEqual(calls, [
    readMounts,
    ...made("/t"),
    'makeMount("tmpfs", "tmpfs", nodev|noexec, "rw", "size=65536k", "mode=1777", "nr_inodes=10", "uid=5", "gid=6")',
    ...[place("/t"), "close(3)"],
    ...made("/u"),
    'makeMount("tmpfs", "tmpfs", readonly|nosuid, "ro", "huge=never", "nr_blocks=9")',
    ...[place("/u"), "close(3)"],
  ]);
  assert.deepEqual(events, [
    "start",
    "warn: /t: usrquota is no option of tmpfs (ignored)",
    "warn: /t: subtype=x is no option of tmpfs (ignored)",
    "done",
  ]);
});

Deno.test("tmpfs lets programs run unless its options say noexec, or say nothing", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], "nosuid|nodev|noexec"],
    [["defaults"], "nosuid|nodev|noexec"],
    [["", "defaults"], "nosuid|nodev|noexec"],
    [["rprivate", "nosuid", "nodev", ""], "nosuid|nodev"],
    [["defaults", "suid"], "nodev"],
    [["nosuid,noexec"], "nosuid|nodev|noexec"],
    [["noexec", "exec"], "nosuid|nodev"],
  ];
  for (const [options, attributes] of cases) {
    const { calls, events } = runWith([wanted("/t", { options })], ["/"]);
    assert.ok(calls.includes(`makeMount("tmpfs", "tmpfs", ${attributes})`));
    assert.deepEqual(events, ["start", "done"]);
  }
});

Deno.test("tmpfs sets how mounts spread once it has its place", () => {
  const options = ["rprivate", "slave", "shared"];
  const { calls, events } = runWith([wanted("/t", { options })], ["/"]);
  assert.deepEqual(calls.slice(-5), [
    place("/t"),
    "close(3)",
    'mount(null, "/t", null, recursive|private)',
    'mount(null, "/t", null, slave)',
    'mount(null, "/t", null, shared)',
  ]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("tmpfs reports a size that is none, and mounts the others", () => {
  const bad = 'makeMount("tmpfs", "tmpfs", nosuid|nodev, "size=big")';
  const { calls, events } = runWith(
    [wanted("/t", { options: ["size=big"] }), wanted("/u")],
    ["/"],
    { failures: { [bad]: "EINVAL" } },
  );
  assert.deepEqual(
    calls,
    [readMounts, ...made("/t"), bad, ...made("/u"), ...mountOn("/u")],
  );
  assert.deepEqual(events, [
    "start",
    `warn: ${bad}: EINVAL (going on without /t)`,
    "done",
  ]);
});

Deno.test("tmpfs knows a place by any of its spellings", () => {
  const { calls } = runWith(
    [wanted("/t/"), wanted("//t"), wanted("/u/./v/"), wanted("/")],
    ["/", "/u/v"],
  );
  assert.deepEqual(calls, [readMounts, ...made("/t"), ...mountOn("/t")]);
});

Deno.test("tmpfs mounts parents first, and each place once", () => {
  const { calls } = runWith(
    [wanted("/a/b/c"), wanted("/z"), wanted("/a/b"), wanted("/a/b/c")],
    ["/"],
  );
  assert.deepEqual(calls, [
    readMounts,
    ...[...made("/a"), ...made("/a/b"), ...mountOn("/a/b")],
    ...[
      ...made("/a"),
      ...made("/a/b"),
      ...made("/a/b/c"),
      ...mountOn("/a/b/c"),
    ],
    ...[...made("/z"), ...mountOn("/z")],
  ]);
});

Deno.test("tmpfs decodes the escapes in the list of mounts", () => {
  const { calls } = runWith([wanted("/a b")], ["/a\\040b"]);
  assert.deepEqual(calls, [readMounts]);
});

Deno.test("tmpfs takes nothing as mounted where there is no list of mounts", () => {
  const { calls, events } = runStage(volumes, {
    config: { mounts: [wanted("/t")] },
  });
  assert.deepEqual(calls, [readMounts, ...made("/t"), ...mountOn("/t")]);
  assert.deepEqual(events, [
    "start",
    `warn: ${readMounts}: ENOENT (taking nothing as mounted)`,
    "done",
  ]);
});

/** A system where these are, and nothing else. */
function filesOf(
  files: Readonly<Record<string, Partial<FileStatus> & { link?: string }>>,
): NonNullable<StageOptions["answers"]> {
  const find = (path: string): Partial<FileStatus> & { link?: string } => {
    const file = files[path];
    if (file === undefined) throw new Refusal("ENOENT");
    return file;
  };
  return {
    readFile: () => new TextEncoder().encode("1 0 0:1 / / rw - virtiofs / rw"),
    readLink(path) {
      const { link } = find(path);
      if (link === undefined) throw new Refusal("EINVAL");
      return link;
    },
    lstat: (path) => ({
      ...{ mode: 0o040755, uid: 0, gid: 0, device: 0 },
      ...find(path),
    }),
    readDirectory: (path) =>
      Object.keys(files).filter((name) =>
        name.startsWith(`${path}/`) &&
        !name.slice(path.length + 1).includes("/")
      ).map((name) => name.slice(path.length + 1)),
  };
}

Deno.test("tmpfs keeps mode and owner of the directory beneath, unless it is told a mode", () => {
  const answers = filesOf({
    "/keys": { mode: 0o040750, uid: 33, gid: 34 },
    "/tmp": { mode: 0o041777 },
    // Nobody's; in a namespace, of someone who has no number there.
    "/theirs": { mode: 0o040700, uid: 65534, gid: 65534 },
  });
  let namespace = "user:[4026532123]";
  const optionsFor = (path: string, ...options: string[]): unknown => {
    const { calls, events } = runStage(volumes, {
      config: { mounts: [wanted(path, { options })] },
      answers: {
        ...answers,
        readLink: (path) =>
          path === "/proc/self/ns/user"
            ? namespace
            : answers.readLink?.(path) ?? "",
      },
    });
    assert.deepEqual(events, ["start", "done"]);
    const [, text = ""] =
      /^makeMount\("tmpfs", "tmpfs", nosuid\|nodev(?:\|noexec)?(.*)\)$/.exec(
        calls.find((text) => text.startsWith("makeMount")) ?? "",
      ) ?? [];
    return text;
  };
  assert.equal(optionsFor("/keys"), ', "mode=750", "uid=33", "gid=34"');
  assert.equal(
    optionsFor("/keys", "uid=1"),
    ', "mode=750", "uid=33", "gid=34", "uid=1"',
  );
  assert.equal(optionsFor("/keys", "mode=700"), ', "mode=700"');
  assert.equal(optionsFor("/tmp", "size=1m"), ', "mode=1777", "size=1m"');
  assert.equal(optionsFor("/theirs"), ', "mode=700"');
  namespace = "user:[4026531837]";
  assert.equal(
    optionsFor("/theirs"),
    ', "mode=700", "uid=65534", "gid=65534"',
  );
  // Of a directory that is made, there is nothing to keep.
  assert.equal(optionsFor("/new"), "");
});

Deno.test("tmpfs follows symbolic links, also to what is not there yet", () => {
  const { calls, events } = runStage(volumes, {
    config: {
      mounts: [wanted("/var/lock"), wanted("/run/lock"), wanted("/var/run")],
    },
    answers: filesOf({
      "/var": {},
      "/var/lock": { link: "../run/lock" },
      "/var/run": { link: "/run" },
      "/run": {},
    }),
  });
  assert.deepEqual(calls, [
    readMounts,
    ...['readlink("/var")', 'readlink("/var/lock")', 'readlink("/run")'],
    ...made("/run/lock"),
    ...mountOn("/run/lock"),
    // That is the second place, too; the third hides it.
    ...['readlink("/var")', 'readlink("/var/run")', 'readlink("/run")'],
    'lstat("/run")',
    'makeMount("tmpfs", "tmpfs", nosuid|nodev|noexec, "mode=755")',
    ...[place("/run"), "close(3)"],
  ]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("tmpfs reports links that go round in circles", () => {
  const { events } = runStage(volumes, {
    config: { mounts: [wanted("/a/b")] },
    answers: filesOf({ "/a": { link: "c" }, "/c": { link: "/a" } }),
  });
  assert.deepEqual(events, [
    "start",
    'warn: readlink("/a/b"): ELOOP (going on without /a/b)',
    "done",
  ]);
});

const filled = filesOf({
  "/d": { mode: 0o040711, uid: 5, gid: 6 },
  "/d/file": { mode: 0o104755, uid: 1, gid: 2 },
  "/d/link": { mode: 0o120777, link: "/to", uid: 1 },
  "/d/sub": { mode: 0o041777 },
  "/d/sub/pipe": { mode: 0o010600 },
  "/d/sub/null": { mode: 0o020666, device: 0x103 },
  "/d/socket": { mode: 0o140755 },
});

const copies: readonly string[] = [
  "fchdir(3)",
  'list("/d")',
  'lstat("/d/file")',
  'copy("/d/file", "./file")',
  'lchown("./file", 1, 2)',
  'chmod("./file", 04755)',
  'lstat("/d/link")',
  'readlink("/d/link")',
  'symlink("/to", "./link")',
  'lchown("./link", 1, 0)',
  'lstat("/d/sub")',
  'mkdir("./sub", 0700)',
  'list("/d/sub")',
  'lstat("/d/sub/pipe")',
  'mknod("./sub/pipe", 010600, 0x0)',
  'chmod("./sub/pipe", 0600)',
  'lstat("/d/sub/null")',
  'mknod("./sub/null", 020666, 0x103)',
  'chmod("./sub/null", 0666)',
  'chmod("./sub", 01777)',
  'lstat("/d/socket")',
  'chdir("/")',
  place("/d"),
  "close(3)",
];

Deno.test("tmpfs begins with what lies beneath, where tmpcopyup asks for it", () => {
  const run = (...options: string[]): StageRun =>
    runStage(volumes, {
      config: { mounts: [wanted("/d", { options })] },
      answers: filled,
    });
  const kept = '"mode=711", "uid=5", "gid=6"';
  const { calls, events } = run("tmpcopyup");
  assert.deepEqual(calls, [
    ...[readMounts, 'readlink("/d")', 'lstat("/d")'],
    `makeMount("tmpfs", "tmpfs", nosuid|nodev, ${kept})`,
    ...copies,
  ]);
  assert.deepEqual(events, ["start", "done"]);
  // Read-only it becomes when it has all.
  assert.deepEqual(run("ro", "noexec", "tmpcopyup").calls.slice(3), [
    `makeMount("tmpfs", "tmpfs", nosuid|nodev|noexec, ${kept})`,
    ...copies,
    'mount(null, "/d", null, readonly|nosuid|nodev|noexec|remount|bind)',
  ]);
  assert.ok(!run("tmpcopyup", "notmpcopyup").calls.includes("fchdir(3)"));
});

Deno.test("tmpfs that can't take all that lies beneath is not mounted", () => {
  const { calls, events } = runStage(volumes, {
    config: {
      mounts: [wanted("/d", { options: ["tmpcopyup", "mode=700"] })],
    },
    answers: filled,
    failures: { 'copy("/d/file", "./file")': "ENOSPC" },
  });
  assert.deepEqual(calls.slice(-2), ['chdir("/")', "close(3)"]);
  assert.deepEqual(events, [
    "start",
    'warn: copy("/d/file", "./file"): ENOSPC (going on without /d)',
    "done",
  ]);
});

Deno.test("tmpfs reports a root that is read-only and lacks the directory", () => {
  const { calls, events } = runWith([wanted("/a/b"), wanted("/u")], ["/"], {
    failures: { [mkdir("/a")]: "EROFS" },
  });
  assert.deepEqual(calls, [
    ...[readMounts, ...made("/a"), ...made("/u")],
    ...mountOn("/u"),
  ]);
  assert.deepEqual(events, [
    "start",
    'warn: mkdir("/a", 0755): EROFS (going on without /a/b)',
    "done",
  ]);
});

Deno.test("tmpfs reports a directory that it can't make, and mounts the others", () => {
  const { calls, events } = runWith([wanted("/a/b"), wanted("/u/v")], ["/"], {
    failures: { [mkdir("/a")]: "EACCES" },
  });
  assert.deepEqual(calls, [
    readMounts,
    ...made("/a"),
    ...made("/u"),
    ...made("/u/v"),
    ...mountOn("/u/v"),
  ]);
  assert.deepEqual(events, [
    "start",
    'warn: mkdir("/a", 0755): EACCES (going on without /a/b)',
    "done",
  ]);
});

Deno.test("tmpfs reports a mount that fails, and mounts the others", () => {
  for (const errno of ["ENOENT", "EPERM", "EBUSY"]) {
    const { calls, events } = runWith([wanted("/t"), wanted("/u")], ["/"], {
      failures: { [place("/t")]: errno },
    });
    assert.deepEqual(calls, [
      readMounts,
      ...made("/t"),
      ...mountOn("/t"),
      ...made("/u"),
      ...mountOn("/u"),
    ]);
    assert.deepEqual(events, [
      "start",
      `warn: ${place("/t")}: ${errno} (going on without /t)`,
      "done",
    ]);
  }
});

Deno.test("tmpfs is for Linux only", () => {
  assert.deepEqual(
    runStage(volumes, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
