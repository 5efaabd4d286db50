/** Tests of the image as a person's program where it could be taken for an init. */

import assert from "#assert";
import { currentImage } from "../../tools/vm/current_image.ts";
import { image } from "../fixtures/image.ts";
import { makeRoot } from "../fixtures/namespace.ts";
import { outcomeOf, type ProgramOutcome } from "../fixtures/outcome.ts";
import { boot, bootScript } from "./guest.ts";

const folder = await makeRoot({
  files: { "/krun-init": { from: await image() } },
});
const root = await makeRoot({
  busybox: true,
  files: { "/bin/check": { content: "#!/bin/sh\necho ran", mode: 0o755 } },
});

/** What is executed in memory has to be allowed there, from Linux 6.3 on. */
const memfdSetting = "/proc/sys/vm/memfd_noexec";
const hasMemfdSetting = await Deno.stat(memfdSetting)
  .then(() => true, () => false);

function run(
  program: string,
  ...args: readonly string[]
): Promise<ProgramOutcome> {
  return outcomeOf(program, args, { stdin: "null" });
}

/** Runs a script in namespaces like a container's, as its PID 1. */
function runInContainer(script: string): Promise<ProgramOutcome> {
  const own = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
  return run("unshare", ...own, "sh", "-c", script);
}

function assertVersion({ code, stdout, stderr }: ProgramOutcome): void {
  assert.equal(stderr, "");
  assert.match(stdout, /^krun-init \d+\.\d+\.\d+ /);
  assert.equal(code, 0);
}

Deno.test("as a container's PID 1 it is a person's program", async () => {
  const { stderr, ...rest } = await runInContainer(
    `echo $$ >&2; exec ${folder}/krun-init --version`,
  );
  assert.equal(stderr, "1\n");
  assertVersion({ ...rest, stderr: "" });
});

Deno.test({
  name: "where nothing in memory may be executed it is a program all the same",
  ignore: !hasMemfdSetting,
  fn: async () => {
    assertVersion(
      await runInContainer(
        `echo 2 >${memfdSetting} && exec ${folder}/krun-init --version`,
      ),
    );
  },
});

Deno.test({
  name: "where nothing in memory may be executed it boots all the same",
  ignore: !hasMemfdSetting,
  fn: async () => {
    const tool = await currentImage(Deno.build.arch);
    const { stdout, stderr } = await runInContainer(
      `echo 2 >${memfdSetting} && exec ${tool} try --rootfs ${root} --init ${folder}/krun-init -- /bin/cat ${memfdSetting}`,
    );
    assert.equal(stdout, "2\n", stderr);
  },
});

Deno.test("as krun-init it boots with what is no word of the command line", async () => {
  const { stdout } = await bootScript(root, "echo ran", {
    argv0: "/sbin/krun-init",
  });
  assert.equal(stdout, "ran\n");
});

Deno.test("as another name it boots with a word of the command line, too", async () => {
  const { stdout } = await boot(root, {
    argv0: "/krun-init.d/init",
    args: ["check"],
  });
  assert.equal(stdout, "ran\n");
});

Deno.test("a standard output that is closed is an error, other streams are none", async () => {
  const { code, stderr } = await run(
    "sh",
    "-c",
    `exec ${folder}/krun-init --version >&-`,
  );
  assert.match(stderr, /^krun-init: .*(ENOSPC|No space left on device)/);
  assert.equal(code, 2);
  for (const closed of ["<&-", "2>&-"]) {
    assertVersion(
      await run("sh", "-c", `exec ${folder}/krun-init --version ${closed}`),
    );
  }
});
