import assert from "#assert";
import {
  type Caller,
  type Command,
  UsageError,
} from "../../tools/command_line/command.ts";
import { commands } from "../../tools/command_line/mod.ts";
import { run } from "./command_line_helper.ts";

/** Does as its first argument says. */
const example: Command = {
  name: "example",
  summary: "Serves as an example",
  help: "Usage: krun-init example [WORD]\n",
  run([word], { facts }: Caller) {
    if (word === "wrong") throw new UsageError("Unknown word: wrong");
    if (word === "fail") throw new Error("a.json: No such file");
    return Promise.resolve(word === facts.version ? 0 : 1);
  },
};

const quiet = { stdout: "", stderr: "" };

Deno.test("krun-init COMMAND runs it and has its status", async () => {
  assert.deepEqual(await run(["example", "1.2.3"], [example]), {
    status: 0,
    ...quiet,
  });
  assert.deepEqual(await run(["example", "x"], [example]), {
    status: 1,
    ...quiet,
  });
});

Deno.test("krun-init says which word was wrong, and where the help is", async () => {
  for (
    const [words, message] of [
      [["nope", "--help"], "Unknown command: nope (see krun-init --help)"],
      [["--nope"], "Unknown option: --nope (see krun-init --help)"],
      [
        ["example", "wrong"],
        "example: Unknown word: wrong (see krun-init example --help)",
      ],
      [["example", "fail"], "example: a.json: No such file"],
    ] as const
  ) {
    assert.deepEqual(await run(words, [example]), {
      status: 2,
      stdout: "",
      stderr: `krun-init: ${message}\n`,
    });
  }
});

Deno.test("krun-init --help lists every command", async () => {
  for (const words of [[], ["--help"], ["-h"]]) {
    const { status, stdout, stderr } = await run(words, [example]);
    assert.equal(status, 0);
    assert.match(stdout, /^ {2}example {3,}Serves as an example$/m);
    assert.equal(stderr, "");
  }
});

Deno.test("krun-init COMMAND --help is that command's help, but not behind a --", async () => {
  assert.equal(
    (await run(["example", "wrong", "--help"], [example])).stdout,
    example.help,
  );
  assert.equal(
    (await run(["example", "x", "--", "--help"], [example])).stdout,
    "",
  );
});

Deno.test("krun-init --version tells all that the build knows of itself", async () => {
  assert.deepEqual(await run(["--version"]), {
    status: 0,
    stdout:
      "krun-init 1.2.3 (aarch64, deno 9.9.9, features: nested-kvm timesync, digest abcd)\n",
    stderr: "",
  });
  const { stdout } = await run(["--version"], [], { features: [] });
  assert.match(stdout, / features: none, /);
});

for (const { name, summary, help } of commands) {
  Deno.test(`the help of krun-init ${name} has usage, statuses and an example`, () => {
    assert.match(help, new RegExp(`^Usage: krun-init ${name}\\b`));
    assert.match(help, /^Exit status: /m);
    assert.match(help, new RegExp(`^Example: krun-init ${name}\\b`, "m"));
    assert.ok(help.endsWith("\n"));
    // It fits a terminal.
    for (const line of help.split("\n")) assert.ok(line.length <= 80, line);
    assert.match(summary, /^[A-Z].*[^.\n]$/);
  });
}
