import assert from "#assert";
import { hostWords, shellWord } from "../../tools/libkrun/guest.ts";
import type { Case, Outcome } from "../libkrun/case.ts";
import { cases } from "../libkrun/cases.ts";
import { differences, expectationOf } from "../libkrun/compare.ts";
import type { Result } from "../libkrun/run_cases.ts";
import { rowOf, staleRows } from "../libkrun/table.ts";

const one: Case = {
  name: "one",
  about: "a sentence",
  guest: {},
  expect: { status: 7, stdout: "out\n" },
  upstream: { status: 1, because: "it is older" },
};

const right: Outcome = { status: 7, stdout: "out\n", stderr: "" };

Deno.test("cases have names of their own that a shell takes as they are", () => {
  const names = cases.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z\d]+(-[a-z\d]+)*$/);
});

Deno.test("differences() sees status, output and messages, each for itself", () => {
  const found = (change: Partial<Outcome>): string[] =>
    differences(one.expect, { ...right, ...change });
  assert.deepEqual(found({}), []);
  assert.deepEqual(found({ stderr: "x krun-init: exit-code 7\nother\n" }), []);
  assert.deepEqual(found({ status: 8 }), ["status 8, not 7"]);
  assert.deepEqual(found({ stdout: "out" }), [
    'standard output "out", not "out\\n"',
  ]);
  assert.deepEqual(found({ stderr: "a\nb krun-init: stage: no\n" }), [
    "a message: b krun-init: stage: no",
  ]);
  const matching = { stdout: /u/, stderr: /reason/ };
  assert.deepEqual(
    differences(matching, { status: 0, stdout: "out", stderr: "a reason" }),
    [],
  );
  assert.equal(
    differences(matching, { status: 0, stdout: "o", stderr: "none" }).length,
    2,
  );
});

Deno.test("expectationOf() knows where libkrun's own init differs", () => {
  assert.equal(expectationOf(one, "deno").status, 7);
  assert.equal(expectationOf(one, "upstream").status, 1);
  const { upstream: _, ...same } = one;
  assert.equal(expectationOf(same, "upstream").status, 7);
});

Deno.test("staleRows() finds rows that a page has not, whatever their padding", () => {
  const results: Result[] = [
    {
      case: one,
      init: "upstream",
      outcome: right,
      differences: [],
      seconds: 1,
    },
    { case: one, init: "deno", outcome: right, differences: [], seconds: 1 },
  ];
  const row = "| a sentence | no: it is older | yes | – |";
  assert.equal(rowOf(results), row);
  assert.deepEqual(
    staleRows(
      "# x\n| a sentence   | no: it is older | yes  | –     |\n",
      results,
    ),
    [],
  );
  assert.deepEqual(staleRows("| a sentence | yes | yes | – |\n", results), [
    row,
  ]);
});

Deno.test("hostWords() tells host.c all of a guest, each value as a word", () => {
  assert.deepEqual(
    hostWords({
      root: "root",
      exec: ["/bin/sh", "-c", "a b"],
      env: ["A=1", "B="],
      memory: 96,
      shares: ["x:y", "z:w:ro"],
      readOnly: true,
      nested: false,
    }),
    [
      "root=root",
      "read-only=1",
      "exec=/bin/sh",
      "arg=-c",
      "arg=a b",
      "env=A=1",
      "env=B=",
      "memory=96",
      "share=x:y",
      "share=z:w:ro",
    ],
  );
});

Deno.test("shellWord() gives a shell any word as it is", async () => {
  const words = ["", "a b", "it's", "''", '$x `y` \\ "z"', "two\nlines", "ä"];
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", `printf '%s\\0' ${words.map(shellWord).join(" ")}`],
  }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    words.map((word) => `${word}\0`).join(""),
  );
});
