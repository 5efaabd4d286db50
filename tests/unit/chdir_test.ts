import assert from "#assert";
import { Refusal } from "../../ffi/recording_sys.ts";
import { chdir } from "../../stages/chdir.ts";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { kernelEnvironment, runStage } from "./stage_helper.ts";

const workdir = (path: string): readonly string[] => [
  ...kernelEnvironment,
  `KRUN_WORKDIR=${path}`,
];

Deno.test("chdir stays at the root where no directory is asked for", () => {
  const { calls, events, handover } = runStage(chdir);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, newHandover());
});

Deno.test("chdir enters KRUN_WORKDIR, or else the config's directory", () => {
  const cases = [
    { environment: workdir("/k"), config: { cwd: "/c" }, expected: "/k" },
    { environment: workdir("/k"), config: {}, expected: "/k" },
    { environment: kernelEnvironment, config: { cwd: "/c" }, expected: "/c" },
    // Empty is what Docker writes for none.
    { environment: workdir(""), config: { cwd: "/c" }, expected: "/c" },
  ];
  for (const { environment, config, expected } of cases) {
    const { calls, events, handover } = runStage(chdir, {
      environment,
      config,
    });
    assert.deepEqual(calls, [`chdir("${expected}")`]);
    assert.deepEqual(events, ["start", "done"]);
    assert.deepEqual(handover, { ...newHandover(), cwd: expected });
  }
});

Deno.test("chdir counts an empty KRUN_WORKDIR as unset", () => {
  const { calls, handover } = runStage(chdir, { environment: workdir("") });
  assert.deepEqual(calls, []);
  assert.equal(handover.cwd, "/");
});

// The workload's child enters it once more, from wherever this stage was.
Deno.test("chdir takes a relative directory from the root", () => {
  const { calls, handover } = runStage(chdir, { environment: workdir("a/b") });
  assert.deepEqual(calls, ['chdir("/a/b")']);
  assert.equal(handover.cwd, "/a/b");
});

Deno.test("chdir ends the boot where the directory that is asked for can't be entered", () => {
  for (const errno of ["ENOTDIR", "EACCES", "ENOSYS"]) {
    const { events, handover } = runStage(chdir, {
      config: { cwd: "/c" },
      failures: { 'chdir("/c")': errno },
    });
    assert.deepEqual(events, ["start", `fail: chdir("/c"): ${errno}`]);
    assert.equal(handover.cwd, "/");
  }
  const { events } = runStage(chdir, {
    environment: workdir("/k"),
    failures: { 'chdir("/k")': "ENOENT" },
  });
  assert.deepEqual(events, ["start", 'fail: chdir("/k"): ENOENT']);
});

Deno.test("chdir makes the config's directory where it is missing, as container runtimes do", () => {
  const made = new Set<string>();
  const { calls, events, handover } = runStage(chdir, {
    config: { cwd: "/opt/data" },
    answers: {
      mkdir: (path) => void made.add(path),
      chdir(path) {
        if (!made.has(path)) throw new Refusal("ENOENT");
      },
    },
  });
  assert.deepEqual(calls, [
    'chdir("/opt/data")',
    ...['readlink("/opt")', 'mkdir("/opt", 0755)'],
    ...['readlink("/opt/data")', 'mkdir("/opt/data", 0755)'],
    'chdir("/opt/data")',
  ]);
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(handover.cwd, "/opt/data");
});

Deno.test("chdir ends the boot where it can't make the directory", () => {
  const { events } = runStage(chdir, {
    config: { cwd: "/c" },
    failures: { 'chdir("/c")': "ENOENT", 'mkdir("/c", 0755)': "EROFS" },
  });
  assert.deepEqual(events, ["start", 'fail: mkdir("/c", 0755): EROFS']);
});
