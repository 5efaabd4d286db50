import assert from "#assert";
import { configIso } from "../../stages/config_iso.ts";
import { freebsdGuest, runStage, type StageOptions } from "./stage_helper.ts";

const path = "/mnt/krun_config.json";
const mkdir = 'mkdir("/mnt", 0755)';
const mount =
  'nmount("fstype", "cd9660", "fspath", "/mnt", "from", "/dev/iso9660/KRUN_CONFIG", readonly)';
const read = `read("${path}")`;
const unmount = 'unmount("/mnt")';

const bytes = new TextEncoder().encode('{"args":["/a"]}');

/** What the stage finds in a guest with the disk. */
const disk: StageOptions = {
  facts: freebsdGuest,
  answers: { readFile: () => bytes },
};

Deno.test("configIso mounts the disk, reads the config and unmounts", () => {
  let flags: unknown;
  const { calls, events, config } = runStage(configIso, {
    ...disk,
    answers: {
      ...disk.answers,
      nmount: (_parameters, bits) => flags = bits,
    },
  });
  assert.deepEqual(calls, [mkdir, mount, read, unmount]);
  assert.equal(flags, 1);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(config.args, ["/a"]);
});

Deno.test("configIso needs no disk", () => {
  const { calls, events, hasConfig } = runStage(configIso, {
    facts: freebsdGuest,
    failures: { [mount]: "ENOENT" },
  });
  assert.deepEqual(calls, [mkdir, mount, read]);
  assert.deepEqual(events, [
    "start",
    "info: No disk /dev/iso9660/KRUN_CONFIG",
    "done",
  ]);
  assert.equal(hasConfig, undefined);
});

Deno.test("configIso reads a file that is there without its mount, and unmounts nothing", () => {
  const { calls, config } = runStage(configIso, {
    ...disk,
    failures: { [mount]: "ENOENT" },
  });
  assert.deepEqual(calls, [mkdir, mount, read]);
  assert.deepEqual(config.args, ["/a"]);
});

Deno.test("configIso unmounts a disk without the file, and leaves the config to others", () => {
  const { calls, events, hasConfig } = runStage(configIso, {
    facts: freebsdGuest,
  });
  assert.deepEqual(calls, [mkdir, mount, read, unmount]);
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(hasConfig, undefined);
});

Deno.test("configIso unmounts also where the file can't be read, and ends the boot then", () => {
  const { calls, events } = runStage(configIso, {
    ...disk,
    failures: { [read]: "EIO" },
  });
  assert.deepEqual(calls, [mkdir, mount, read, unmount]);
  assert.deepEqual(events, ["start", `fail: ${read}: EIO`]);
});

Deno.test("configIso takes a directory that is there, or a root that can't have one", () => {
  for (const errno of ["EEXIST", "EROFS"]) {
    const { calls, events } = runStage(configIso, {
      ...disk,
      failures: { [mkdir]: errno },
    });
    assert.deepEqual(calls, [mkdir, mount, read, unmount]);
    assert.deepEqual(events, ["start", "done"]);
  }
});

Deno.test("configIso reports every other failure, and the boot goes on", () => {
  const texts = {
    [mkdir]: ["EIO", " (taking /mnt to be there)"],
    [mount]: ["EINVAL", " (going on without the disk)"],
    [unmount]: ["EBUSY", ""],
  };
  for (const [text, [errno = "", rest = ""]] of Object.entries(texts)) {
    const { events, config } = runStage(configIso, {
      ...disk,
      failures: { [text]: errno },
    });
    assert.deepEqual(events.slice(1, -1), [`warn: ${text}: ${errno}${rest}`]);
    assert.deepEqual(config.args, ["/a"]);
  }
});

Deno.test("configIso leaves the disk alone where KRUN_CONFIG names a file", () => {
  const { calls, events } = runStage(configIso, {
    ...disk,
    environment: ["KRUN_CONFIG=/c"],
  });
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["skip: KRUN_CONFIG is set"]);
});

Deno.test("configIso is for FreeBSD only", () => {
  assert.deepEqual(runStage(configIso).events, ["skip: not on linux"]);
});
