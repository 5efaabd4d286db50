/** Tests of the image as a program that a person runs. */

import assert from "#assert";
import { image } from "../fixtures/image.ts";
import { makeRoot } from "../fixtures/namespace.ts";

/** Where every user can get at the image, which may be built in somebody's home. */
const folder = await makeRoot({
  files: { "/krun-init": { from: await image() } },
});

/** Nobody, where we may become somebody else. */
const ordinary = Deno.uid() === 0 ? { uid: 65534, gid: 65534 } : {};

const version =
  /^krun-init \d+\.\d+\.\d+ \((x86_64|aarch64), (deno|denort) [\d.]+, features: [a-z -]+, digest [\da-f]{64}\)\n$/;

for (
  const [where, cwd, program] of [
    ["by its path", "/", `${folder}/krun-init`],
    ["from its folder", folder, "./krun-init"],
    ["from a folder that is not its own", "/proc", `${folder}/krun-init`],
  ] as const
) {
  Deno.test(`an ordinary user can ask for the version, ${where}`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: ["--version"],
      cwd,
      clearEnv: true,
      ...ordinary,
    }).output();
    const decoder = new TextDecoder();
    assert.equal(decoder.decode(stderr), "");
    assert.match(decoder.decode(stdout), version);
    assert.equal(code, 0);
  });
}

Deno.test("the image has the status and the message of a wrong call", async () => {
  const { code, stdout, stderr } = await new Deno.Command(
    `${folder}/krun-init`,
    { args: ["nope"], clearEnv: true, ...ordinary },
  ).output();
  assert.equal(
    new TextDecoder().decode(stderr),
    "krun-init: Unknown command: nope (see krun-init --help)\n",
  );
  assert.equal(stdout.length, 0);
  assert.equal(code, 2);
});

/** What a plan looks like to somebody at a terminal, which script(1) makes. */
async function planOnTerminal(
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { success, stdout } = await new Deno.Command("script", {
    args: ["-qec", `exec ${folder}/krun-init plan`, "/dev/null"],
    clearEnv: true,
    env: { SHELL: "/bin/sh", ...env },
    stdin: "null",
  }).output();
  assert.ok(success);
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}

Deno.test("there is colour on a terminal alone, and none where NO_COLOR is set", async () => {
  const { stdout } = await new Deno.Command(`${folder}/krun-init`, {
    args: ["plan"],
    clearEnv: true,
  }).output();
  const plain = new TextDecoder().decode(stdout);
  const heading = "mounts: Mount /dev, /proc, /sys and what belongs in them";
  assert.ok(plain.includes(`\n${heading}\n`));
  const coloured = await planOnTerminal({});
  assert.ok(coloured.includes(`\n\x1b[1m${heading}\x1b[0m\n`));
  // deno-lint-ignore no-control-regex
  assert.equal(coloured.replaceAll(/\x1b\[\d*m/g, ""), plain);
  assert.equal(await planOnTerminal({ NO_COLOR: "1" }), plain);
  // An empty one is as none (no-color.org).
  assert.equal(await planOnTerminal({ NO_COLOR: "" }), coloured);
});
