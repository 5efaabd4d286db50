import assert from "#assert";
import { splitKernelLine } from "../../tools/command_line/kernel_line.ts";

Deno.test("splitKernelLine() takes a line apart as Linux does", () => {
  const line =
    'quiet "A=b c" KRUN_RLIMITS="7=1024:4096" X="y z" a.b=1 -- "-c" "echo hi" "" "k=v w"';
  assert.deepEqual(splitKernelLine(line), {
    args: ["-c", "echo hi", "", "k=v w"],
    environment: ["A=b c", "KRUN_RLIMITS=7=1024:4096", "X=y z"],
    parameters: ["quiet", "a.b=1"],
  });
});

Deno.test("splitKernelLine() ends a word at a space and the arguments at a second --", () => {
  const { args, environment } = splitKernelLine("KRUN_WORKDIR=/my dir");
  assert.deepEqual([environment, args], [["KRUN_WORKDIR=/my"], ["dir"]]);
  assert.deepEqual(splitKernelLine('-- "a" "--" "b"').args, ["a"]);
  assert.deepEqual(splitKernelLine('-- "echo "hi there""').args, [
    'echo "hi',
    'there""',
  ]);
});

Deno.test("splitKernelLine() has the last of a name, and arguments behind init=", () => {
  const line = "x A=1 init=/init.krun y A=2 no-kvmapf tsi_hijack";
  assert.deepEqual(splitKernelLine(line), {
    args: ["y"],
    environment: ["A=2"],
    parameters: ["init=/init.krun", "no-kvmapf", "tsi_hijack"],
  });
});
