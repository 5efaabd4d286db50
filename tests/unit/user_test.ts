import assert from "#assert";
import { encodeBytes } from "../../ffi/bytes.ts";
import { Refusal } from "../../ffi/recording_sys.ts";
import type { GuestConfig } from "../../stages/formats/guest_config.ts";
import { user } from "../../stages/user.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
  type StageRun,
} from "./stage_helper.ts";

const files: Readonly<Record<string, string>> = {
  "/etc/passwd": "root:x:0:0::/root:\nweb:x:33:34::/srv/web:\n",
  "/etc/group": "audio:x:29:web\n",
};

function runFor(
  wanted: GuestConfig["user"],
  { config, ...options }: StageOptions = {},
): StageRun {
  return runStage(user, {
    config: { ...config, ...(wanted !== undefined && { user: wanted }) },
    answers: {
      readFile(path) {
        const text = files[path];
        if (text === undefined) throw new Refusal("ENOENT");
        return encodeBytes(text);
      },
    },
    ...options,
  });
}

const inNumbers = { uid: 1000, gid: 100, groups: [5, 6], umask: 0o077 };
const readPasswd = 'read("/etc/passwd")';
const readGroup = 'read("/etc/group")';

Deno.test("user leaves PID 1's own where the config says nothing", () => {
  const { calls, events, handover } = runFor(undefined);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(handover.identity, undefined);
});

Deno.test("user takes the config's numbers, and its umask", () => {
  const { calls, events, handover } = runFor(inNumbers);
  assert.deepEqual(calls, [readPasswd]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover.identity, { uid: 1000, gid: 100, groups: [5, 6] });
  assert.equal(handover.umask, 0o077);
  assert.equal(runFor({ uid: 1, gid: 2, groups: [] }).handover.umask, 0o022);
});

Deno.test("user looks up a name, and adds the config's groups and umask", () => {
  const wanted = { uid: 0, gid: 0, groups: [7], umask: 0o027, name: "web" };
  const { calls, handover } = runFor(wanted);
  assert.deepEqual(calls, [readPasswd, readGroup]);
  assert.deepEqual(handover.identity, { uid: 33, gid: 34, groups: [29, 7] });
  assert.equal(handover.umask, 0o027);
});

Deno.test("user takes an image's user as the root's files list it", () => {
  const { calls, events, handover } = runFor("web");
  assert.deepEqual(calls, [readPasswd, readGroup]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover.identity, { uid: 33, gid: 34, groups: [29] });
  assert.equal(handover.umask, 0o022);
  assert.deepEqual(runFor("33:7").handover.identity, {
    ...{ uid: 33, gid: 7, groups: [] },
  });
});

Deno.test("user asks nothing of PID 1's child that it is already", () => {
  for (const wanted of ["", "root", { uid: 0, gid: 0, groups: [] }]) {
    assert.equal(runFor(wanted).handover.identity, undefined);
  }
  assert.deepEqual(runFor({ uid: 0, gid: 0, groups: [5] }).handover.identity, {
    ...{ uid: 0, gid: 0, groups: [5] },
  });
});

Deno.test("user gives the workload the user's home where nobody has said what HOME is", () => {
  const homeOf = (
    wanted: GuestConfig["user"],
    environment?: readonly string[],
  ): string | undefined => {
    const run = runFor(wanted, environment && { environment });
    const { handover } = run;
    if (handover.environment.length > 0) {
      assert.deepEqual(handover.environment, run.environment);
    }
    return run.environment.find((item) => item.startsWith("HOME="));
  };
  const inNumbers = { uid: 33, gid: 0, groups: [] };
  for (const wanted of ["web", inNumbers]) {
    assert.equal(homeOf(wanted), "HOME=/srv/web");
    assert.equal(homeOf(wanted, []), "HOME=/srv/web");
    assert.equal(homeOf(wanted, ["HOME=/given"]), "HOME=/given");
  }
  assert.equal(homeOf(""), "HOME=/root");
  assert.equal(homeOf("44"), "HOME=/");
  assert.equal(homeOf({ uid: 44, gid: 0, groups: [] }), "HOME=/");
});

Deno.test("user looks for no home where one is given", () => {
  const environment = ["HOME=/given"];
  assert.deepEqual(runFor(inNumbers, { environment }).calls, []);
});

Deno.test("user does nothing where the old way is asked for", () => {
  for (
    const options of [
      { environment: [...kernelEnvironment, "KRUN_INIT_OCI=0"] },
      { config: { oci: "0" } },
    ] as const
  ) {
    for (const wanted of ["web", "nobody", inNumbers]) {
      const { calls, events, handover } = runFor(wanted, options);
      assert.deepEqual(calls, []);
      assert.deepEqual(events, ["start", "done"]);
      assert.equal(handover.identity, undefined);
      assert.equal(handover.umask, 0o022);
    }
  }
});

Deno.test("user ends the boot where the user is not there: root would run by mistake", () => {
  const { events, handover } = runFor("nobody");
  assert.deepEqual(events, [
    "start",
    'fail: No user "nobody" in /etc/passwd',
  ]);
  assert.equal(handover.identity, undefined);
});

Deno.test("user needs no files for numbers, and reports those that it can't read", () => {
  const failures = { [readPasswd]: "ENOENT", [readGroup]: "ENOTDIR" };
  const { events, handover } = runFor("1000:1000", { failures });
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover.identity, { uid: 1000, gid: 1000, groups: [] });
  const other = runFor(inNumbers, { failures: { [readPasswd]: "EIO" } });
  assert.deepEqual(other.events, [
    "start",
    `warn: ${readPasswd}: EIO (taking it as empty)`,
    "done",
  ]);
  assert.equal(other.handover.identity?.uid, 1000);
});
