import assert from "#assert";
import { ConfigBuilder } from "../../tools/config/mod.ts";
import { run } from "../../tools/run.ts";
import { toolImage } from "../fixtures/image.ts";
import { InstalledLibrary } from "../fixtures/config_library.ts";
import { makeRoot } from "../fixtures/roots.ts";
import { boot } from "./vm_helper.ts";

const script = `id
umask; hostname; pwd
grep -E 'Max (open files|core)' /proc/self/limits | tr -s ' '
grep NoNewPrivs /proc/self/status
grep -E ' /tmp ' /proc/mounts
env | grep -E '^(A|B|KRUN_STOP_TIMEOUT)=' | sort
exit 7`;

const expected = `uid=1000 gid=100 groups=5
0027
box
/srv
Max core file size 0 unlimited bytes 
Max open files 1024 4096 files 
NoNewPrivs:	1
tmpfs /tmp tmpfs rw,nosuid,nodev,relatime,size=1024k,mode=755,inode64 0 0
A=a "b" \\ ü
B=kernel's
KRUN_STOP_TIMEOUT=3
`;

/** A root for a guest that says what it is. */
function root(): Promise<string> {
  return makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "srv", "tmp"],
  });
}

Deno.test("a guest is what a program has told the builder", async () => {
  const { files, kernelEnvironment } = new ConfigBuilder()
    .arg("/bin/busybox").arg("sh").arg("-c").arg(script)
    .env("PATH=/bin").env('A=a "b" \\ ü').cwd("/srv")
    .user(1000, 100).additionalGid(5).umask(0o027).noNewPrivileges()
    .rlimit("NOFILE=1024:4096").rlimit("CORE=0:unlimited").hostname("box")
    .tmpfs("/tmp", "size=1m").stopTimeout(3).kernelEnv("B=kernel's").trace()
    .build();
  const config = files.find(({ path }) => path === "/.krun_config.json");
  const { status, output, console } = await boot({
    rootfs: await root(),
    config: new Uint8Array(config?.bytes ?? []),
    env: kernelEnvironment,
  });
  assert.equal(output, expected);
  assert.equal(status, 7);
  // It was asked for a trace.
  assert.match(console, /"stage":"config"/);
});

Deno.test("a guest is what krun-init config was told in a shell", async () => {
  const options = [
    ...["--env", "PATH=/bin", "--env", 'A=a "b" \\ ü', "--cwd", "/srv"],
    ...["--user", "1000:100", "--group", "5", "--umask", "027"],
    ...["--no-new-privileges", "--rlimit", "NOFILE=1024:4096"],
    ...["--rlimit", "CORE=0:unlimited", "--hostname", "box"],
    ...["--tmpfs", "/tmp:size=1m", "--stop-timeout", "3"],
    ...["--", "/bin/busybox", "sh", "-c", script],
  ];
  const json = await run(await toolImage(), [
    "config",
    ...options,
  ]);
  const { status, output, console } = await boot({
    rootfs: await root(),
    config: new TextEncoder().encode(json),
    env: ["B=kernel's"],
  });
  assert.equal(output, expected);
  assert.equal(status, 7);
  assert.doesNotMatch(console, /krun-init: (?!exit-code)/);
});

Deno.test("a guest is what a C program has told libkrun_init_config", async () => {
  await using library = await InstalledLibrary.build();
  const source = new URL("../fixtures/config_guest.c", import.meta.url);
  const program = await library.compile(
    "guest",
    [source.pathname],
    ["--cflags", "--libs"],
  );
  const text = await run(program, [script], { env: library.environment });
  const [json = "", ...variables] = text.trimEnd().split("\n");
  const { status, output, console } = await boot({
    rootfs: await root(),
    config: new TextEncoder().encode(json),
    env: variables,
  });
  assert.equal(output, expected);
  assert.equal(status, 7);
  assert.doesNotMatch(console, /krun-init: (?!exit-code)/);
});
