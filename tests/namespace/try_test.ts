/** Tests of `krun-init try`: the image as the guest of the machine that runs the tests. */

import assert from "#assert";
import { join } from "node:path";
import { ensurePrograms } from "../../tools/programs.ts";
import { currentImage } from "../../tools/vm/current_image.ts";
import { isSmall } from "../fixtures/base.ts";
import { toolImage } from "../fixtures/image.ts";
import { makeRoot, type RootOptions } from "../fixtures/namespace.ts";
import { outcomeOf, type ProgramOutcome } from "../fixtures/outcome.ts";
import { lines } from "./guest.ts";

/** Where every user can get at the images, which may be built in somebody's home. */
const folder = await makeRoot({
  files: {
    "/krun-init": { from: await toolImage() },
    "/krun-init-small": {
      from: await currentImage(Deno.build.arch, "quickjs"),
    },
  },
});
const program = join(folder, "krun-init");
const small = join(folder, "krun-init-small");

/** The words before any others: the image is the tool's own, or the small one. */
const tryWords = ["try", ...isSmall ? ["--init", small] : []];

/** Nobody, where we may become somebody else. */
const ordinary = Deno.uid() === 0 ? { uid: 65534, gid: 65534 } : {};

const users: readonly (readonly [who: string, user: Options])[] = [
  ["whoever runs the tests", {}],
  ["an ordinary user", ordinary],
];

const namespaces = ["user", "pid", "mnt", "net", "uts", "ipc"];

type Options = Pick<Deno.CommandOptions, "uid" | "gid">;

function tryBoot(
  args: readonly string[],
  options: Options = {},
): Promise<ProgramOutcome> {
  return outcomeOf(program, [...tryWords, ...args], {
    ...{ cwd: "/", stdin: "null" },
    ...options,
  });
}

function tryScript(
  rootfs: string,
  script: string,
  options: Options = {},
): Promise<ProgramOutcome> {
  return tryBoot(["--rootfs", rootfs, "--", "/bin/sh", "-c", script], options);
}

/** What a call says beside what it always says of namespaces. */
function complaints({ stderr }: ProgramOutcome): string[] {
  return lines(stderr).filter((line) =>
    !line.startsWith("krun-init: try: No VM, so without devtmpfs ") &&
    !/^krun-init: mounts: mount\("cgroup2", .*: EPERM \(going on without \/sys\/fs\/cgroup\)$/
      .test(line) &&
    !line.startsWith("krun-init: exit-code ")
  );
}

const busybox: RootOptions = { busybox: true };
const root = await makeRoot(busybox);

Deno.test("krun-init try ends with the workload's status", async () => {
  for (
    const [script, status] of [
      ["exit 0", 0],
      ["exit 7", 7],
      ["exit 255", 255],
      ["kill -9 $$", 137],
      ["exec /missing", 127],
    ] as const
  ) {
    const outcome = await tryScript(root, script);
    assert.equal(outcome.code, status, outcome.stderr);
    assert.match(
      outcome.stderr,
      /^krun-init: try: No VM, so without devtmpfs /,
    );
  }
});

for (const [who, user] of users) {
  Deno.test(`krun-init try gives ${who} namespaces of their own, and the host's mounts stay`, async () => {
    const before = await Deno.readTextFile("/proc/self/mountinfo");
    const outcome = await tryScript(
      root,
      `for name in ${
        namespaces.join(" ")
      }; do readlink /proc/self/ns/$name; done
       id -u; echo $HOME; cd /proc/$$/fd; echo *; cut -d' ' -f2 /proc/mounts | head -2`,
      user,
    );
    assert.deepEqual(complaints(outcome), []);
    assert.equal(outcome.code, 0);
    const told = lines(outcome.stdout);
    for (const [n, name] of namespaces.entries()) {
      const ours = await Deno.readLink(`/proc/self/ns/${name}`);
      assert.match(told[n] ?? "", new RegExp(`^${name}:\\[\\d+\\]$`));
      assert.notEqual(told[n], ours);
    }
    // The last descriptor is the one by which the shell looks.
    assert.deepEqual(told.slice(namespaces.length), [
      "0",
      "/",
      "0 1 2 3",
      "/",
      "/dev",
    ]);
    assert.equal(await Deno.readTextFile("/proc/self/mountinfo"), before);
  });
}

Deno.test("krun-init try leaves to the guest what it does to its own root, and nothing else", async () => {
  const own = await makeRoot({ ...busybox, folders: [] });
  const outcome = await tryScript(own, "echo hello > /file");
  assert.equal(outcome.code, 0, outcome.stderr);
  const names = [...Deno.readDirSync(own)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["bin", "dev", "file", "proc", "sys"]);
  assert.deepEqual([...Deno.readDirSync(join(own, "dev"))], []);
  assert.equal(await Deno.readTextFile(join(own, "file")), "hello\n");
  assert.equal((await Deno.stat(join(own, "file"))).uid, Deno.uid());
});

Deno.test("krun-init try boots a directory that the user may not write", async () => {
  const outcome = await tryScript(root, "> /file || exit 7", ordinary);
  assert.equal(outcome.code, 7);
  // What a boot would make, someone else has to.
  const bare = await makeRoot({ ...busybox, folders: [] });
  const without = await tryScript(bare, "exit 7", ordinary);
  assert.equal(without.code, 125);
  assert.deepEqual(complaints(without), [
    "krun-init: try: create the root's /dev: EACCES",
  ]);
});

for (const [who, user] of users) {
  Deno.test(`the guest that ${who} tries can't write what would reach the host`, async () => {
    // Opened, but never written: else a test that fails would do harm.
    const outcome = await tryScript(
      root,
      `for file in /proc/sys/kernel/panic /sys/kernel/profiling /sys/power/state; do
         [ ! -e $file ] || (: >> $file) 2>/dev/null && exit 1
       done
       echo > /dev/null && (: >> /proc/sys/net/ipv4/ip_forward) || exit 2
       chmod 600 /dev/null || chown 1 /dev/zero || grep CapBnd /proc/self/status`,
      user,
    );
    assert.equal(outcome.code, 0, outcome.stderr);
    const capabilities = BigInt(`0x${outcome.stdout.split(/\s+/)[1] ?? ""}`);
    const CAP_SYS_ADMIN = 21n;
    const CAP_SYS_BOOT = 22n;
    assert.equal(capabilities >> CAP_SYS_ADMIN & 1n, 1n);
    assert.equal(capabilities >> CAP_SYS_BOOT & 1n, 0n);
  });
}

Deno.test("the guest of krun-init try can open its streams again, where they are pipes", async () => {
  const outcome = await tryScript(
    root,
    "echo out > /dev/stdout; echo err > /dev/stderr; exit 7",
  );
  assert.deepEqual([outcome.code, outcome.stdout], [7, "out\n"]);
  assert.deepEqual(complaints(outcome), ["err"]);
});

Deno.test("krun-init try takes config and environment", async () => {
  const config = join(await makeRoot(), "c.json");
  const args = ["/bin/sh", "-c", "echo $A $B; exit 9"];
  await Deno.writeTextFile(
    config,
    JSON.stringify({ args, env: ["A=config", "B=config"] }),
  );
  const words = ["--rootfs", root, "--config", config, "--env", "B=ours"];
  const outcome = await tryBoot(words);
  assert.deepEqual([outcome.code, outcome.stdout], [9, "config ours\n"]);
  assert.deepEqual(complaints(outcome), []);
  // A command wins over the config's.
  const other = await tryBoot([...words, "--", "/bin/echo", "ours"]);
  assert.deepEqual([other.code, other.stdout], [0, "ours\n"]);
});

for (const [who, user] of users) {
  Deno.test(`the guest that ${who} tries has volumes, in the root alone`, async () => {
    const own = await makeRoot(busybox);
    // Out of the root, were it not the guest's.
    await Deno.symlink("/inside", join(own, "link"));
    await Deno.symlink(".", join(own, "inside"));
    const share = await makeRoot({
      folders: [],
      files: { "/file": "of the host\n" },
    });
    const kept = await makeRoot({ folders: [], files: { "/kept": "kept\n" } });
    for (const path of [own, share]) await Deno.chmod(path, 0o777);
    const script = `cat /data/file /a/b/kept
      echo new > /data/new; (echo no > /a/b/no) 2>&1; exit 5`;
    const outcome = await tryBoot([
      ...["--rootfs", own, "--volume", `${share}:/data`],
      ...["--volume", `${kept}:/link/a/b:ro`, "--", "/bin/sh", "-c", script],
    ], user);
    assert.deepEqual(complaints(outcome), []);
    const told = lines(outcome.stdout);
    assert.deepEqual(told.slice(0, 2), ["of the host", "kept"]);
    assert.match(told[2] ?? "", /Read-only file system/);
    assert.equal(outcome.code, 5);
    assert.equal(await Deno.readTextFile(join(share, "new")), "new\n");
    assert.deepEqual([...Deno.readDirSync(kept)].map(({ name }) => name), [
      "kept",
    ]);
    assert.deepEqual([...Deno.readDirSync(join(own, "data"))], []);
  });
}

Deno.test("krun-init try has a volume in another one, in whichever order", async () => {
  const folders: string[] = [];
  for (const name of ["outer", "inner"]) {
    folders.push(
      await makeRoot({ folders: ["sub"], files: { [`/${name}`]: name } }),
    );
  }
  const [outer, inner] = [`${folders[0]}:/data`, `${folders[1]}:/data/sub`];
  for (const [first, second] of [[outer, inner], [inner, outer]]) {
    const outcome = await tryBoot([
      ...["--rootfs", root, "--volume", `${first}`, "--volume", `${second}`],
      ...["--", "/bin/sh", "-c", "cat /data/outer /data/sub/inner"],
    ]);
    assert.deepEqual([outcome.code, outcome.stdout], [0, "outerinner"]);
  }
});

Deno.test("krun-init try says what of the kernel is too old for it", async () => {
  await ensurePrograms([{ program: "strace", package: "strace" }]);
  const own = await makeRoot({ busybox: true });
  const inject = "inject=mount_setattr:error=ENOSYS";
  const words = ["--volume", `${await makeRoot()}:/data:ro`, "--", "/bin/true"];
  const { code, stderr } = await outcomeOf("strace", [
    ...["-f", "-qq", "-o", "/dev/null", "-e", "trace=mount_setattr"],
    ...["-e", inject, program, ...tryWords, "--rootfs", own, ...words],
  ], { stdin: "null" });
  const told = lines(stderr);
  const reason = "krun-init: try: Linux has mount_setattr(2) from 5.12 on";
  assert.ok(told.includes(reason), told.join("\n"));
  assert.match(told.at(-1) ?? "", /^krun-init: try: .*: ENOSYS$/);
  assert.equal(code, 125);
});

Deno.test("krun-init try says which volume has no place", async () => {
  const share = await makeRoot();
  const words = ["--rootfs", root, "--volume", `${share}:/bin/busybox/x`];
  const outcome = await tryBoot([...words, "--", "/bin/true"]);
  assert.equal(outcome.code, 125);
  assert.deepEqual(complaints(outcome), [
    "krun-init: try: create /bin/busybox/x: ENOTDIR",
  ]);
});

Deno.test("^C reaches the workload of krun-init try, once", async () => {
  const script =
    `n=0; trap 'n=$((n + 1))' INT; echo type; sleep 0.7; sleep 0.3; echo "got $n"; exit 5`;
  // script(1) makes a terminal, and ends with our status: `exec`, because a
  // shell in between may end by the SIGINT that it gets, too (dash does).
  const words = [
    "exec",
    program,
    ...tryWords,
    "--rootfs",
    root,
    "--",
    "/bin/sh",
    "-c",
  ];
  const child = new Deno.Command("script", {
    args: [
      "-qec",
      `${words.join(" ")} '${script.replaceAll("'", `'\\''`)}'`,
      "/dev/null",
    ],
    env: { SHELL: "/bin/sh" },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const typing = child.stdin.getWriter();
  let shown = "";
  let typed = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    shown += text;
    if (typed || !/^type\r$/m.test(shown)) continue;
    typed = true;
    await typing.write(Uint8Array.of(3));
  }
  await typing.close();
  assert.equal((await child.status).code, 5, shown);
  assert.match(shown, /got 1\r$/m);
});

Deno.test("SIGTERM to krun-init try is for the workload", async () => {
  const { child, rest } = await running("trap 'exit 6' TERM");
  child.kill("SIGTERM");
  await rest;
  assert.equal((await child.status).code, 6);
});

Deno.test("nothing is left of a guest when krun-init try is killed", async () => {
  const before = await Deno.readTextFile("/proc/self/mountinfo");
  const { child, rest } = await running("setsid sleep 600 & trap '' HUP TERM");
  child.kill("SIGKILL");
  // The pipe ends when the last process has that holds it.
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve("Someone still runs"), 10_000);
  assert.equal(await Promise.race([rest, promise]), "");
  clearTimeout(timer);
  await child.status;
  assert.equal(await Deno.readTextFile("/proc/self/mountinfo"), before);
});

/** Starts a guest that does not end, and waits until its workload runs. */
async function running(
  script: string,
): Promise<{ child: Deno.ChildProcess; rest: Promise<string> }> {
  const wait = `${script}; echo running; while :; do sleep 0.05; done`;
  const child = new Deno.Command(program, {
    args: [...tryWords, "--rootfs", root, "--", "/bin/sh", "-c", wait],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.deepEqual(await reader.read(), { value: "running\n", done: false });
  const rest = reader.read().then(({ value }) => value ?? "");
  return { child, rest };
}

Deno.test("krun-init try says where user namespaces are not to be had", async () => {
  const nested = await makeRoot({
    ...busybox,
    files: {
      "/krun-init": { from: program },
      "/krun-init-small": { from: small },
    },
  });
  const init = isSmall ? "--init /krun-init-small" : "";
  const call = `/krun-init try ${init} --rootfs / -- /bin/sh -c 'exit 7'`;
  // In a guest of its own, whose limit is no one else's.
  const refused = await tryScript(
    nested,
    `echo 0 > /proc/sys/user/max_user_namespaces; ${call}`,
  );
  assert.equal(refused.code, 125);
  assert.deepEqual(complaints(refused), [
    "krun-init: try: make namespaces (may this user make user namespaces?): ENOSPC",
  ]);
  assert.equal((await tryScript(nested, call)).code, 7);
});

Deno.test("krun-init try takes no other program for an image", async () => {
  for (
    const [init, reason] of [
      ["/bin/true", "/bin/true is no image of krun-init"],
      [root, `${root} is not a file`],
      ["/missing", "Cannot read /missing: No such file or directory"],
    ] as const
  ) {
    const outcome = await tryBoot(["--init", init, "--rootfs", root]);
    assert.equal(outcome.code, 2);
    assert.equal(outcome.stderr, `krun-init: try: ${reason}\n`);
  }
});
