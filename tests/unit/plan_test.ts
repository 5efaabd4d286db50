import assert from "#assert";
import type { Plan, Step } from "../../tools/command_line/plan/make_plan.ts";
import { run } from "./command_line_helper.ts";
import { goldenPlans } from "./golden_plans.ts";

/** Calls the command for its JSON. */
async function plan(...words: readonly string[]): Promise<Plan> {
  const { stdout, stderr } = await run(["plan", "--format=json", ...words]);
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

type Operation = Extract<Step, { operation: string }>;

function operationsOf({ stages }: Plan, name?: string): Operation[] {
  return stages.filter((stage) => name === undefined || stage.name === name)
    .flatMap(({ steps }) => steps)
    .filter((step) => "operation" in step);
}

for (const [name, words] of Object.entries(goldenPlans)) {
  Deno.test(`plan ${words.join(" ")} is that of tests/golden/${name}`, async () => {
    const golden = await Deno.readTextFile(`tests/golden/${name}`);
    const { stdout } = await run(["plan", ...words]);
    assert.equal(stdout, golden, "see deno task golden");
  });
}

Deno.test("plan ends as the boot would, whichever operation fails", async () => {
  const healthy = await plan();
  const operations = operationsOf(healthy);
  assert.ok(operations.length > 30);
  for (const { operation, onFailure } of operations) {
    const { outcome, workload } = await plan("--fail", `${operation}=EIO`);
    if (onFailure === "fatal") {
      assert.equal(outcome.kind, "failure", operation);
      if (outcome.kind !== "failure") continue;
      assert.equal(outcome.status, 125);
      assert.equal(outcome.reason, `${operation}: EIO`);
      assert.equal(workload, null);
    } else {
      assert.equal(outcome.kind, "workload", operation);
      assert.deepEqual(workload?.args, ["/bin/sh"]);
    }
  }
  // Of each kind there is one, or this test shows little.
  const kinds = new Set(operations.map(({ onFailure }) => onFailure));
  assert.deepEqual([...kinds].sort(), ["fatal", "ignored", "warn"]);
});

Deno.test("plan takes a clock that fails for what a boot does with it", async () => {
  const words = ["--env", "KRUN_DHCP=1", "--fail", "bootTime=EIO"];
  const { outcome, stages } = await plan(...words);
  assert.equal(outcome.kind, "workload");
  const { steps } = stages.find(({ name }) => name === "network") ?? {};
  assert.ok(
    steps?.some((step) =>
      "warn" in step && step.warn.startsWith("DHCP on eth0: clock_gettime")
    ),
  );
});

Deno.test("plan takes a root whose /dev leads nowhere", async () => {
  const root = await Deno.makeTempDir({ prefix: "krun-unit-plan-" });
  try {
    for (const target of ["/nowhere", "dev"]) {
      await Deno.symlink(target, `${root}/dev`);
      const { outcome } = await plan("--rootfs", root);
      assert.equal(outcome.kind, "failure");
      if (outcome.kind !== "failure") continue;
      assert.match(outcome.reason, /^mount\("devtmpfs", "\/dev", .*: E/);
      await Deno.remove(`${root}/dev`);
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("the examples in plan's help work", async () => {
  const { stdout } = await run(["plan", "--help"]);
  const [, fail = ""] = /^Example: .* --fail '(.*)'$/m.exec(stdout) ?? [];
  const { outcome, stages } = await plan("--fail", fail);
  assert.equal(outcome.kind, "workload");
  assert.ok(
    operationsOf({ stages } as Plan).some(({ result }) => result === "EPERM"),
  );
});

Deno.test("plan has the status of the boot's end", async () => {
  assert.equal((await run(["plan"])).status, 0);
  const failing = ["plan", "--fail", "mount=EPERM", "--env", "KRUN_WORKDIR=x"];
  assert.equal((await run(failing)).status, 1);
});

Deno.test("plan takes an operation by its name, its word or its text", async () => {
  for (const name of ["readFile", "read", 'read("/proc/cmdline")']) {
    const words = ["--env", "KRUN_CONFIG_LENIENT=1"];
    const failed = operationsOf(
      await plan(...words, "--fail", `${name}=EIO`),
    ).find(({ operation }) => operation === 'read("/proc/cmdline")');
    assert.equal(failed?.result, "EIO");
  }
});

Deno.test("plan tells who set a variable", async () => {
  const { workload } = await plan(
    ...["--cmdline", 'A="b c" KRUN_HOME=/h X=1', "--env", "X=2"],
    ...["--config", "tests/golden/config.json"],
  );
  const rows = workload?.environment.map(({ name, value, source }) =>
    `${name}=${value}: ${source}`
  );
  assert.deepEqual(rows, [
    "HOME=/h: KRUN_HOME",
    "TERM=linux: kernel",
    "A=b c: kernel's command line",
    "KRUN_HOME=/h: kernel's command line",
    "X=2: --env",
    "PATH=/bin: config",
  ]);
});

Deno.test("plan takes the command of a whole kernel line", async () => {
  const line =
    'quiet init=/init.krun KRUN_INIT=/bin/app stray a.b=1 -- "-c" "echo hi" ""';
  const { workload } = await plan("--cmdline", line);
  assert.deepEqual(workload?.args, ["/bin/app", "stray", "-c", "echo hi", ""]);
});

Deno.test("plan spells out FreeBSD's system calls, up to one that fails", async () => {
  const mount = operationsOf(
    await plan("--platform", "freebsd", "--config", "tests/golden/config.json"),
    "configIso",
  ).find(({ operation }) => operation.startsWith("nmount"));
  assert.match(
    mount?.systemCalls?.join("\n") ?? "",
    /^378 nmount\(.*, 6, 0x1\)$/,
  );
  const [up] = operationsOf(
    await plan("--platform", "freebsd", "--fail", "interfaceUp=ENXIO"),
    "loopback",
  );
  assert.equal(up?.result, "ENXIO");
  assert.deepEqual(up?.systemCalls, ["97 socket(2, 0x10000002, 0)"]);
  for (const { systemCalls } of operationsOf(await plan())) {
    assert.equal(systemCalls, undefined);
  }
});

Deno.test("plan ends a FreeBSD boot that fails as its PID 1 does", async () => {
  const { outcome, supervision } = await plan(
    ...["--platform", "freebsd", "--env", "KRUN_WORKDIR=/w"],
    ...["--fail", "chdir=ENOENT"],
  );
  assert.equal(outcome.kind, "failure");
  assert.deepEqual(supervision, ["PID 1: 36 sync(), 55 reboot(0)"]);
});

Deno.test("plan has FreeBSD's config where KRUN_CONFIG says, and on its disk else", async () => {
  const words = [
    ...["--platform", "freebsd", "--config", "tests/golden/config.json"],
  ];
  const reads = async (...more: readonly string[]): Promise<string[]> =>
    operationsOf(await plan(...words, ...more))
      .filter(({ operation }) => operation.startsWith("read("))
      .map(({ operation, result }) => `${operation} ${result}`);
  assert.deepEqual(await reads(), ['read("/mnt/krun_config.json") ok']);
  assert.deepEqual(await reads("--env", "KRUN_CONFIG=/c"), [
    'read("/c", first root) ok',
  ]);
});

Deno.test("plan finds where a tmpfs comes, and what lies beneath, in a root that it knows", async () => {
  const root = await Deno.makeTempDir({ prefix: "krun-unit-plan-" });
  for (const name of ["proc", "sys", "run", "var", "data"]) {
    await Deno.mkdir(`${root}/${name}`);
  }
  await Deno.symlink("/run/lock", `${root}/var/lock`);
  await Deno.writeTextFile(`${root}/data/file`, "", { mode: 0o640 });
  await Deno.chmod(`${root}/data`, 0o711);
  const tmpfs = (destination: string, ...options: string[]): unknown => ({
    ...{ destination, type: "tmpfs", source: "tmpfs", options },
  });
  await Deno.writeTextFile(
    `${root}/.krun_config.json`,
    JSON.stringify({
      args: ["/x"],
      mounts: [tmpfs("/var/lock"), tmpfs("/data", "tmpcopyup")],
    }),
  );
  const { stages, workload } = await plan("--rootfs", root);
  const operations = operationsOf({ stages } as Plan, "volumes")
    .map(({ operation }) => operation)
    .filter((text) => /^(mkdir|makeMount|placeMount|copy|chmod)/.test(text));
  assert.deepEqual(operations, [
    'mkdir("/run/lock", 0755)',
    'makeMount("tmpfs", "tmpfs", nosuid|nodev|noexec)',
    'placeMount("/run/lock")',
    'makeMount("tmpfs", "tmpfs", nosuid|nodev, "mode=711")',
    'copy("/data/file", "./file")',
    'chmod("./file", 0640)',
    'placeMount("/data")',
  ]);
  assert.deepEqual(
    workload?.mounts.filter(({ type }) => type === "tmpfs")
      .map(({ target }) => target),
    ["/dev/shm", "/run/lock", "/data"],
  );
  await Deno.remove(root, { recursive: true });
});

Deno.test("plan mounts the volumes of a config, whose disks and shares it takes to be there", async () => {
  const config = await Deno.makeTempFile({ prefix: "krun-unit-plan-" });
  const volume = (
    ...[destination, type, source, ...options]: string[]
  ): unknown => ({ destination, type, source, options });
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      mounts: [
        volume("/data", "virtiofs", "data", "ro"),
        volume("/db", "ext4", "LABEL=db", "noatime", "nofail"),
        volume("/e", "erofs", "/dev/vdz"),
        volume("/u", "xfs", "UUID=00112233-4455-6677-8899-aabbccddeeff"),
        volume("/p", "vfat", "PARTLABEL=a part"),
        volume("/o", "overlay", "overlay", "lowerdir=/data:/e"),
        volume("/b", "bind", "/data", "rbind"),
        volume("/log", "rbind", "/dev/log"),
      ],
    }),
  );
  const words = ["--config", config, "--env", "KRUN_INIT_OCI=1"];
  const { outcome, workload } = await plan(...words);
  assert.equal(outcome.kind, "workload");
  assert.deepEqual(
    workload?.mounts.slice(7).map(({ target, type, source }) =>
      `${target} ${type} ${source}`
    ),
    [
      ...["/data virtiofs data", "/db ext4 /dev/vdb", "/e erofs /dev/vdz"],
      ...["/u xfs /dev/vdc", "/p vfat /dev/vdd", "/o overlay overlay"],
      "/b bind /data",
    ],
  );
  const failing = await plan(
    ...[
      ...words,
      "--fail",
      'makeMount("virtiofs", "data", readonly, "ro")=EINVAL',
    ],
  );
  assert.deepEqual(failing.outcome, {
    ...{ kind: "failure", status: 125 },
    reason: '/data: makeMount("virtiofs", "data", readonly, "ro"): EINVAL',
  });
  await Deno.remove(config);
});

Deno.test("plan looks at a root without changing it", async () => {
  const root = await Deno.makeTempDir({ prefix: "krun-unit-plan-" });
  for (const name of ["srv", "proc", "sys", "bin"]) {
    await Deno.mkdir(`${root}/${name}`);
  }
  await Deno.writeTextFile(`${root}/bin/of-root`, "", { mode: 0o755 });
  await Deno.symlink("/srv", `${root}/link`);
  // Out of the root there is nothing to be found.
  await Deno.symlink("../../../../../../proc", `${root}/out`);
  await Deno.writeTextFile(
    `${root}/.krun_config.json`,
    '{ "args": ["/bin/of-root"], "cwd": "/link" }',
  );
  const before = [...Deno.readDirSync(root)].map(({ name }) => name).sort();
  const { outcome, workload, stages } = await plan("--rootfs", root);
  assert.equal(outcome.kind, "workload");
  assert.deepEqual(workload?.args, ["/bin/of-root"]);
  assert.equal(workload?.cwd, "/link");
  // It has no /dev yet, which no kernel can have mounted then.
  const [first] = operationsOf({ stages } as Plan, "mounts");
  assert.equal(first?.result, "ok");
  const missing = await plan("--rootfs", root, "--env", "KRUN_WORKDIR=/out/1");
  assert.deepEqual(missing.outcome, {
    kind: "failure",
    status: 125,
    reason: 'chdir("/out/1"): ENOENT',
  });
  const after = [...Deno.readDirSync(root)].map(({ name }) => name).sort();
  assert.deepEqual(after, before);
  await Deno.remove(root, { recursive: true });
});

Deno.test("plan looks for the workload's command in a root that it knows", async () => {
  const root = await Deno.makeTempDir({ prefix: "krun-unit-plan-" });
  const outcomeOf = async (...words: readonly string[]) =>
    (await plan("--env", "KRUN_INIT=app", ...words)).outcome;
  const missing = {
    kind: "failure",
    status: 127,
    reason: 'execve("app"): ENOENT',
  };
  assert.deepEqual(await outcomeOf("--rootfs", root), missing);
  assert.equal((await run(["plan", "--rootfs", root])).status, 1);
  await Deno.mkdir(`${root}/bin`);
  await Deno.writeTextFile(`${root}/bin/app`, "", { mode: 0o644 });
  assert.deepEqual(await outcomeOf("--rootfs", root), {
    kind: "failure",
    status: 126,
    reason: 'execve("app"): EACCES',
  });
  await Deno.chmod(`${root}/bin/app`, 0o755);
  const workload = { kind: "workload" };
  assert.deepEqual(await outcomeOf("--rootfs", root), workload);
  assert.deepEqual(
    await outcomeOf("--rootfs", root, "--env", "PATH=/sbin"),
    missing,
  );
  // Not in one that is only taken to be there.
  assert.deepEqual(await outcomeOf(), workload);
  const disk = ["--env", "KRUN_BLOCK_ROOT_DEVICE=/dev/vda"];
  const other = ["--env", "KRUN_INIT=other"];
  assert.deepEqual(
    await outcomeOf("--rootfs", root, ...disk, ...other),
    workload,
  );
  await Deno.remove(root, { recursive: true });
});

Deno.test("plan runs only the stages that are asked for", async () => {
  const { outcome, stages, workload } = await plan("--stage", "env,chdir");
  assert.deepEqual(stages.map(({ name }) => name), ["start", "env", "chdir"]);
  assert.equal(outcome.kind, "stages");
  assert.equal(workload, null);
});

Deno.test("plan waits for a device by its own clock only", async () => {
  const { outcome } = await plan(
    ...["--env", "KRUN_BLOCK_ROOT_DEVICE=/dev/nope"],
    ...["--fail", 'open("/dev/nope")=ENOENT'],
  );
  assert.deepEqual(outcome, {
    kind: "failure",
    status: 125,
    reason: "No device /dev/nope in 2000 ms",
  });
});

for (
  const [words, message] of [
    [["word"], "Unknown word: word"],
    [["--nope"], "Unknown option: --nope"],
    [["--config"], "--config needs a value"],
    [["--env", "X"], "Not NAME=VALUE: --env X"],
    [["--fail", "mount"], "Not OPERATION=ERRNO: --fail mount"],
    [["--fail", "mount=1"], "Unknown errno: 1 in --fail mount=1"],
    [["--fail", "mount=ENOPE"], "Unknown errno: ENOPE in --fail mount=ENOPE"],
    [["--format", "xml"], "Unknown format: xml (known: text, json)"],
    [
      ["--platform", "plan9"],
      "Unknown platform: plan9 (known: linux, freebsd)",
    ],
  ] as const
) {
  Deno.test(`plan refuses ${words.join(" ")}`, async () => {
    assert.deepEqual(await run(["plan", ...words]), {
      status: 2,
      stdout: "",
      stderr: `krun-init: plan: ${message} (see krun-init plan --help)\n`,
    });
  });
}

Deno.test("plan names what it can't use", async () => {
  for (
    const [words, message] of [
      [["--config", "/no/file"], /Cannot read \/no\/file: No such file/],
      [["--rootfs", "/no/root"], /Not a directory: \/no\/root/],
      [["--fail", "nope=EIO"], /This boot has no call nope/],
      [["--feature", "nope"], /Unknown feature: nope \(known: /],
      [
        ["--feature", "none", "--feature", "tdx"],
        /--feature none goes with no other --feature/,
      ],
      // Linux has it, FreeBSD has not.
      [
        ["--platform", "freebsd", "--fail", "mount=EUCLEAN"],
        /Unknown errno: EUCLEAN/,
      ],
      [["--platform", "freebsd", "--cmdline", "a"], /--cmdline is for Linux/],
      [["--stage", "nope"], /Unknown stage: nope \(known: [a-zA-Z]+, /],
    ] as const
  ) {
    const { status, stdout, stderr } = await run(["plan", ...words]);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  }
});
