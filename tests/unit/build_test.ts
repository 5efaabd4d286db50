import assert from "#assert";
import { features } from "../../stages/features.ts";
import { imageKinds } from "../../tools/variants.ts";
import { outcomeOf, type ProgramOutcome } from "../fixtures/outcome.ts";

const project = new URL("../../", import.meta.url);

/** What `deno task build` says to arguments that it never builds with. */
function build(...args: readonly string[]): Promise<ProgramOutcome> {
  const words = ["run", "-q", "-A", "tools/build.ts", ...args];
  return outcomeOf(Deno.execPath(), words, {
    cwd: project,
    env: { NO_COLOR: "1" },
  });
}

const names = imageKinds.map(({ name }) => name).join(", ");

/** Arguments that end in a message, which is all there is then. */
const wrong: readonly (readonly [readonly string[], string])[] = [
  [
    ["--feature", "nope"],
    `build: Unknown feature: nope (known: ${features.join(", ")})\n`,
  ],
  [
    ["--arch", "riscv64"],
    "build: Unknown value for --arch: riscv64 (known: x86_64, aarch64)\n",
  ],
  [
    ["--platform", "freebsd"],
    "build: No image for FreeBSD can be built: it would need FreeBSD's own port of Deno (www/deno) as its runtime, since there is no official one, and a launcher and supervisor for FreeBSD, which native/ has not\n",
  ],
  [
    ["--platform", "netbsd"],
    "build: Unknown value for --platform: netbsd (known: linux, freebsd)\n",
  ],
  [
    ["--runtime", "node"],
    "build: Unknown value for --runtime: node (known: auto, denort, deno, quickjs)\n",
  ],
  [
    ["--all", "krun-init-x86_64-sev"],
    `build: Unknown image: krun-init-x86_64-sev (known: ${names})\n`,
  ],
  [
    ["--all", "--runtime", "quickjs", "krun-init-x86_64-tdx"],
    "build: No image fits all that was said\n",
  ],
  [
    ["--all", "--runtime", "deno", "krun-init-small-x86_64-tdx"],
    "build: No image fits all that was said\n",
  ],
  [
    ["--all", "--variant", "sev"],
    "build: Unknown value for --variant: sev (known: plain, amd-sev, tdx)\n",
  ],
  [
    ["--all", "--arch", "x86_64", "krun-init-aarch64-tdx"],
    "build: No image fits all that was said\n",
  ],
  [
    ["--all", "--feature", "timesync"],
    "build: --feature does not go with --all\n",
  ],
  [["--variant", "tdx"], "build: --variant goes with --all only\n"],
  [
    ["--update-lock", "--arch", "x86_64"],
    "build: --update-lock goes alone\n",
  ],
];

for (const [args, message] of wrong) {
  Deno.test(`build refuses ${args.join(" ")}`, async () => {
    assert.deepEqual(await build(...args), {
      code: 1,
      stdout: "",
      stderr: message,
    });
  });
}

Deno.test("build refuses options that it does not know", async () => {
  for (const args of [["--fast"], ["output"], ["--output"]]) {
    const { code, stdout, stderr } = await build(...args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^build: ./);
  }
});

Deno.test("build --help tells every option and feature", async () => {
  const { code, stdout, stderr } = await build("--help");
  assert.equal(code, 0);
  assert.equal(stderr, "");
  const options = [
    ...["--all", "--arch", "--feature", "--help", "--output"],
    ...["--platform", "--runtime"],
    ...["--update-lock", "--variant"],
  ];
  for (const word of [...options, ...features]) {
    assert.ok(stdout.includes(word), word);
  }
});
