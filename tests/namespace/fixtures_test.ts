/** Tests of the fixtures of the namespace tests: they must be what they claim to be. */

import assert from "#assert";
import {
  type GuestOptions,
  makeMuslRoot,
  makeRoot,
  minimalInit,
  nsrun,
  type Outcome,
  overlayFs,
  runInNamespace,
} from "../fixtures/namespace.ts";

const init = await minimalInit();
const root = await makeRoot({
  busybox: true,
  files: { "/bin/minimal_init": { from: init } },
});
const busybox = `${root}/bin/busybox`;

/** Runs a shell script as the workload of the minimal init. */
function runScript(
  script: string,
  options: Partial<GuestOptions> = {},
): Promise<Outcome> {
  return runInNamespace({
    root,
    init,
    args: ["/bin/sh", "-c", script],
    ...options,
  });
}

/** Runs a shell script as PID 1 itself, in the untouched state that nsrun leaves. */
function runAsInit(
  script: string,
  options: Partial<GuestOptions> = {},
): Promise<Outcome> {
  return runInNamespace({
    root,
    init: busybox,
    argv0: "sh",
    args: ["-c", `PATH=/bin; ${script}`],
    ...options,
  });
}

/** A time to sleep that names this process, to find its guests' processes on the host. */
const endless = `98765.${Deno.pid}`;

/** Counts the host's processes whose command line holds a text. */
async function countProcesses(text: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`)
      .catch(() => "");
    if (line.includes(text)) count++;
  }
  return count;
}

/** Waits until a condition holds, five seconds at most. */
async function eventually(
  condition: () => Promise<boolean>,
): Promise<boolean> {
  for (let tries = 0; tries < 500; tries++) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** What `od -An -v -tx1` of a file in the guest wrote. */
const octets = (outcome: Outcome): string =>
  outcome.stdout.trim().replace(/\s+/g, " ");

Deno.test("nsrun starts the init in six new namespaces and the host's cgroups", async () => {
  const kinds = ["user", "pid", "mnt", "net", "uts", "ipc", "cgroup"];
  const { stdout } = await runScript(
    kinds.map((kind) => `readlink /proc/1/ns/${kind}`).join(";"),
  );
  const guest = stdout.trim().split("\n");
  const same = kinds.filter((kind, n) =>
    Deno.readLinkSync(`/proc/self/ns/${kind}`) === guest[n]
  );
  assert.equal(guest.length, kinds.length);
  assert.deepEqual(same, ["cgroup"]);
});

Deno.test("nsrun has the kernel refuse a system call", async () => {
  const sethostname = Deno.build.arch === "x86_64" ? 170 : 161;
  const script = "hostname box 2>&1; mkdir -p /proc; mount -t proc p /proc;" +
    " grep NoNewPrivs /proc/self/status";
  const { stdout } = await runAsInit(script, { refuse: [sethostname, 38] });
  assert.match(stdout, /not implemented/);
  assert.match(stdout, /NoNewPrivs:\t0/);
});

Deno.test("nsrun has the kernel refuse a mount that would reach the host", async () => {
  const { stdout } = await runScript(
    "mkdir /tmp/c; mount -t cgroup2 c /tmp/c 2>&1",
  );
  assert.match(stdout, /permission denied/i);
});

Deno.test("nsrun gives the guest of a caller who is root other users", {
  ignore: Deno.uid() !== 0,
}, async () => {
  const { stdout } = await runScript(
    "echo > /tmp/f; chown 1000:1001 /tmp/f; stat -c '%u %g' /tmp/f",
  );
  assert.equal(stdout, "1000 1001\n");
});

Deno.test("nsrun passes the environment byte for byte", async () => {
  const env = [
    "PATH=/bin",
    Uint8Array.of(0x42, 0x3d, 0xff, 0xfe, 0x0a, 0xc3),
    "A=1",
    "A=2",
    "no equals sign",
    "=",
    "",
  ];
  const outcome = await runScript("od -An -v -tx1 /proc/1/environ", { env });
  const sent = new TextEncoder().encode("A=1\0A=2\0no equals sign\0=\0\0");
  assert.equal(
    octets(outcome),
    hex(
      Uint8Array.of(
        ...new TextEncoder().encode("PATH=/bin\0"),
        ...env[1] as Uint8Array,
        0,
        ...sent,
      ),
    ),
  );
});

Deno.test("nsrun passes the arguments byte for byte", async () => {
  const argv0 = Uint8Array.of(0x2f, 0xe9, 0x80);
  const script = "od -An -v -tx1 /proc/1/cmdline";
  const tail = Uint8Array.of(0xff, 0x20, 0x0a);
  const outcome = await runInNamespace({
    root,
    init,
    argv0,
    args: ["/bin/sh", "-c", script, "", tail],
  });
  assert.equal(
    octets(outcome),
    hex(Uint8Array.of(
      ...argv0,
      ...new TextEncoder().encode(`\0/bin/sh\0-c\0${script}\0\0`),
      ...tail,
      0,
    )),
  );
});

Deno.test("runInNamespace refuses a string with a NUL", async () => {
  await assert.rejects(
    runScript("true", { env: { NAME: "a\0b" } }),
    /A string for a guest holds a NUL: NAME=a\0b/,
  );
});

Deno.test("nsrun gives the init the directory, mounts and names that a kernel does", async () => {
  const { stdout } = await runAsInit(
    `mount -t proc proc /proc; echo $$; pwd; umask; hostname; id -G;
     cut -d' ' -f2 /proc/mounts; env | sort`,
  );
  assert.deepEqual(stdout.trim().split("\n"), [
    "1",
    "/",
    "0022",
    "(none)",
    "0",
    "/",
    "/dev",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/tty",
    "/dev/random",
    "/dev/urandom",
    "/proc",
    "HOME=/",
    "PATH=/bin",
    "PWD=/",
    "SHLVL=1",
    "TERM=linux",
  ]);
});

Deno.test("nsrun gives the init the signals, limits and descriptors that a kernel does", async () => {
  // The caller's are different: the shell ignores signals and has more open files.
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: [
      "-c",
      `trap '' PIPE HUP USR1; exec 5< /dev/null; "$@"`,
      "sh",
      await nsrun(),
      "--init",
      "/bin/minimal_init",
      root,
      "/bin/sh",
      "-c",
      `grep -E 'Sig(Blk|Ign|Cgt)' /proc/1/status; ls /proc/1/fd;
       grep 'open files' /proc/1/limits | tr -s ' '`,
    ],
    stderr: "null",
  }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
    "SigBlk:\t0000000000000000",
    "SigIgn:\t0000000000000000",
    "SigCgt:\t0000000000000000",
    "0",
    "1",
    "2",
    "Max open files 1024 4096 files",
  ]);
});

Deno.test("nsrun sets the limit of open files that is asked for", async () => {
  const { stdout } = await runScript("ulimit -Sn; ulimit -Hn", {
    nofile: [256, 1024],
  });
  assert.equal(stdout, "256\n1024\n");
});

Deno.test("nsrun can start the init without descriptors 0, 1 and 2", async () => {
  const script = "set -- /proc/1/fd/*; echo $* > /tmp/descriptors";
  const read = () => Deno.readTextFile(`${root}/tmp/descriptors`);
  await runScript(script);
  assert.equal(await read(), "/proc/1/fd/0 /proc/1/fd/1 /proc/1/fd/2\n");
  await runScript(script, { closeStdio: true });
  assert.equal(await read(), "/proc/1/fd/*\n");
});

Deno.test("nsrun can start an init that has no name any more", async () => {
  const { stdout, status } = await runScript(
    "readlink /proc/1/exe; ls /init.krun",
    { unlinked: true },
  );
  assert.equal(stdout, "/init.krun (deleted)\n");
  assert.equal(status, 1);
});

Deno.test("nsrun can mount the root read-only, but not /dev", async () => {
  const script = "> /dev/file && ! > /file";
  const { status, stderr } = await runScript(script, { readOnly: true });
  assert.equal(status, 0);
  assert.match(stderr, /\/file: Read-only file system/);
  assert.equal((await runScript(script)).status, 1);
});

Deno.test("nsrun can leave /dev alone and can give it a console", async () => {
  const bare = await runAsInit("echo /dev/*", { noDev: true });
  assert.equal(bare.stdout, "/dev/*\n");

  const file = await Deno.makeTempFile();
  await runScript("echo hello > /dev/console", { console: file });
  assert.equal(await Deno.readTextFile(file), "hello\n");
  await Deno.remove(file);
});

Deno.test("nsrun tells the ends of an init apart", async () => {
  assert.equal((await runAsInit("reboot -f")).ended, "reboot");
  assert.equal((await runAsInit("poweroff -f")).ended, "poweroff");
  assert.equal((await runAsInit("exit 125")).ended, "exit 125");
});

Deno.test("nsrun measures from the execve to the end", async () => {
  const before = performance.now();
  const { nanoseconds } = await runScript("sleep 0.2");
  const milliseconds = nanoseconds / 1e6;
  assert(milliseconds > 200, `${milliseconds} ms`);
  assert(milliseconds < performance.now() - before, `${milliseconds} ms`);
});

Deno.test("nsrun names what it could not start", async () => {
  const nowhere = runInNamespace({ root: "/nonexistent", init, fuse: {} });
  await assert.rejects(nowhere, /Cannot mount FUSE on \/nonexistent: No such/);
  const text = await makeRoot({ files: { "/text": "not a program" } });
  await assert.rejects(
    runInNamespace({ root: text, init: `${text}/text` }),
    /Cannot start a guest: nsrun: Cannot execute \/init.krun: Permission denied/,
  );
});

for (
  const [kind, fuse] of [
    ["a bind mount", {}],
    ["a FUSE root", { fuse: {} }],
    ["a FUSE root under pressure", { fuse: { invalidate: 1 } }],
  ] as const
) {
  Deno.test(`nsrun leaves nothing of ${kind} behind after a timeout`, async () => {
    const mounts = await Deno.readTextFile("/proc/self/mountinfo");
    const outcome = await runScript(
      `sleep ${endless} & while :; do cat /bin/busybox; done > /dev/null`,
      { timeout: 300, ...fuse },
    );
    assert.equal(outcome.ended, "timeout");
    assert.equal(await countProcesses(endless), 0);
    assert.equal(await countProcesses(root), 0);
    assert.equal(await Deno.readTextFile("/proc/self/mountinfo"), mounts);
  });
}

Deno.test("nsrun takes guest and server with it when it is killed", async () => {
  const count = async (): Promise<number> =>
    await countProcesses(endless) + await countProcesses(root);
  const child = new Deno.Command(await nsrun(), {
    args: ["--init", "/bin/minimal_init", "--fuse", await overlayFs(), "--"]
      .concat(root, "/bin/sleep", endless),
  }).spawn();
  // The init and its workload, the server, and nsrun, which both texts find.
  assert(await eventually(async () => await count() >= 5));
  child.kill("SIGKILL");
  await child.status;
  assert(await eventually(async () => await count() === 0));
});

Deno.test("overlay_fs records the exit code's ioctl on the root", async () => {
  for (const code of [0, 1, 7, 255]) {
    const { status, fuseLog, ended, stderr } = await runScript(`exit ${code}`, {
      fuse: {},
    });
    assert.equal(ended, "reboot");
    assert.equal(status, code);
    assert(fuseLog.includes(`ioctl cmd=0x7602 arg=${code} node=1`));
    assert.equal(stderr, "");
  }
});

Deno.test("overlay_fs can lose that ioctl, so that the init says the code", async () => {
  const { status, stderr } = await runScript("exit 9", {
    fuse: { loseIoctl: true },
  });
  assert.equal(stderr, "krun-init: exit-code 9\n");
  assert.equal(status, 9);
});

Deno.test("overlay_fs finds an overlay file by one look-up and never in a list", async () => {
  const { stdout, stderr, fuseLog } = await runScript(
    "ls / | grep config; cat /.krun_config.json; cat /.krun_config.json",
    { fuse: {}, config: { env: ["A=1"] } },
  );
  assert.equal(stdout, '{"env":["A=1"]}');
  assert.match(stderr, /can't open '\/.krun_config.json': No such file/);
  assert.deepEqual(
    fuseLog.filter((line) => line.includes("config")).slice(0, 5),
    [
      "lookup /.krun_config.json",
      "open /.krun_config.json",
      "read /.krun_config.json offset=0 size=4096",
      "release /.krun_config.json",
      "lookup-gone /.krun_config.json",
    ],
  );
});

Deno.test("overlay_fs lets no one change an overlay file", async () => {
  const { stderr, stdout } = await runScript(
    "> /write; touch /change; mkdir /make; stat -c '%a %u %Y' /look",
    {
      fuse: {
        writable: true,
        overlay: Object.fromEntries(
          ["/write", "/change", "/make", "/look"].map((name) => [name, init]),
        ),
      },
    },
  );
  assert.match(stderr, /create \/write: Permission denied/);
  assert.match(stderr, /\/change: Operation not permitted/);
  assert.match(stderr, /create directory '\/make': File exists/);
  assert.equal(stdout, "755 0 0\n");
});

/** Reads a part of an overlay file that the kernel has not read ahead. */
const readFar = "dd bs=64k skip=10 count=1 <&3 > /dev/null";
const overlaidTool = { overlay: { "/tool": busybox } };

Deno.test("overlay_fs keeps a file's data while its only handle is open", async () => {
  const { status, fuseLog } = await runScript(`exec 3< /tool; ${readFar}`, {
    fuse: overlaidTool,
  });
  assert.equal(status, 0);
  assert(!fuseLog.includes("read-after-release /tool"));
});

Deno.test("overlay_fs takes a file's data away when a second handle is released", async () => {
  const { status, stderr, fuseLog } = await runScript(
    `exec 3< /tool; : < /proc/self/fd/3; ${readFar}`,
    { fuse: overlaidTool },
  );
  assert.equal(status, 1);
  assert.match(stderr, /Bad file descriptor|I\/O error/);
  assert(fuseLog.includes("read-after-release /tool"));
});

/** Commands of the shell whose code has not run yet, so that its pages are wanted. */
const useNewPages = "test 1 = 1; printf %s x; exit 5";

Deno.test("overlay_fs lets a program run whose file is opened once", async () => {
  const { ended, fuseLog } = await runAsInit(
    `mount -t proc proc /proc; ${useNewPages}`,
    { fuse: {} },
  );
  assert.equal(ended, "exit 5");
  assert(!fuseLog.includes("read-after-release /init.krun"));
});

Deno.test("overlay_fs kills a program whose file is opened again and closed", async () => {
  const { ended, fuseLog } = await runAsInit(
    `mount -t proc proc /proc; : < /proc/self/exe; ${useNewPages}`,
    { fuse: {} },
  );
  assert.equal(ended, "signal 7", "SIGBUS: a page of it could not be had");
  assert(fuseLog.includes("read-after-release /init.krun"));
});

/** Runs PID 1 from an overlay file for a while; returns how often any part of the file was read again. */
async function countRepeatedReads(invalidate?: number): Promise<number> {
  const { ended, fuseLog } = await runAsInit(
    "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exit 5",
    { fuse: invalidate === undefined ? {} : { invalidate } },
  );
  assert.equal(ended, "exit 5");
  const reads = fuseLog.filter((line) => line.startsWith("read /init.krun"));
  return reads.length - new Set(reads).size;
}

Deno.test("overlay_fs drops the pages of a running program when it is asked to", async () => {
  assert.equal(await countRepeatedReads(), 0);
  assert.notEqual(await countRepeatedReads(20), 0);
});

Deno.test("overlay_fs passes changes on only where it may", async () => {
  const script = `cd /tmp && mkdir d && echo one > d/f && echo two >> d/f &&
    chmod 600 d/f && ln -s f d/l && cat d/l && stat -c %a d/l d/f &&
    rm -r d && ls`;
  const refused = await runScript(script, { fuse: {} });
  assert.match(refused.stderr, /'d': Read-only file system/);
  assert.equal(refused.status, 1);

  const { stdout, status } = await runScript(script, {
    fuse: { writable: true },
    root: await makeRoot({ busybox: true }),
  });
  assert.equal(stdout, "one\ntwo\n777\n600\n");
  assert.equal(status, 0);
});

Deno.test("overlay_fs serves a large directory whole", async () => {
  const names = Array.from({ length: 500 }, (_, n) => `${n}`.padEnd(200, "x"));
  const { stdout } = await runScript("ls /many", {
    fuse: {},
    root: await makeRoot({
      busybox: true,
      files: Object.fromEntries(names.map((name) => [`/many/${name}`, ""])),
    }),
  });
  assert.deepEqual(stdout.trim().split("\n").toSorted(), names.toSorted());
});

Deno.test("minimal_init runs what a root without glibc and shell holds", async () => {
  const { stdout, status } = await runInNamespace({
    root: await makeMuslRoot(),
    init,
    args: ["workload", "42", "hello"],
  });
  assert.equal(stdout, "42\nhello\n");
  assert.equal(status, 42);
});

Deno.test("minimal_init reports a signal, a missing command and one that isn't executable", async () => {
  assert.equal((await runScript("kill -9 $$")).status, 137);
  const run = (command: string): Promise<Outcome> =>
    runInNamespace({ root, init, args: [command] });
  assert.equal((await run("missing")).status, 127);
  assert.equal((await run("/tmp")).status, 126);
});

Deno.test("minimal_init leaves its workload a group of its own in its session, and little else", async () => {
  const { stdout } = await runScript(
    `ps -o pid,pgid,sid | tail -n +2 | head -2 | tr -s ' ';
     grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd | wc -l`,
  );
  assert.deepEqual(stdout.trim().split("\n").map((line) => line.trim()), [
    "1 1 1",
    "2 2 1",
    "SigBlk:\t0000000000000000",
    "SigIgn:\t0000000000000000",
    "SigCgt:\t0000000000000000",
    // 0, 1, 2 and the folder that ls reads.
    "4",
  ]);
});

Deno.test("minimal_init takes at most 16 KB of memory", async () => {
  const { stdout } = await runScript("grep ^Pss: /proc/1/smaps_rollup");
  const kilobytes = Number(stdout.match(/(\d+) kB/)?.[1]);
  assert(kilobytes > 0 && kilobytes <= 16, `${kilobytes} KB`);
});
