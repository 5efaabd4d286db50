/**
 * Tests that a workload can't tell that Deno ran before it: it finds what it
 * finds under minimal_init, and of the boot nothing is left.
 */

import assert from "#assert";
import { workloadState } from "../fixtures/compile.ts";
import { image } from "../fixtures/image.ts";
import {
  type Bytes,
  makeRoot,
  minimalInit,
  runInNamespace,
} from "../fixtures/namespace.ts";
import {
  characters,
  differences,
  parseState,
  type State,
} from "../fixtures/workload_state.ts";
import { type BootOptions, bootScript, complaints, lines } from "./guest.ts";

const root = await makeRoot({
  busybox: true,
  files: {
    "/bin/workload_state": { from: await workloadState() },
  },
});

/** Runs workload_state and takes what it writes apart. */
async function stateUnder(
  init: string,
  options: BootOptions = {},
): Promise<State> {
  const { stdout, stderr } = await runInNamespace({
    root,
    init,
    args: ["/bin/workload_state"],
    ...options,
  });
  assert.notEqual(stdout, "", stderr);
  return parseState(stdout);
}

/** What Deno, its V8, its runtime library or the loader would listen to. */
const misleading: readonly Bytes[] = [
  "HOME=/",
  "TERM=linux",
  "LD_PRELOAD=/nonexistent",
  "LD_LIBRARY_PATH=/nonexistent",
  "LD_DEBUG=all",
  "GLIBC_TUNABLES=glibc.malloc.check=3",
  "MALLOC_PERTURB_=1",
  "DENO_V8_FLAGS=--bogus",
  "DENO_DIR=/nonexistent",
  "DENO_LOG=trace",
  "DENO_NO_UPDATE_CHECK=",
  "NODE_OPTIONS=--inspect",
  "NODE_DEBUG=*",
  "RUST_LOG=trace",
  "RUST_BACKTRACE=full",
  "RUST_MIN_STACK=1",
  "NO_COLOR=",
  "PATH=/nonexistent",
  "TMPDIR=/nonexistent",
  "TZ=:/nonexistent",
  "LANG=xx_XX",
];

/** What no program expects. */
const strange: readonly Bytes[] = [
  Uint8Array.of(0x42, 0x3d, 0xff, 0xfe, 0x0a, 0xc3),
  "A=1",
  "A=2",
  "no equals sign",
  "=",
  "=value",
  "",
  "LINES=a\nb",
  "KRUN_UNKNOWN=1",
];

const variants: Readonly<Record<string, BootOptions>> = {
  "at its simplest": {},
  "with the limits of another kernel": { nofile: [256, 512] },
  "on a FUSE root": { fuse: {} },
  "on a read-only root": { readOnly: true },
  "with an environment that Deno would listen to": { env: misleading },
  "with an environment that no one expects": { env: strange },
  "without an environment": { env: [] },
};

for (const [variant, options] of Object.entries(variants)) {
  Deno.test(`the workload finds what it would under a minimal C init, ${variant}`, async () => {
    const state = await stateUnder(await image(), options);
    const expected = await stateUnder(await minimalInit(), options);
    assert.deepEqual(state, expected);
  });
}

Deno.test("what is compared is all that there is", async () => {
  const state = await stateUnder(await image());
  // Of each kind, what a kernel or a mistake could leave out unnoticed.
  for (
    const name of [
      "call armed timers",
      "cgroup",
      "coredump_filter",
      "fd 2",
      "limits Max stack size",
      "link root",
      "mounts",
      "oom_score_adj",
      "personality",
      "stat foreground group",
      "status CoreDumping",
      "status Groups",
      "status Seccomp",
      "status ShdPnd",
      "status Speculation_Store_Bypass",
      "timerslack_ns",
    ]
  ) {
    assert(Object.hasOwn(state, name), name);
  }
  assert.deepEqual(
    Object.keys(state).filter((name) => name.startsWith("fd ")),
    ["fd 0", "fd 1", "fd 2"],
  );
});

Deno.test("the workload that takes PID 1's place finds the same", async () => {
  const options = { env: ["KRUN_INIT_PID1=1"] };
  const state = await stateUnder(await image(), options);
  const child = await stateUnder(await minimalInit(), options);
  // The size of the table of descriptors, which never shrinks: the pipeline shared it, and
  // whether it grew depends on how many descriptors Deno had open at once.
  const found = differences(state, child).filter((name) =>
    name !== "status FDSize"
  );
  assert.deepEqual(found.toSorted(), [
    // Nsrun's, which an exec does not clear but a fork does.
    "call death signal",
    "stat parent",
    // Of a session that PID 1 leads: that is the workload itself.
    "stat session",
    "status NSsid",
    "status PPid",
  ]);
  assert.equal(state["status PPid"], "0");
  assert.equal(state["status SigIgn"], "0000000000000000");
});

/** Changes that a shell makes before it becomes the workload, and what they change. */
const impurities: readonly (readonly [string, readonly string[]])[] = [
  ["", []],
  ["trap '' PIPE;", ["status SigIgn"]],
  ["ulimit -Sn 100;", ["limits Max open files"]],
  ["ulimit -t 1000;", ["limits Max cpu time"]],
  ["exec 5< /dev/null;", ["fd 5"]],
  ["exec < /;", ["fd 0"]],
  ["umask 077;", ["call umask", "status Umask"]],
  ["cd /tmp;", ["environ", "link cwd"]],
  ["export A=1;", ["environ"]],
  ["echo 5 > /proc/self/oom_score_adj;", ["oom_score_adj"]],
  ["echo 1 > /proc/self/coredump_filter;", ["coredump_filter"]],
  ["mount -t tmpfs x /tmp;", ["mounts"]],
  ["renice -n 3 $$;", ["call nice", "stat nice", "stat priority"]],
  ["umount /dev/shm;", ["mounts"]],
];

Deno.test("the comparison notices each impurity", async () => {
  const init = await minimalInit();
  const run = (script: string): Promise<State> =>
    stateUnder(init, { args: ["/bin/sh", "-c", script] });
  const pure = await run("exec /bin/workload_state");
  for (const [change, expected] of impurities) {
    const state = await run(`${change} exec /bin/workload_state`);
    assert.deepEqual(differences(pure, state).toSorted(), expected, change);
  }
});

/** What /proc shows for strings that a kernel was given. */
function terminated(strings: readonly Bytes[]): string {
  return strings.map((string) => `${characters(string)}\0`).join("");
}

Deno.test("the workload gets its arguments byte for byte", async () => {
  const args = [
    "/bin/workload_state",
    "",
    "a b\n\t",
    Uint8Array.of(0xff, 0xc3, 0x28, 0x80),
    "--inspect",
    "--",
    "-A",
    "é",
  ];
  const { cmdline } = await stateUnder(await image(), { args });
  assert.equal(cmdline, terminated(args));

  const named = await stateUnder(await image(), {
    args: args.slice(1),
    env: ["KRUN_INIT=/bin/workload_state"],
  });
  assert.equal(named.cmdline, cmdline);
});

Deno.test("the workload gets the kernel's environment byte for byte and nothing more", async () => {
  const env = [...misleading, ...strange];
  const { environ } = await stateUnder(await image(), { env });
  assert.equal(environ, terminated(env));
});

Deno.test("an environment that Deno would listen to changes nothing in the boot", async () => {
  const outcome = await bootScript(root, "exit 7", {
    env: [...misleading, ...strange],
  });
  assert.deepEqual(complaints(outcome), []);
  assert.equal(outcome.stdout, "");
  assert.equal(outcome.status, 7);
});

Deno.test("the workload gets SIGPIPE as any program does", async () => {
  const { stderr } = await bootScript(root, "yes | head -1");
  assert.doesNotMatch(stderr, /Broken pipe/);
  const ignoring = await bootScript(root, "trap '' PIPE; yes | head -1");
  assert.match(ignoring.stderr, /Broken pipe/);
});

/** What a script writes under the image and under the minimal init, in lines. */
async function underBoth(script: string): Promise<[string[], string[]]> {
  const { stdout } = await bootScript(root, script);
  const minimal = await bootScript(root, script, { init: await minimalInit() });
  return [lines(stdout), lines(minimal.stdout)];
}

/** Gives PID 1, which starts the workload first, the time to become the supervisor. */
const settle = "sleep 0.5";

Deno.test("no process is left but PID 1 and the workload", async () => {
  const { stdout } = await bootScript(
    root,
    // By the shell itself, which then is the only process beside PID 1.
    `${settle}; cd /proc; for pid in [0-9]*; do read -r name < $pid/comm; echo $name; done`,
  );
  assert.deepEqual(lines(stdout), ["krun-init", "sh"]);
});

Deno.test("no file is left that the minimal init does not leave, but for links in /dev", async () => {
  const prune = "-path /proc -prune -o -path /sys -prune -o";
  const [files, expected] = await underBoth(`find / ${prune} -print | sort`);
  assert(expected.includes("/bin/workload_state"));
  const links = ["/dev/fd", "/dev/stderr", "/dev/stdin", "/dev/stdout"];
  assert.deepEqual(files.filter((file) => !links.includes(file)), expected);
  assert.deepEqual(links.filter((link) => files.includes(link)), links);
});

Deno.test("PID 1 holds its stdio, the root directory and its signals, and nothing else", async () => {
  const { stdout } = await bootScript(
    root,
    `${settle}; cd /proc/1/fd; for fd in *; do readlink $fd; done`,
  );
  assert.deepEqual(
    lines(stdout).map((line) => line.replace(/\d{2,}/, "N")),
    ["/dev/null", "pipe:[N]", "pipe:[N]", "/", "anon_inode:[signalfd]"],
  );
});

Deno.test("PID 1 maps nothing of the image or of Deno", async () => {
  const { stdout } = await bootScript(
    root,
    `${settle}; tr -s ' ' < /proc/1/maps | cut -d' ' -f6- | sort -u`,
  );
  assert.deepEqual(
    lines(stdout).filter((name) => !name.startsWith("[") && name !== ""),
    ["/memfd:krun-init (deleted)"],
  );
});

Deno.test("PID 1 takes at most 64 KB of memory while the workload runs", async () => {
  const { stdout } = await bootScript(
    root,
    `${settle}; grep ^Pss: /proc/1/smaps_rollup`,
  );
  const kilobytes = Number(/(\d+) kB/.exec(stdout)?.[1]);
  assert(kilobytes > 0 && kilobytes <= 64, `${kilobytes} KB`);
});
