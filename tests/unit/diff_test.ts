import assert from "#assert";
import { run } from "./command_line_helper.ts";

const [plainPlan, config] = [
  "tests/golden/plain.json",
  "tests/golden/config.json",
];

Deno.test("diff has nothing to show where two plans are the same", async () => {
  const same = { status: 0, stdout: "", stderr: "" };
  assert.deepEqual(await run(["diff", plainPlan, plainPlan]), same);
  assert.deepEqual(await run(["diff", config, config]), same);
  assert.deepEqual(await run(["diff", "--"]), same);
});

Deno.test("diff compares two feature sets, stage by stage", async () => {
  const words = ["--feature", "none", "--", "--feature", "nested-kvm"];
  assert.deepEqual(await run(["diff", ...words]), {
    status: 1,
    stdout: `A boot
- A boot on linux, features: none
+ A boot on linux, features: nested-kvm
nestedKvm
- nestedKvm: skipped, built without nested-kvm
+ nestedKvm: Open /dev/kvm to every user
+ warn    chmod("/dev/kvm", 0666) = ENOENT
`,
    stderr: "",
  });
});

Deno.test("diff compares a plan in a file with one by options, and configs with each other", async () => {
  const words = [plainPlan, "--", "--feature=none", "--env=HOSTNAME=a"];
  const { status, stdout } = await run(["diff", ...words]);
  assert.equal(status, 1);
  assert.match(stdout, /^- warn {4}sethostname\("localhost"\)$/m);
  assert.match(stdout, /^\+ warn {4}sethostname\("a"\)$/m);
  const other = await Deno.makeTempFile({ prefix: "krun-unit-diff-" });
  await Deno.writeTextFile(other, '{ "args": ["/bin/other"] }');
  const configs = await run(["diff", config, other]);
  assert.match(configs.stdout, /^- command: "\/bin\/app" "--flag"$/m);
  assert.match(configs.stdout, /^\+ command: "\/bin\/other"$/m);
  await Deno.remove(other);
});

Deno.test("diff refuses what it can't compare", async () => {
  const newer = await Deno.makeTempFile({ prefix: "krun-unit-diff-" });
  await Deno.writeTextFile(newer, '{ "version": 2, "stages": [] }');
  const partial = await Deno.makeTempFile({ prefix: "krun-unit-diff-" });
  await Deno.writeTextFile(partial, '{ "version": 1, "stages": [{}] }');
  const nowhere = await Deno.makeTempFile({ prefix: "krun-unit-diff-" });
  const { platform: _, ...others } = JSON.parse(
    await Deno.readTextFile(plainPlan),
  );
  await Deno.writeTextFile(nowhere, JSON.stringify(others));
  for (
    const [words, message] of [
      [[plainPlan], /diff: Not two files, and no -- between two sides/],
      [[plainPlan, plainPlan, "x"], /diff: Not two files/],
      [["a", "b", "--"], /diff: Unknown word: b/],
      [[plainPlan, "--env=A=1", "--"], /is a plan: it takes no options/],
      [[newer, plainPlan], /: a plan of version 2, not 1\n/],
      [[partial, plainPlan], /: a plan with parts missing, or of another form/],
      [[nowhere, plainPlan], /: a plan with parts missing, or of another form/],
      [["/no/file", plainPlan], /diff: Cannot read \/no\/file: No such file/],
    ] as const
  ) {
    const { status, stdout, stderr } = await run(["diff", ...words]);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  }
  await Deno.remove(newer);
  await Deno.remove(partial);
  await Deno.remove(nowhere);
});
