import assert from "#assert";
import { MountFlag } from "../../ffi/linux/constants.ts";
import { Refusal } from "../../ffi/recording_sys.ts";
import { confine } from "../../stages/confine.ts";
import type { Confinement } from "../../stages/formats/guest_config.ts";
import { runStage, type StageOptions, type StageRun } from "./stage_helper.ts";

const capabilities = {
  ...{ bounding: 3n, effective: 1n, inheritable: 0n, permitted: 3n },
  ambient: 0n,
};

function runFor(
  confinement: Confinement,
  options: StageOptions = {},
): StageRun {
  return runStage(confine, { config: { confinement, oci: "1" }, ...options });
}

const { readonly, nosuid, nodev, noexec } = MountFlag;

Deno.test("confine does nothing unless it is asked to", () => {
  const confinement: Confinement = {
    ...{ capabilities, oomScoreAdj: 5, readonlyRoot: true },
    ...{ sysctl: [["a.b", "1"]], maskedPaths: ["/m"], readonlyPaths: ["/r"] },
  };
  for (const oci of [undefined, "0"] as const) {
    const { calls, handover } = runStage(confine, {
      config: { confinement, ...(oci && { oci }) },
    });
    assert.deepEqual(calls, []);
    assert.equal(handover.capabilities, undefined);
    assert.equal(handover.oomScoreAdj, undefined);
  }
  const { calls } = runStage(confine, { environment: ["KRUN_INIT_OCI=1"] });
  assert.deepEqual(calls, []);
});

Deno.test("confine hands over capabilities, oom_score_adj and priorities", () => {
  const given: Confinement = {
    ...{ capabilities, oomScoreAdj: -5, ioPriority: { class: 3, level: 0 } },
    scheduler: {
      ...{ policy: 3, flags: 1, nice: 5, priority: 0, runtime: 0 },
      ...{ deadline: 0, period: 0 },
    },
  };
  const { handover } = runFor(given);
  assert.deepEqual(handover.capabilities, capabilities);
  assert.equal(handover.oomScoreAdj, -5);
  assert.deepEqual(handover.ioPriority, given.ioPriority);
  assert.deepEqual(handover.scheduler, given.scheduler);
});

Deno.test("confine writes the kernel's parameters, before anything is read-only", () => {
  const { calls, events } = runFor({
    sysctl: [["net.ipv4.ip_forward", "1"], ["net/ipv4/conf", "0 0"]],
    readonlyPaths: ["/proc/sys"],
  }, {
    failures: { 'write("/proc/sys/net/ipv4/conf", 3 bytes)': "ENOENT" },
    answers: { mountFlags: () => nosuid | nodev | noexec },
  });
  assert.deepEqual(calls, [
    'write("/proc/sys/net/ipv4/ip_forward", 1 bytes)',
    'write("/proc/sys/net/ipv4/conf", 3 bytes)',
    'mount("/proc/sys", "/proc/sys", null, bind|recursive)',
    'statfs("/proc/sys")',
    'mount(null, "/proc/sys", null, readonly|nosuid|nodev|noexec|remount|bind)',
  ]);
  assert.deepEqual(events, [
    "start",
    'warn: write("/proc/sys/net/ipv4/conf", 3 bytes): ENOENT (going on without net/ipv4/conf)',
    "done",
  ]);
});

Deno.test("confine masks files and directories, as far as they are there", () => {
  const { calls, events } = runStage(confine, {
    config: {
      oci: "1",
      confinement: { maskedPaths: ["/proc/kcore", "/sys/firmware", "/none"] },
    },
    answers: {
      mount(source, target) {
        if (target === "/none") throw new Refusal("ENOENT");
        const isFile = source === "/dev/null";
        if (isFile && target === "/sys/firmware") throw new Refusal("ENOTDIR");
      },
    },
  });
  assert.deepEqual(calls, [
    'mount("/dev/null", "/proc/kcore", null, bind)',
    'mount("/dev/null", "/sys/firmware", null, bind)',
    'mount("tmpfs", "/sys/firmware", "tmpfs", readonly|nosuid|nodev|noexec)',
    'mount("/dev/null", "/none", null, bind)',
  ]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("confine makes paths read-only, and last of all the root", () => {
  const { calls } = runFor(
    { readonlyPaths: ["/usr", "/ro"], readonlyRoot: true },
    {
      answers: {
        mountFlags: (path) =>
          path === "/usr" ? nosuid : path === "/" ? 0 : readonly,
      },
    },
  );
  assert.deepEqual(calls, [
    'mount("/usr", "/usr", null, bind|recursive)',
    'statfs("/usr")',
    'mount(null, "/usr", null, readonly|nosuid|remount|bind)',
    'mount("/ro", "/ro", null, bind|recursive)',
    'statfs("/ro")',
    'mount(null, "/ro", null, readonly|remount|bind)',
    'statfs("/")',
    'mount(null, "/", null, readonly|remount|bind)',
  ]);
});

Deno.test("confine ends the boot where it can't confine the workload", () => {
  const root = 'mount(null, "/", null, readonly|remount|bind)';
  const mask = 'mount("/dev/null", "/m", null, bind)';
  const bind = 'mount("/r", "/r", null, bind|recursive)';
  const cases: readonly (readonly [Confinement, string])[] = [
    [{ readonlyRoot: true }, root],
    [{ maskedPaths: ["/m"] }, mask],
    [{ readonlyPaths: ["/r"] }, bind],
  ];
  for (const [confinement, text] of cases) {
    const { events } = runFor(confinement, { failures: { [text]: "EPERM" } });
    assert.deepEqual(events, ["start", `fail: ${text}: EPERM`]);
  }
  const { events } = runFor({ readonlyPaths: ["/r"] }, {
    failures: { [bind]: "ENOENT" },
  });
  assert.deepEqual(events, ["start", "done"]);
});
