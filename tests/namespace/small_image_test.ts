/** Tests of the small image itself: what it says to a person, and how it ends. */

import assert from "#assert";
import { currentImage } from "../../tools/vm/current_image.ts";
import { type Change, changedSmallImage } from "../fixtures/image.ts";
import { makeRoot } from "../fixtures/namespace.ts";
import { bootScript, complaints, lines } from "./guest.ts";

const small = await currentImage(Deno.build.arch, "quickjs");

/** Where every user can get at it. */
const folder = await makeRoot({ files: { "/krun-init": { from: small } } });

/** Nobody, where we may become somebody else. */
const ordinary = Deno.uid() === 0 ? { uid: 65534, gid: 65534 } : {};

const version =
  /^krun-init \d+\.\d+\.\d+ \((x86_64|aarch64), quickjs [\d.]+, features: [a-z -]+, digest [\da-f]{64}\)$/;

for (
  const [words, status] of [
    [["--version"], 0],
    [["--help"], 0],
    [[], 0],
    [["plan", "--env", "KRUN_DHCP=1"], 2],
  ] as const
) {
  Deno.test(`the small image says what it is and where the command line is: ${words.join(" ") || "no words"}`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(
      `${folder}/krun-init`,
      { args: [...words], clearEnv: true, ...ordinary },
    ).output();
    const decoder = new TextDecoder();
    const [first = "", ...rest] = lines(decoder.decode(stdout));
    assert.match(first, version);
    assert.deepEqual(rest, [
      "The command line (plan, check, try and more) is in the image built without --runtime quickjs",
    ]);
    assert.equal(decoder.decode(stderr), "");
    assert.equal(code, status);
  });
}

const root = await makeRoot({ busybox: true });

/** A config that needs more memory than the engine has. */
const tooLarge = `{"args": [${"[],".repeat(3_000_000)}0]}`;

Deno.test("a config that the engine has no memory for ends the boot, and nothing runs", async () => {
  const outcome = await bootScript(root, "echo ran", {
    init: small,
    config: tooLarge,
    fuse: {},
  });
  assert.deepEqual(complaints(outcome), ["krun-init: engine: Out of memory"]);
  assert.equal(outcome.status, 125);
  assert.equal(outcome.ended, "reboot");
  assert.equal(outcome.stdout, "");
});

/** A config whose unknown field is nested so many times. */
function nested(depth: number): string {
  return `{"x": ${"[".repeat(depth)}${"]".repeat(depth)}, "cwd": "/tmp"}`;
}

Deno.test("a config may be nested 5,000 times, and what has no end of it is no config", async () => {
  const options = { init: small, fuse: {} };
  const deep = await bootScript(root, "pwd", {
    ...options,
    config: nested(5000),
  });
  assert.deepEqual(complaints(deep), []);
  assert.equal(deep.stdout, "/tmp\n");
  const endless = await bootScript(root, "pwd", {
    ...options,
    config: nested(1_000_000),
  });
  assert.deepEqual(complaints(endless), [
    "krun-init: configFile: /.krun_config.json: line 1, column 10006: nested too deeply (going on without a config)",
  ]);
});

/** In KB, of the pipeline when it has done all its work; it gives nothing back. */
const mostMemory = 2560;

Deno.test("the pipeline has at most 2.5 MB of memory", async () => {
  const end = "return boot(stages, record,";
  const init = await changedSmallImage({
    file: "main_quickjs.ts",
    from: end,
    to: `const status = boot(stages, record, {
      platform: "linux",
      features,
    }, sys);
    const memory = sys.readFile("/proc/self/smaps_rollup");
    sys.write(stderr, new Uint8Array(memory));
    if (status === 0) return status;
    ${end}`,
  });
  for (
    const config of [undefined, {
      env: Array(100).fill(`A=${"x".repeat(100)}`),
    }]
  ) {
    const { stderr, status } = await bootScript(root, "exit 7", {
      init,
      config,
      ...(config && { args: [], env: ["KRUN_INIT=/bin/sh"] }),
    });
    assert.equal(status, config ? 0 : 7, stderr);
    const resident = Number(/^Rss: +(\d+) kB$/m.exec(stderr)?.[1]);
    assert.ok(resident > 100 && resident <= mostMemory, `${resident} KB`);
  }
});

/** What a boot of a changed image says, which ends it. */
async function endOf(...changes: readonly Change[]): Promise<string[]> {
  const init = await changedSmallImage(...changes);
  const outcome = await bootScript(root, "echo ran", { init, fuse: {} });
  assert.equal(outcome.status, 125);
  assert.equal(outcome.ended, "reboot");
  assert.equal(outcome.stdout, "");
  return complaints(outcome);
}

Deno.test("an engine whose place in memory is taken is reported", async () => {
  const launcher = { from: "0x1000_0000", to: "0x40_0000" };
  assert.deepEqual(await endOf({ file: "tools/engine.ts", ...launcher }), [
    "krun-init: launcher: map the runtime: EEXIST",
  ]);
});

/** The last line before the first of main_quickjs.ts that does something. */
const beginning = "const sys = new LinuxSys(engineKernel);\n";

Deno.test("what the program does not catch ends in 125 with its reason", async () => {
  for (
    const [statement, reason] of [
      [
        'if (engine.arch) throw new TypeError("Thrown by the test")',
        "TypeError: Thrown by the test",
      ],
      [
        "(null as unknown as string[]).length",
        "TypeError: cannot read property 'length' of null",
      ],
      // Nothing is there that could compile it.
      ['new Function("return 1")', "TypeError: eval is not supported"],
      ['(0, eval)("1")', "TypeError: eval is not supported"],
    ]
  ) {
    const end = await endOf({
      file: "main_quickjs.ts",
      from: beginning,
      to: `${statement};\n${beginning}`,
    });
    assert.deepEqual(end, [`krun-init: engine: ${reason}`]);
  }
});
