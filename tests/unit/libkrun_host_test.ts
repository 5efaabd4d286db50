/** Tests of the example of a host, on a library that stands in for libkrun. */

import assert from "#assert";
import { dirname } from "node:path";
import { compile } from "../fixtures/compile.ts";

const project = new URL("../../", import.meta.url);

const libkrun = dirname(
  await compile({
    name: "libkrun.so.1",
    sources: ["fake_libkrun.c"],
    flags: ["-D_GNU_SOURCE", "-shared", "-fPIC"],
  }),
);

const folder = await Deno.makeTempDir({ prefix: "krun-unit-host-" });
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);
const init = `${folder}/krun-init`;
await Deno.writeTextFile(init, "the image\n");
await Deno.mkdir(`${folder}/root`);

/** Runs the example with a folder where libraries are looked for first. */
async function host(
  libraries: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "tools/examples/libkrun_host.ts", ...args],
    cwd: project,
    env: { NO_COLOR: "1", LD_LIBRARY_PATH: libraries, ...env },
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

const options = ["--rootfs", `${folder}/root`, "--init", init];
const command = ["--", "/bin/sh", "-c", 'echo "hi there"'];

Deno.test("the example hands the image and its config to libkrun, and starts the guest", async () => {
  const config = JSON.stringify({
    process: {
      args: ["/bin/sh", "-c", 'echo "hi there"'],
      env: ["A=1", "B=ä b"],
    },
  }) + "\n";
  const size = new TextEncoder().encode(config).length;
  assert.deepEqual(
    await host(libkrun, [
      ...options,
      ...["--cpus", "2", "--memory", "256", "--env", "A=1", "--env", "B=ä b"],
      ...command,
    ]),
    {
      code: 7,
      stdout: "",
      stderr: [
        "krun_create_ctx()",
        "krun_set_vm_config(3, 2, 256)",
        "krun_disable_implicit_init(3)",
        `krun_set_root(3, ${folder}/root)`,
        "krun_fs_add_overlay_file(3, /dev/root, /init.krun, 10, 100755, 1)",
        `krun_fs_add_overlay_file(3, /dev/root, /.krun_config.json, ${size}, 100644, 1)`,
        "krun_start_enter(3)",
        "/init.krun: the image",
        `/.krun_config.json: ${config}`,
      ].join("\n"),
    },
  );
});

Deno.test("the example stops at the first call that libkrun refuses, and names it", async () => {
  const names: readonly [string, string, number][] = [
    ["krun_create_ctx", "krun_create_ctx", 1],
    ["krun_set_root", `krun_set_root(${folder}/root)`, 4],
    ["krun_fs_add_overlay_file", "krun_fs_add_overlay_file(/init.krun)", 5],
    ["krun_start_enter", "krun_start_enter", 7],
  ];
  for (const [name, message, count] of names) {
    const { code, stderr } = await host(libkrun, [...options, ...command], {
      FAKE_LIBKRUN_FAIL: name,
    });
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.at(-1), `libkrun_host: ${message}: EINVAL`);
    assert.equal(lines.length, count + 1);
    assert.equal(code, 125);
  }
});

Deno.test("the example says when libkrun is not there, and what it takes", async () => {
  // A file that is no library: it hides a libkrun that this machine may have.
  await Deno.mkdir(`${folder}/none`);
  await Deno.writeTextFile(`${folder}/none/libkrun.so.1`, "");
  const { code, stdout, stderr } = await host(`${folder}/none`, [
    ...options,
    ...command,
  ]);
  assert.equal(code, 125);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^libkrun_host: Cannot use libkrun: .*libkrun\.so\.1.*It takes libkrun\.so\.1 of libkrun 1\.18/,
  );
});

Deno.test("the example says what is wrong with its arguments", async () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [command, "--rootfs is missing"],
    [options, "The command is missing, after --"],
    [
      [...options, "--cpus", "256", ...command],
      "The value of --cpus is not 1 to 255: 256",
    ],
    [
      [...options, "--memory", "1G", ...command],
      "The value of --memory is not 1 to 4294967295: 1G",
    ],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await host(libkrun, args);
    assert.equal(stderr, `libkrun_host: ${message}\n`);
    assert.equal(code, 125);
  }
});
