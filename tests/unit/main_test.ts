import assert from "#assert";
import { encodeBytes } from "../../ffi/bytes.ts";
import type { BuildFacts } from "../../stages/formats/build_facts.ts";

const main = new URL("../../main.ts", import.meta.url);

const facts: BuildFacts = {
  version: "1.2.3",
  arch: "aarch64",
  features: ["nested-kvm", "timesync"],
  runtime: "deno 9.9.9",
  digest: "abcd",
};

/** Runs the program as the launcher starts it for a person. */
async function command(
  words: readonly string[],
  known: BuildFacts = facts,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const start = await Deno.makeTempFile({ prefix: "krun-unit-start-" });
  await Deno.writeFile(
    start,
    encodeBytes(words.map((word) => `${word}\0`).join("")),
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "-A", main.pathname],
      ...[start, "/no/shim.so", JSON.stringify(known)],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(start);
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** The start record of a person's command. */
const words = (...args: readonly string[]): readonly string[] => [
  ...["pid=4711", "started=1", `arguments=${args.length}`],
  ...args,
  "HOME=/root",
];

Deno.test("krun-init --version tells all that the build knows of itself", async () => {
  assert.deepEqual(await command(words("krun-init", "--version")), {
    code: 0,
    stdout:
      "krun-init 1.2.3 (aarch64, deno 9.9.9, features: nested-kvm timesync, digest abcd)\n",
    stderr: "",
  });
  const { stdout } = await command(words("krun-init", "--version"), {
    ...facts,
    features: [],
  });
  assert.match(stdout, / features: none, /);
});

Deno.test("krun-init tells a person what it is", async () => {
  const { code, stdout, stderr } = await command(words("krun-init"));
  assert.equal(code, 0);
  assert.match(stdout, /^krun-init is the init of libkrun guests/);
  assert.equal(stderr, "");
});

Deno.test("krun-init ends with 125 and its reason on a start record that is none", async () => {
  assert.deepEqual(await command(["nonsense"]), {
    code: 125,
    stdout: "",
    stderr: "krun-init: Not a start record: word 1 is nonsense\n",
  });
});

// Without descriptors nothing of the system is touched before the end.
Deno.test("krun-init ends with 125 and its reason where a boot lacks its descriptors", async () => {
  assert.deepEqual(await command(["pid=1", "started=1", "arguments=0"]), {
    code: 125,
    stdout: "",
    stderr: "krun-init: The start record lacks the descriptors of a boot\n",
  });
});
