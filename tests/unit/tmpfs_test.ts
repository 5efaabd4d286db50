import assert from "#assert";
import type { ConfigMount } from "../../stages/formats/guest_config.ts";
import { tmpfs } from "../../stages/tmpfs.ts";
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

/** Runs the stage with a mountinfo file of these mount points. */
function runWith(
  mounts: readonly ConfigMount[],
  mounted: readonly string[],
  options: StageOptions = {},
): StageRun {
  const text = mounted.map((point) =>
    `36 35 98:0 / ${point} rw - tmpfs tmpfs rw\n`
  ).join("");
  return runStage(tmpfs, {
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
    mkdir("/t"),
    ...mountOn("/t"),
    mkdir("/u"),
    ...mountOn("/u"),
  ]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("tmpfs mounts without set-user-id programs, devices and programs", () => {
  const seen: unknown[] = [];
  runStage(tmpfs, {
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
          ...["nr_inodes=10", "uid=5", "gid=6", "tmpcopyup", "rprivate"],
        ],
      }),
      wanted("/u", { options: ["exec", "dev", "ro"] }),
    ],
    ["/"],
  );
  assert.deepEqual(calls, [
    readMounts,
    mkdir("/t"),
    'makeMount("tmpfs", "tmpfs", nodev|noexec, "rw", "size=65536k", "mode=1777", "nr_inodes=10", "uid=5", "gid=6")',
    ...[place("/t"), "close(3)"],
    mkdir("/u"),
    'makeMount("tmpfs", "tmpfs", readonly|nosuid, "ro")',
    ...[place("/u"), "close(3)"],
  ]);
  assert.deepEqual(events, [
    "start",
    "warn: /t: tmpcopyup is no option of tmpfs (ignored)",
    "warn: /t: rprivate is no option of tmpfs (ignored)",
    "done",
  ]);
});

Deno.test("tmpfs reports a size that is none, and mounts the others", () => {
  const bad = 'makeMount("tmpfs", "tmpfs", nosuid|nodev|noexec, "size=big")';
  const { calls, events } = runWith(
    [wanted("/t", { options: ["size=big"] }), wanted("/u")],
    ["/"],
    { failures: { [bad]: "EINVAL" } },
  );
  assert.deepEqual(
    calls,
    [readMounts, mkdir("/t"), bad, mkdir("/u"), ...mountOn("/u")],
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
  assert.deepEqual(calls, [readMounts, mkdir("/t"), ...mountOn("/t")]);
});

Deno.test("tmpfs mounts parents first, and each place once", () => {
  const { calls } = runWith(
    [wanted("/a/b/c"), wanted("/z"), wanted("/a/b"), wanted("/a/b/c")],
    ["/"],
  );
  assert.deepEqual(calls, [
    readMounts,
    ...[mkdir("/z"), ...mountOn("/z")],
    ...[mkdir("/a"), mkdir("/a/b"), ...mountOn("/a/b")],
    ...[mkdir("/a"), mkdir("/a/b"), mkdir("/a/b/c"), ...mountOn("/a/b/c")],
  ]);
});

Deno.test("tmpfs decodes the escapes in the list of mounts", () => {
  const { calls } = runWith([wanted("/a b")], ["/a\\040b"]);
  assert.deepEqual(calls, [readMounts]);
});

Deno.test("tmpfs takes nothing as mounted where there is no list of mounts", () => {
  const { calls, events } = runStage(tmpfs, {
    config: { mounts: [wanted("/t")] },
  });
  assert.deepEqual(calls, [readMounts, mkdir("/t"), ...mountOn("/t")]);
  assert.deepEqual(events, [
    "start",
    `warn: ${readMounts}: ENOENT (taking nothing as mounted)`,
    "done",
  ]);
});

Deno.test("tmpfs mounts on directories that it need not or can't make", () => {
  for (const errno of ["EEXIST", "EROFS", "ENOSYS"]) {
    const { calls, events } = runWith([wanted("/a/b")], ["/"], {
      failures: { [mkdir("/a")]: errno, [mkdir("/a/b")]: errno },
    });
    assert.deepEqual(
      calls,
      [readMounts, mkdir("/a"), mkdir("/a/b"), ...mountOn("/a/b")],
    );
    assert.deepEqual(events, ["start", "done"]);
  }
});

Deno.test("tmpfs reports a directory that it can't make, and mounts the others", () => {
  const { calls, events } = runWith([wanted("/a/b"), wanted("/u/v")], ["/"], {
    failures: { [mkdir("/a")]: "EACCES" },
  });
  assert.deepEqual(calls, [
    readMounts,
    mkdir("/a"),
    mkdir("/u"),
    mkdir("/u/v"),
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
      mkdir("/t"),
      ...mountOn("/t"),
      mkdir("/u"),
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
    runStage(tmpfs, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});
