import assert from "#assert";
import { recordingSys } from "../../ffi/recording_sys.ts";
import type { ErrnoName } from "../../ffi/sys_error.ts";
import {
  encodeHandover,
  type Handover,
  newHandover,
} from "../../stages/formats/handover_record.ts";
import { stages } from "../../stages/mod.ts";
import { type BootEvent, BootFailure, runStages } from "../../stages/runner.ts";
import { freebsdGuest, withoutClock } from "./stage_helper.ts";

const config = {
  Cmd: ["/bin/app", "-v"],
  Env: ["PATH=/bin"],
  WorkingDir: "/srv",
  mounts: [{ destination: "/tmp", type: "tmpfs", source: "tmpfs" }],
};

/** What is in the kernel's environment. */
const kernelVariables: Readonly<Record<string, string>> = {
  HOSTNAME: "box",
  KRUN_RLIMITS: '"8=1024:4096"',
  KRUN_TERM: "vt100",
};

const mount =
  'nmount("fstype", "cd9660", "fspath", "/mnt", "from", "/dev/iso9660/KRUN_CONFIG", readonly)';

/** All that a boot asks of the system, in upstream's order. */
const operations = [
  'revoke("/dev/console")',
  'open("/dev/console")',
  "fcntl(5, blocking)",
  "setsid()",
  "ioctl(5, TIOCSCTTY)",
  "dup2(5, 0)",
  "dup2(5, 1)",
  "dup2(5, 2)",
  "close(5)",
  'kenv("HOSTNAME")',
  'kenv("KRUN_CONFIG")',
  'kenv("KRUN_HOME")',
  'kenv("KRUN_INIT")',
  'kenv("KRUN_INIT_PID1")',
  'kenv("KRUN_RLIMITS")',
  'kenv("KRUN_TERM")',
  'kenv("KRUN_WORKDIR")',
  'setlogin("root")',
  'interfaceUp("lo0")',
  'mkdir("/mnt", 0755)',
  mount,
  'read("/mnt/krun_config.json")',
  'unmount("/mnt")',
  'sethostname("box")',
  'read("/etc/passwd")',
  'read("/etc/group")',
  'chdir("/srv")',
];

/** Errors that are an answer to what was asked, so that no one hears of them. */
const silent: Readonly<Record<string, readonly ErrnoName[]>> = {
  "setsid()": ["EPERM"],
  'mkdir("/mnt", 0755)': ["EEXIST", "EROFS"],
  [mount]: ["ENOENT"],
  'read("/mnt/krun_config.json")': ["ENOENT"],
  'read("/etc/passwd")': ["ENOENT"],
  'read("/etc/group")': ["ENOENT"],
};

/** The operations whose failure is the end of a boot, and its stage then. */
const fatal: Readonly<Record<string, string>> = {
  'read("/mnt/krun_config.json")': "configIso",
  'chdir("/srv")': "chdir",
};

interface Outcome {
  readonly calls: readonly string[];
  readonly events: readonly BootEvent[];
  readonly handover: Handover | undefined;
  readonly failure: BootFailure | undefined;
}

/**
 * Boots a guest that has a console and a disk with a config.
 *
 * @throws whatever else than a BootFailure comes out of it
 */
function boot(
  failures: Readonly<Record<string, ErrnoName>> = {},
  environment: readonly string[] = [],
): Outcome {
  const sys = recordingSys({
    failures,
    answers: {
      open: () => 5,
      kenv: (name) => kernelVariables[name],
      readFile: () => new TextEncoder().encode(JSON.stringify(config)),
    },
  });
  const events: BootEvent[] = [];
  const outcome = { calls: sys.calls, events };
  try {
    const handover = runStages(
      stages,
      sys,
      freebsdGuest,
      environment,
      (event) => events.push(event),
    );
    return { ...outcome, handover, failure: undefined };
  } catch (error) {
    if (!(error instanceof BootFailure)) throw error;
    return { ...outcome, handover: undefined, failure: error };
  }
}

Deno.test("a FreeBSD boot asks exactly this of the system", () => {
  const { calls, failure } = boot();
  assert.equal(failure, undefined);
  assert.deepEqual(withoutClock(calls), operations);
});

Deno.test("a FreeBSD boot hands over a workload with a fresh controlling terminal", () => {
  assert.deepEqual(boot().handover, {
    ...newHandover(),
    args: ["/bin/app", "-v"],
    environment: [
      "HOSTNAME=box",
      'KRUN_RLIMITS="8=1024:4096"',
      "KRUN_TERM=vt100",
      "PATH=/bin",
      "TERM=vt100",
    ],
    cwd: "/srv",
    limits: [{ resource: 8, soft: 1024n, hard: 4096n }],
    newSession: true,
  });
});

Deno.test("a FreeBSD boot skips what FreeBSD has not, and says why", () => {
  const { events } = boot();
  const told = events.map((event) =>
    event.kind === "mark"
      ? event.name
      : event.kind === "skip"
      ? `skip ${event.stage}: ${event.message}`
      : `${event.kind} ${event.stage}`
  );
  const ran = (stage: string): string[] => [`start ${stage}`, `done ${stage}`];
  const skipped = (stage: string): string => `skip ${stage}: not on freebsd`;
  assert.deepEqual(told, [
    ...ran("console"),
    ...ran("kenv"),
    skipped("configFile"),
    ...["blockRoot", "mounts", "nestedKvm", "sharedRoot"].map(skipped),
    skipped("terminal"),
    ...ran("session"),
    ...ran("login"),
    skipped("network"),
    ...ran("loopback"),
    ...ran("configIso"),
    ...ran("config"),
    ...["initramfs", "volumes", "nameServers"].map(skipped),
    ...ran("env"),
    skipped("hosts"),
    ...ran("user"),
    ...ran("chdir"),
    ...["timesync", "stdio", "commandLine", "confine"].map(skipped),
    ...ran("workload"),
  ]);
});

Deno.test("no stage asks which platform it runs on: gates, tables and the Sys differ", () => {
  const question = /platform\b\W*[!=]==?|[!=]==? *"(?:linux|freebsd)"/;
  assert.match('if (context.platform === "linux") {', question);
  assert.match(
    'const isLinux = "linux" == platform || x === "linux"',
    question,
  );
  const folder = new URL("../../stages/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile);
  assert.ok(files.length > 20);
  for (const { name } of files) {
    const text = Deno.readTextFileSync(new URL(name, folder));
    assert.doesNotMatch(text, question, name);
  }
});

Deno.test("a FreeBSD boot looks for the config in the root where the disk has none", () => {
  const { calls, handover } = boot({ [mount]: "ENOENT", readFile: "ENOENT" });
  assert.ok(calls.includes('read("/.krun_config.json", first root)'));
  assert.deepEqual(handover?.args, ["/bin/sh"]);
});

Deno.test("a FreeBSD boot reads the config that KRUN_CONFIG names, and mounts nothing", () => {
  const { calls } = boot({}, ["KRUN_CONFIG=/c"]);
  assert.ok(calls.includes('read("/c", first root)'));
  assert.ok(!calls.some((text) => /mount|mkdir/.test(text)));
});

for (const operation of operations) {
  Deno.test(`a FreeBSD boot survives, or ends in order, when ${operation} fails`, () => {
    for (
      const errno of ["EPERM", "ENOENT", "EIO", "EBUSY", "EEXIST", "EROFS"]
    ) {
      const { handover, failure, events } = boot({ [operation]: errno });
      const told = events.flatMap((event) =>
        event.kind === "warn" || event.kind === "fail" ? [event.message] : []
      );
      const quiet = silent[operation]?.includes(errno) ?? false;
      assert.equal(told.length, quiet ? 0 : 1, `${operation}: ${errno}`);
      // Behind it stands what follows from it.
      const reason = told[0]?.replace(/ \([^()]*\)$/, "");
      if (!quiet) assert.ok(reason?.endsWith(`${operation}: ${errno}`));
      const stage = fatal[operation];
      if (stage !== undefined && !quiet) {
        assert.equal(failure?.stage, stage);
        continue;
      }
      assert.equal(failure, undefined);
      assert.ok(encodeHandover(handover as Handover).length > 0);
      assert.deepEqual(
        handover?.args,
        operation.startsWith('read("/mnt/') ? ["/bin/sh"] : config.Cmd,
      );
    }
  });
}
