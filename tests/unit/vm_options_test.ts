import assert from "#assert";
import { parseCommandLine } from "../../tools/vm/options.ts";

Deno.test("parseCommandLine() has defaults for everything", () => {
  assert.deepEqual(parseCommandLine([]), {
    trace: false,
    libkrun: false,
    consoleOnly: false,
    readOnly: false,
    env: [],
    command: [],
    disks: [],
    volumes: [],
    modules: [],
    network: "none",
    memory: 512,
    cpus: 2,
  });
});

Deno.test("parseCommandLine() reads every option", () => {
  const line =
    "--arch aarch64 --rootfs /r --disk a --disk b --volume d:/e:ro --config c --env A=b --init i " +
    "--memory 96 --cpus 4 --net user --kernel k --module dummy --read-only " +
    "--console --trace --runtime quickjs";
  assert.deepEqual(parseCommandLine(line.split(" ")), {
    trace: true,
    libkrun: false,
    consoleOnly: true,
    readOnly: true,
    env: ["A=b", "KRUN_INIT_TRACE=1"],
    command: [],
    disks: ["a", "b"],
    volumes: [{ folder: "d", path: "/e", readOnly: true }],
    modules: ["dummy"],
    network: "user",
    memory: 96,
    cpus: 4,
    arch: "aarch64",
    rootfs: "/r",
    config: "c",
    init: "i",
    runtime: "quickjs",
    kernel: "k",
  });
});

Deno.test("parseCommandLine() leaves the machine to libkrun, with one processor", () => {
  const options = parseCommandLine(["--libkrun", "--memory", "96"]);
  assert.deepEqual(
    [options?.libkrun, options?.cpus, options?.memory],
    [true, 1, 96],
  );
});

Deno.test("parseCommandLine() shows the events that a variable asks for", () => {
  const options = parseCommandLine(["--env", "KRUN_INIT_TRACE=1"]);
  assert.equal(options?.trace, true);
  assert.deepEqual(options?.env, ["KRUN_INIT_TRACE=1"]);
  const file = parseCommandLine(["--env", "KRUN_INIT_TRACE=/trace"]);
  assert.equal(file?.trace, false);
});

Deno.test("parseCommandLine() leaves all behind the first -- to the command", () => {
  const options = parseCommandLine(["--cpus", "1", "--", "ls", "--help", "--"]);
  assert.equal(options?.cpus, 1);
  assert.deepEqual(options?.command, ["ls", "--help", "--"]);
});

Deno.test("parseCommandLine() returns nothing when help is wanted", () => {
  assert.equal(parseCommandLine(["--help"]), undefined);
});

Deno.test("parseCommandLine() names what is wrong", () => {
  const wrong: [string[], RegExp][] = [
    [["ls"], /Unexpected argument ls: the command comes after --/],
    [["--memory", "0"], /--memory is not a positive number: 0/],
    [["--cpus", "two"], /--cpus is not a positive number: two/],
    [["--arch", "riscv64"], /--arch: riscv64 \(known: x86_64, aarch64\)/],
    [["--runtime", "node"], /Unknown value for --runtime: node/],
    [["--net", "tap"], /Unknown value for --net: tap/],
    [["--libkrun", "--console"], /--console does not go with --libkrun/],
    [["--volume", "d"], /^Error: --volume d is not HOSTDIR:\/PATH\[:ro\]$/],
    [["--volume", "d:/e", "--libkrun"], /--volume does not go with --libkrun/],
    [
      ["--volume", "d:/e", "--env", "KRUN_CONFIG=/c"],
      /--volume does not go with --env KRUN_CONFIG=\/c/,
    ],
    [["--disk", "d", "--libkrun"], /--disk does not go with --libkrun/],
    [["--frobnicate"], /--frobnicate/],
  ];
  for (const [args, message] of wrong) {
    assert.throws(() => parseCommandLine(args), message);
  }
});
