/** Tests of what the config file and the kernel's environment decide, from their text to the workload. */

import assert from "#assert";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import { boot, bootScript, complaints, lines } from "./guest.ts";

const root = await makeRoot({
  busybox: true,
  folders: ["dev", "proc", "sys", "tmp", "work"],
});

/** Shows its directory, its arguments and the variables that begin with an X. */
const show = [
  "/bin/sh",
  "-c",
  'pwd; for a; do echo "[$a]"; done; env | grep ^X | sort',
  "sh",
];

/** What a workload wrote, whose boot had nothing to complain about. */
function shown(outcome: Outcome): string[] {
  assert.deepEqual(complaints(outcome), []);
  return lines(outcome.stdout);
}

Deno.test("the config of an OCI runtime decides command, directory and environment", async () => {
  const outcome = await boot(root, {
    config: {
      ociVersion: "1.2.0",
      process: {
        terminal: false,
        user: { uid: 0, gid: 0 },
        args: [...show, "a b", "", "é\n"],
        env: ["X1=one", "X2=with = sign", "X2=again"],
        cwd: "/work",
        capabilities: { bounding: ["CAP_KILL"] },
      },
      root: { path: "rootfs" },
      mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
      linux: { namespaces: [{ type: "pid" }] },
    },
  });
  assert.deepEqual(shown(outcome), [
    "/work",
    "[a b]",
    "[]",
    "[é",
    "]",
    "X1=one",
    "X2=with = sign",
  ]);
});

const docker = {
  Entrypoint: show.slice(0, 3),
  Cmd: ["sh", "a"],
  Env: ["X1=one"],
  WorkingDir: "/work",
};

for (
  const [what, config] of [
    ["of a Docker image", docker],
    ["of a Docker image, nested as in its manifest", { Config: docker }],
    ["without a directory", { ...docker, WorkingDir: "", cwd: "/work" }],
  ] as const
) {
  Deno.test(`the config ${what} decides them, too`, async () => {
    const outcome = await boot(root, { config });
    assert.deepEqual(shown(outcome), ["/work", "[a]", "X1=one"]);
  });
}

Deno.test("the kernel's environment wins over the config's but for HOME and TERM", async () => {
  const outcome = await boot(root, {
    env: ["HOME=/", "TERM=linux", "X1=kernel"],
    config: {
      process: {
        args: ["/bin/sh", "-c", "echo $X1 $X2 $HOME $TERM"],
        env: ["X1=config", "X2=config", "HOME=/config", "TERM=config"],
      },
    },
  });
  assert.deepEqual(shown(outcome), ["kernel config /config config"]);
});

Deno.test("KRUN_HOME and KRUN_TERM win over all", async () => {
  const outcome = await bootScript(root, "", {
    args: [],
    env: ["HOME=/", "KRUN_HOME=/work", "KRUN_TERM=vt52"],
    config: {
      args: ["/bin/sh", "-c", "echo $HOME $TERM"],
      env: ["HOME=/config", "TERM=config"],
    },
  });
  assert.deepEqual(shown(outcome), ["/work vt52"]);
});

/** Who says what, and is therefore the command. */
const commands: readonly {
  readonly name: string;
  readonly env?: readonly string[];
  readonly args?: readonly string[];
  readonly config?: unknown;
  readonly stdin?: string;
  readonly expected: readonly string[];
}[] = [
  {
    name: "KRUN_INIT with the kernel's arguments comes first",
    env: ["KRUN_INIT=/bin/echo"],
    args: ["init", "a b"],
    config: { args: ["/bin/echo", "config"] },
    expected: ["init a b"],
  },
  {
    name: "the config's command comes next",
    args: ["/bin/echo", "arguments"],
    config: { args: ["/bin/echo", "config"] },
    expected: ["config"],
  },
  {
    name: "the kernel's arguments come next",
    args: ["/bin/echo", "arguments"],
    config: { cwd: "/work" },
    expected: ["arguments"],
  },
  {
    name: "a shell is what remains",
    stdin: "echo $0; exit 7\n",
    expected: ["/bin/sh"],
  },
];

for (const { name, expected, ...options } of commands) {
  Deno.test(`of the commands, ${name}`, async () => {
    assert.deepEqual(shown(await boot(root, options)), expected);
  });
}

Deno.test("a workload has the priorities of its config, on request", async () => {
  // Nice value and policy (proc(5)).
  const script = "ionice; cut -d' ' -f19,41 /proc/$$/stat";
  const config = {
    process: {
      args: ["/bin/sh", "-c", script],
      ioPriority: { class: "IOPRIO_CLASS_BE", priority: 6 },
      scheduler: {
        ...{ policy: "SCHED_BATCH", nice: 19 },
        flags: ["SCHED_FLAG_RESET_ON_FORK"],
      },
    },
  };
  const asked = { ...config, annotations: { "krun-init.oci": "1" } };
  assert.deepEqual(shown(await boot(root, { config: asked })), [
    "best-effort: prio 6",
    "19 3",
  ]);
  const unasked = shown(await boot(root, { config }));
  assert.match(unasked.join(), /^none: prio \d,\d+ 0$/);
});

/** Boots a workload that says that it ran, with a scheduler of its own. */
function bootScheduled(scheduler: unknown): ReturnType<typeof boot> {
  return boot(root, {
    config: {
      annotations: { "krun-init.oci": "1" },
      process: { args: ["/bin/echo", "ran"], scheduler },
    },
  });
}

Deno.test("a workload's clamps of utilization are the kernel's to take", async () => {
  const outcome = await bootScheduled({
    policy: "SCHED_OTHER",
    flags: ["SCHED_FLAG_UTIL_CLAMP_MIN"],
  });
  assert.deepEqual(lines(outcome.stdout), ["ran"]);
  // Not each has been built with them, but it knows what is asked for.
  const allowed = ["", "krun-init: workload: set the scheduler: EOPNOTSUPP"];
  assert.ok(allowed.includes(complaints(outcome).join()), outcome.stderr);
});

Deno.test("a workload goes on with the priorities that it is refused, and says so", async () => {
  const outcome = await bootScheduled({ policy: "SCHED_FIFO", priority: 5 });
  assert.deepEqual(lines(outcome.stdout), ["ran"]);
  assert.deepEqual(complaints(outcome), [
    "krun-init: workload: set the scheduler: EPERM",
  ]);
});

Deno.test("KRUN_CONFIG names another config file, which must be there", async () => {
  await Deno.writeTextFile(`${root}/work/c.json`, '{"args":["/bin/pwd"]}');
  const found = await boot(root, { env: ["KRUN_CONFIG=/work/c.json"] });
  assert.deepEqual(shown(found), ["/"]);

  const missing = await bootScript(root, "exit 6", {
    env: ["KRUN_CONFIG=/missing"],
  });
  assert.match(complaints(missing).join(), /^krun-init: config: .*\/missing/);
  assert.equal(missing.status, 6);
});

Deno.test("KRUN_WORKDIR wins over the config's directory", async () => {
  const options = { args: ["/bin/pwd"], config: { cwd: "/missing" } };
  for (const directory of ["/work", "work"]) {
    const env = [`KRUN_WORKDIR=${directory}`];
    assert.deepEqual(shown(await boot(root, { ...options, env })), ["/work"]);
  }
});

Deno.test("HOSTNAME is the host name, or it is localhost", async () => {
  const name = async (...env: string[]): Promise<string[]> =>
    shown(await bootScript(root, "hostname", { env }));
  assert.deepEqual(await name(), ["localhost"]);
  assert.deepEqual(await name("HOSTNAME=guest-1"), ["guest-1"]);
});

Deno.test("KRUN_RLIMITS limits the workload and not PID 1", async () => {
  const wanted = "7=100:200,CORE=0:0,CPU=1000:unlimited,NPROC=50:50";
  const outcome = await bootScript(
    root,
    `for pid in self 1; do
       grep -E 'open files|core file|cpu time|processes' /proc/$pid/limits |
         sed 's/  */ /g; s/ [a-z]* *$//; s/^Max //'
     done`,
    { env: [`KRUN_RLIMITS=${wanted}`] },
  );
  const limits = shown(outcome);
  assert.deepEqual(limits.slice(0, 4), [
    "cpu time 1000 unlimited",
    "core file size 0 0",
    "processes 50 50",
    "open files 100 200",
  ]);
  assert.equal(limits.length, 8);
  assert.equal(limits[7], "open files 1024 4096");
});

Deno.test("limits that can't be set are reported, and the others are set", async () => {
  const outcome = await bootScript(root, "ulimit -Sn; ulimit -Hn", {
    env: ["KRUN_RLIMITS=7=8192:8192,x=1:2,7=10:20:30,99=1:1,7=64:128"],
  });
  assert.deepEqual(complaints(outcome).map((line) => line.slice(0, 29)), [
    "krun-init: env: KRUN_RLIMITS:",
    "krun-init: env: KRUN_RLIMITS:",
    // More than the kernel's; no user namespace may do that.
    "krun-init: workload: setrlimi",
    "krun-init: workload: setrlimi",
  ]);
  assert.equal(outcome.stdout, "64\n128\n");
});

Deno.test("every tmpfs of the config is mounted, parents first", async () => {
  const tmpfs = (destination: string): unknown => ({
    destination,
    type: "tmpfs",
    source: "tmpfs",
  });
  const outcome = await boot(root, {
    config: {
      args: ["/bin/sh", "-c", "grep tmpfs /proc/mounts | cut -d' ' -f2"],
      mounts: [
        tmpfs("/work/in/side"),
        tmpfs("/work"),
        tmpfs("/tmp/with space"),
        { destination: "/data", type: "bind", source: "/tmp" },
      ],
    },
  });
  const devices = /^\/dev(\/|$)/;
  assert.deepEqual(shown(outcome).filter((path) => !devices.test(path)), [
    "/work",
    "/work/in/side",
    "/tmp/with\\040space",
  ]);
});

/** Configs with a mistake, what is said of it, and whether a boot can go on. */
const mistakes: readonly (readonly [string, unknown, RegExp, boolean])[] = [
  [
    "is not JSON",
    '{"args": ["/bin/echo",',
    /^configFile: \/.krun_config.json/,
    false,
  ],
  ["is empty", "", /^configFile: \/.krun_config.json/, false],
  ["is an array", [], /^configFile: \/.krun_config.json/, false],
  [
    "has a command of another type",
    { args: "/bin/sh" },
    /^configFile: .* args: /,
    false,
  ],
  [
    "has a field of another type",
    { env: ["X=1", 2] },
    /^configFile: .* env\[1\]: /,
    true,
  ],
];

for (const [mistake, config, complaint, goesOn] of mistakes) {
  Deno.test(`a config that ${mistake} is reported, and runs nothing by mistake`, async () => {
    const stdin = "exit 6\n";
    for (
      const [options, status] of [
        [{ args: ["/bin/sh", "-c", "exit 7"] }, 7],
        [{ stdin }, goesOn ? 6 : 125],
        [{ stdin, env: ["KRUN_CONFIG_LENIENT=1"] }, 6],
      ] as const
    ) {
      const outcome = await boot(root, { config, ...options });
      const [said = "", ...rest] = complaints(outcome);
      assert.match(said.replace("krun-init: ", ""), complaint);
      assert.deepEqual(rest, []);
      assert.equal(outcome.status, status);
    }
  });
}

Deno.test("a config that can't be read is no reason to run a shell", async () => {
  const unreadable = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", ".krun_config.json"],
  });
  const outcome = await boot(unreadable, { stdin: "exit 6\n" });
  assert.deepEqual(complaints(outcome), [
    'krun-init: configFile: read("/.krun_config.json", first root): EISDIR',
  ]);
  assert.equal(outcome.status, 125);
});

Deno.test("the config's own settings for the init count, and the kernel's win", async () => {
  const config = {
    args: ["/bin/echo", "config"],
    env: ["KRUN_INIT=/bin/echo", "KRUN_WORKDIR=/missing", "KRUN_TERM=vt52"],
  };
  const outcome = await boot(root, {
    config,
    args: ["kernel"],
    env: ["KRUN_WORKDIR=/work"],
  });
  assert.deepEqual(shown(outcome), ["kernel"]);
});
