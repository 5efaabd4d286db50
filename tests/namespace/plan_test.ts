/**
 * Tests that a plan is what the boot does: the image boots under strace, and
 * every call from the shim's text that changes something is compared with the
 * plan's operations.
 */

import assert from "#assert";
import type {
  Plan,
  PlannedStage,
} from "../../tools/command_line/plan/make_plan.ts";
import { ensurePrograms } from "../../tools/programs.ts";
import { toolImage } from "../fixtures/image.ts";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import { boot, type BootOptions, complaints, lines } from "./guest.ts";
import { comparable, operationsOf, withoutDescriptors } from "./shim_calls.ts";

await ensurePrograms([{ program: "strace", package: "strace" }]);

const folders = ["dev", "proc", "sys", "tmp", "work"];
const root = await makeRoot({
  busybox: true,
  folders: [...folders, "full/inner", "run"],
  files: {
    "/full/file": { content: "some", mode: 0o640 },
    "/full/inner/program": { content: "", mode: 0o4755 },
  },
});
await Deno.symlink("../run/made", `${root}/full/link`);
await Deno.chown(`${root}/full/inner`, 33, 34);
const command = ["/bin/sh", "-c", "exit 7"];

/** What no user namespace may mount. */
const refused = [
  'mount("devtmpfs", "/dev", "devtmpfs", relatime)=EPERM',
  'mount("cgroup2", "/sys/fs/cgroup", "cgroup2", nosuid|nodev|noexec|relatime)=EPERM',
];

/** A boot, and what a plan has to be told of it. */
interface Input {
  readonly env?: readonly string[];
  readonly config?: unknown;
  readonly fails?: readonly string[];
}

/** The command-line tool's plan of such a boot. */
async function plan({ env = [], config, fails = [] }: Input): Promise<Plan> {
  const file = await Deno.makeTempFile({ prefix: "krun-plan-" });
  await Deno.chmod(file, 0o644);
  await Deno.writeTextFile(file, JSON.stringify(config ?? {}));
  const words = command.map((word) => `"${word}"`).join(" ");
  const { stdout, stderr } = await new Deno.Command(await toolImage(), {
    args: [
      ...["plan", "--format", "json", "--rootfs", root],
      ...["--cmdline", `quiet -- ${words}`],
      ...config === undefined ? [] : ["--config", file],
      ...env.flatMap((item) => ["--env", item]),
      ...fails.flatMap((fail) => ["--fail", fail]),
    ],
  }).output();
  await Deno.remove(file);
  assert.equal(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Boots under strace; gives what it wrote, too. */
async function traced(
  { env = [], config }: Input,
  ...options: readonly string[]
): Promise<{ outcome: Outcome; trace: string }> {
  const file = await Deno.makeTempFile({ prefix: "krun-strace-" });
  const bootOptions: BootOptions = {
    args: command,
    env: ["HOME=/", "TERM=linux", ...env],
    runner: ["strace", "-f", "-i", "-s", "4096", ...options, "-o", file],
    ...config === undefined ? {} : { config },
  };
  const outcome = await boot(root, bootOptions);
  const trace = await Deno.readTextFile(file);
  await Deno.remove(file);
  return { outcome, trace };
}

function changesOf(stages: readonly PlannedStage[]): string[] {
  return stages.flatMap(({ steps }) => steps)
    .flatMap((step) => "operation" in step ? [step.operation] : [])
    .flatMap((operation) => comparable(operation) ?? [])
    .map(withoutDescriptors);
}

const tmpfs = (destination: string, ...options: string[]): unknown => ({
  ...{ destination, type: "tmpfs", source: "tmpfs", options },
});

const inputs: Readonly<Record<string, Input>> = {
  "nothing in particular": {},
  "a config with tmpfs mounts, one of them there already": {
    config: {
      cwd: "/work",
      mounts: [
        tmpfs("/work/a b", "size=1m", "ro"),
        tmpfs("/proc"),
        tmpfs("/tmp"),
      ],
    },
  },
  "a config with tmpfs mounts that follow a link, spread, and begin with what lies beneath":
    {
      config: {
        cwd: "/work/made/here",
        mounts: [
          tmpfs("/full", "tmpcopyup", "ro", "rprivate", "mode=700"),
          tmpfs("/full/link", "slave"),
          tmpfs("/work/made"),
        ],
      },
    },
  "a config with binds of a directory and of a file, and a host's": {
    config: {
      annotations: { "krun-init.oci": "1" },
      mounts: [
        { destination: "/work/bound", type: "bind", source: "/full" },
        {
          ...{ destination: "/work/file", source: "/full/file" },
          options: ["rbind", "ro", "rprivate"],
        },
        { destination: "/work/none", type: "bind", source: "/of/the/host" },
      ],
    },
  },
  "a config with an overlay of the guest's layers, and queues": {
    config: {
      mounts: [
        tmpfs("/tmp"),
        {
          ...{ destination: "/work/both", type: "overlay", source: "overlay" },
          options: [
            ...["lowerdir=/full", "upperdir=/tmp/upper"],
            ...["workdir=/tmp/work", "userxattr", "nodev"],
          ],
        },
        { destination: "/dev/mqueue", type: "mqueue", source: "mqueue" },
      ],
    },
  },
  "a config that confines its workload": {
    config: {
      annotations: { "krun-init.oci": "1" },
      root: { readonly: true },
      linux: {
        sysctl: { "net.ipv4.ip_forward": "1" },
        maskedPaths: ["/full/file", "/full/inner", "/full/none"],
        readonlyPaths: ["/proc/sys", "/work", "/none"],
      },
      process: { oomScoreAdj: 5, capabilities: { bounding: ["CAP_KILL"] } },
    },
  },
  "an OCI config with host name, user and limits": {
    config: {
      annotations: { "krun-init.oci": "1" },
      process: {
        args: command,
        user: { uid: 0, gid: 0 },
        rlimits: [{ type: "RLIMIT_NOFILE", soft: 64, hard: 128 }],
      },
      hostname: "of-config",
    },
  },
  "a host name": { env: ["HOSTNAME=guest-1"] },
  "a host name that is too long": { env: [`HOSTNAME=${"x".repeat(65)}`] },
  "DHCP without the device": {
    env: ["KRUN_DHCP=1"],
    fails: ['interfaceUp("eth0")=ENODEV'],
  },
  "limits": { env: ["KRUN_RLIMITS=7=64:128,x"] },
  "a working directory": { env: ["KRUN_WORKDIR=work"] },
  "a working directory that is not there": { env: ["KRUN_WORKDIR=/none"] },
  "a trace in a file": { env: ["KRUN_INIT_TRACE=/work/trace"] },
  "a command that is not there": { config: { args: ["no-such-command"] } },
  "a command that is a directory": { config: { args: ["/work"] } },
};

for (const [name, input] of Object.entries(inputs)) {
  Deno.test(`the boot makes the changes that its plan has: ${name}`, async () => {
    const fails = [...refused, ...input.fails ?? []];
    const planned = await plan({ ...input, fails });
    const { outcome, trace } = await traced(input);
    const made = operationsOf(trace).map(withoutDescriptors);
    assert.deepEqual(made, changesOf(planned.stages));
    assert.ok(made.length > 20);
    assertSameEnd(outcome, planned);
  });
}

Deno.test("a boot with another host name is not the plan's", async () => {
  const planned = await plan({ env: ["HOSTNAME=a"], fails: refused });
  const { trace } = await traced({ env: ["HOSTNAME=b"] });
  assert.notDeepEqual(
    operationsOf(trace).map(withoutDescriptors),
    changesOf(planned.stages),
  );
});

/** The workload's status or 125 with the plan's reason; the same warnings. */
function assertSameEnd(outcome: Outcome, { outcome: end, stages }: Plan): void {
  assert.equal(outcome.ended, "reboot");
  assert.equal(outcome.status, end.kind === "failure" ? end.status : 7);
  const told = stages.flatMap((stage) =>
    stage.steps.flatMap((step) => {
      const text = "warn" in step
        ? step.warn
        : "fail" in step
        ? step.fail
        : undefined;
      return text === undefined ? [] : [`krun-init: ${stage.name}: ${text}`];
    })
  ).filter((line) => !line.includes('mount("cgroup2"'));
  // The supervisor's own words, such as those on limits, are not the plan's.
  const said = complaints(outcome).filter((line) =>
    !/^krun-init: workload: (setrlimit|execve) /.test(line)
  );
  assert.deepEqual(said, told);
}

/** Failures that strace can bring about: the call, its path, and the plan's text. */
const injections: readonly (readonly [
  call: string,
  path: string | undefined,
  operation: string,
])[] = [
  ["mkdirat", "/dev/pts", 'mkdir("/dev/pts", 0755)'],
  ["mkdirat", "/dev/shm", 'mkdir("/dev/shm", 0755)'],
  [
    "mount",
    "/proc",
    'mount("proc", "/proc", "proc", nosuid|nodev|noexec|relatime)',
  ],
  [
    "mount",
    "/sys",
    'mount("sysfs", "/sys", "sysfs", nosuid|nodev|noexec|relatime)',
  ],
  [
    "mount",
    "/dev/pts",
    'mount("devpts", "/dev/pts", "devpts", nosuid|noexec|relatime)',
  ],
  [
    "mount",
    "/dev/shm",
    'mount("tmpfs", "/dev/shm", "tmpfs", nosuid|noexec|relatime)',
  ],
  ["symlinkat", "/dev/fd", 'symlink("/proc/self/fd", "/dev/fd")'],
  ["symlinkat", "/dev/stdin", 'symlink("/proc/self/fd/0", "/dev/stdin")'],
  ["symlinkat", "/dev/stdout", 'symlink("/proc/self/fd/1", "/dev/stdout")'],
  ["fchmodat", "/dev/kvm", 'chmod("/dev/kvm", 0666)'],
  ["sethostname", undefined, 'sethostname("localhost")'],
  ["chdir", "/work", 'chdir("/work")'],
  ["openat2", "/.krun_config.json", 'read("/.krun_config.json", first root)'],
];

for (const [call, path, operation] of injections) {
  Deno.test(`the boot ends as planned where ${operation} fails`, async () => {
    const input = { env: ["KRUN_WORKDIR=/work"] };
    const fails = [...refused, `${operation}=EIO`];
    const planned = await plan({ ...input, fails });
    const { outcome, trace } = await traced(
      input,
      ...path === undefined ? [] : ["-P", path],
      ...["-e", `inject=${call}:error=EIO`],
    );
    assert.ok(trace.includes("(INJECTED)"));
    assertSameEnd(outcome, planned);
    const isFatal = planned.outcome.kind === "failure";
    assert.ok(
      isFatal || lines(outcome.stderr).some((line) => line.includes("EIO")),
    );
  });
}

/** What changes a file system or reaches for a network, where it succeeds. */
const effect =
  /\b(O_CREAT|O_WRONLY|O_RDWR|AF_INET6?|AF_NETLINK|connect|sendto|bind|mkdir(at)?|mknod(at)?|unlink(at)?|rename(at2?)?|f?chmod(at)?|f?chown(at)?|symlink(at)?|link(at)?|truncate|mount)\b(?!.* = -1 )/;

/** Of Deno's, which has none for a person: not even a look at one. */
const database = /_cache_v2\b/;

/** What a program does to files and networks, as a user without rights. */
async function effectsOf(
  program: string,
  ...args: readonly string[]
): Promise<string[]> {
  const file = await Deno.makeTempFile({ prefix: "krun-strace-" });
  const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
  const { success, stderr } = await new Deno.Command("strace", {
    args: [
      ...["-f", ...user, "-e", "trace=%file,%net,ftruncate,fchmod", "-o", file],
      ...[program, ...args],
    ],
    cwd: "/",
    clearEnv: true,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const trace = await Deno.readTextFile(file);
  await Deno.remove(file);
  // Deno's own folder has a name that is too long for any file system.
  const impossible = `/${"-".repeat(256)}`;
  return lines(trace).filter((line) =>
    (effect.test(line) || database.test(line)) && !line.includes(impossible)
  );
}

Deno.test("plan needs no privilege, and writes and connects nowhere", async () => {
  const folder = await makeRoot({
    files: { "/krun-init": { from: await toolImage() } },
  });
  const program = `${folder}/krun-init`;
  const words = [
    ...["--env", "KRUN_DHCP=1", "--rootfs", folder],
    ...["--env", "KRUN_INIT=/krun-init"],
  ];
  assert.deepEqual(await effectsOf(program, "plan", ...words), []);
  // It would have shown.
  assert.notDeepEqual(await effectsOf("/bin/sh", "-c", ": > /dev/null"), []);
});
