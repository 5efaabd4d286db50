import assert from "#assert";
import type { BootOptions } from "../../tools/vm/boot_vm.ts";
import { minimalInit } from "../fixtures/compile.ts";
import { makeRoot } from "../fixtures/roots.ts";
import { boot, configFile, type Outcome } from "./vm_helper.ts";

const script = `id
umask; hostname; pwd
grep -E 'Max (open files|processes)' /proc/self/limits | tr -s ' '
grep NoNewPrivs /proc/self/status
grep -E ' /(t|made)' /proc/mounts
env | grep -vE '^(SHLVL|PWD)=' | sort`;

const extras = {
  process: {
    args: ["/bin/busybox", "sh", "-c", script],
    env: ["PATH=/bin", "A=config", "B=config", "HOME=/config"],
    cwd: "/srv",
    user: { uid: 1000, gid: 100, umask: 0o077, additionalGids: [5] },
    rlimits: [
      { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
      { type: "RLIMIT_NPROC", soft: 10, hard: 20 },
    ],
    noNewPrivileges: true,
  },
  hostname: "box",
  mounts: [
    {
      destination: "/t",
      type: "tmpfs",
      source: "tmpfs",
      options: ["size=1m", "mode=1777", "exec"],
    },
    { destination: "/made/by/init", type: "tmpfs", source: "tmpfs" },
    { destination: "/dev/shm", type: "tmpfs", source: "shm" },
  ],
};

const mounts = `tmpfs /t tmpfs rw,nosuid,nodev,relatime,size=1024k,inode64 0 0
tmpfs /made/by/init tmpfs rw,nosuid,nodev,noexec,relatime,inode64 0 0
`;

Deno.test("a guest has the settings of its config, the extras on request", async () => {
  const rootfs = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "srv"],
  });
  const { status, output, console } = await boot({
    rootfs,
    config: configFile(extras),
    env: ["A=kernel", "KRUN_RLIMITS=NPROC=30:40", "KRUN_INIT_OCI=1"],
  });
  assert.equal(status, 0);
  assert.equal(
    output,
    `uid=1000 gid=100 groups=5
0077
box
/srv
Max processes 30 40 processes 
Max open files 100 200 files 
NoNewPrivs:	1
${mounts}A=kernel
B=config
HOME=/config
KRUN_INIT_OCI=1
KRUN_RLIMITS=NPROC=30:40
PATH=/bin
TERM=linux
`,
  );
  assert.doesNotMatch(console, /krun-init: (?!exit-code)/);
});

Deno.test("a guest that asks for nothing is who its config says, and confined by nothing", async () => {
  const rootfs = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "srv"],
  });
  const { status, output } = await boot({ rootfs, config: configFile(extras) });
  assert.equal(status, 0);
  const lines = output.split("\n");
  assert.deepEqual(lines.slice(0, 5), [
    ...["uid=1000 gid=100 groups=5", "0077", "box", "/srv"],
    "Max processes 10 20 processes ",
  ]);
  assert.ok(lines.includes("Max open files 100 200 files "));
  assert.ok(lines.includes("NoNewPrivs:\t0"));
});

Deno.test("a guest that asks for the old way has what upstream gave", async () => {
  const rootfs = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "srv"],
  });
  const { status, output } = await boot({
    rootfs,
    config: configFile(extras),
    env: [
      ...["KRUN_INIT_OCI=0", "HOSTNAME=given", "KRUN_WORKDIR=/"],
      "KRUN_TERM=vt100",
    ],
  });
  assert.equal(status, 0);
  const lines = output.split("\n");
  assert.deepEqual(lines.slice(0, 4), ["uid=0 gid=0", "0022", "given", "/"]);
  assert.ok(lines.includes("Max open files 1024 4096 files "));
  assert.ok(lines.includes("NoNewPrivs:\t0"));
  assert.ok(output.includes(mounts));
  assert.ok(lines.includes("TERM=vt100"));
});

Deno.test("a guest whose config is cut short says where, and runs nothing in its place", async () => {
  const options: Partial<BootOptions> = {
    config: new TextEncoder().encode('{\n  "args": ["/bin/false"],\n  "en'),
    stdin: new TextEncoder().encode("echo shell; exit 6\n"),
  };
  const place =
    /krun-init: configFile: \/\.krun_config\.json: line 3, column 3: /;
  const { status, output, console } = await boot(options);
  assert.equal(output, "");
  assert.equal(status, 125);
  assert.match(console, place);

  const lenient = await boot({ ...options, env: ["KRUN_CONFIG_LENIENT=1"] });
  assert.equal(lenient.output, "shell\n");
  assert.equal(lenient.status, 6);
  assert.match(lenient.console, place);
});

Deno.test("a guest gets the words that its kernel keeps back, and runs nothing of a line that was cut", async () => {
  const script = ["/bin/busybox", "sh", "-c", "echo $# $2", "x", "a"];
  const { output } = await boot({ args: [...script, "--", "b", "c"] });
  assert.equal(output, "4 --\n");

  // How long the line is without the last argument, the host's tool tells.
  const long = (size: number): Promise<Outcome> =>
    boot({ args: ["/bin/busybox", "echo", "x".repeat(size)] });
  const refusal = await long(5000).then(() => "", String);
  const size = Number(/line of (\d+) bytes/.exec(refusal)?.[1]);
  const { status, console } = await long(5000 - (size - 2047));
  assert.equal(status, 125);
  assert.match(console, /krun-init: commandLine: .* cut at 2047 bytes/);
});

Deno.test("a guest's /dev/kvm is open to every user, as no plain init leaves it", async () => {
  const modeUnder = async (init: Partial<BootOptions>): Promise<unknown> => {
    const { console } = await boot({
      args: ["/bin/busybox", "stat", "-c", "mode %a %t:%T", "/dev/kvm"],
      consoleOnly: true,
      // The emulated processor has AMD's virtualization.
      modules: ["kvm_amd"],
      ...init,
    });
    return /^mode (.*?)\r?$/m.exec(console)?.[1] ?? console;
  };
  assert.equal(await modeUnder({}), "666 a:e8");
  assert.equal(await modeUnder({ init: await minimalInit() }), "600 a:e8");
});
