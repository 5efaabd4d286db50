import assert from "#assert";
import { kernelWords } from "../../stages/formats/command_line.ts";

Deno.test("kernelWords() gives the words up to the two dashes", () => {
  assert.deepEqual(kernelWords(""), []);
  assert.deepEqual(kernelWords("quiet  rw\tinit=/init.krun\n"), [
    "quiet",
    "rw",
    "init=/init.krun",
  ]);
  assert.deepEqual(kernelWords(" rw  -- tsi_hijack -- x\n"), ["rw"]);
  assert.deepEqual(kernelWords("-- a"), []);
  assert.deepEqual(kernelWords("a --b"), ["a", "--b"]);
  assert.deepEqual(kernelWords('APP="x -- y" b'), ["APP=x -- y", "b"]);
});
