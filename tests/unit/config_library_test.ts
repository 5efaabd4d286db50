import assert from "#assert";
import { join } from "node:path";
import {
  answerOf,
  encodeCalls,
  signatures,
  type WrittenCall,
} from "../fixtures/config_calls.ts";
import {
  carefulDriver,
  Driver,
  InstalledLibrary,
  leakingDriver,
  noMemoryDriver,
  threadsDriver,
} from "../fixtures/config_library.ts";
import { ensurePrograms } from "../../tools/programs.ts";
import { run } from "../../tools/run.ts";
import { type Call, type Outcome, readVectors } from "./config_vectors.ts";
import { decodeBytes } from "../../ffi/bytes.ts";

const fixtures = new URL("../fixtures/", import.meta.url).pathname;
const vectors = readVectors();

await ensurePrograms([
  { program: "pkg-config", package: "pkgconf" },
  { program: "nm", package: "binutils" },
  { program: "readelf", package: "binutils" },
]);

/** A vector's calls with plain arguments: what is not given is empty. */
function plain(calls: readonly Call[]): WrittenCall[] {
  return calls.map(({ call, args }) => ({
    call,
    args: args.map((arg) => {
      if (arg === null) return "";
      if (typeof arg === "boolean") return Number(arg);
      if (typeof arg !== "object") return arg;
      return decodeBytes(Uint8Array.fromHex(arg.hex));
    }),
  }));
}

/** What a driver says to calls, as a vector has it. */
async function outcome(
  driver: Driver,
  calls: readonly Call[],
): Promise<Outcome> {
  const answer = await driver.answer(encodeCalls(plain(calls)));
  if (!("json" in answer)) {
    return { error: { code: answer.code, path: answer.path } };
  }
  const { code: _, files, ...config } = answer;
  return {
    ...config,
    files: files.map(({ path, mode, oneShot }) =>
      `${mode.toString(8)} ${oneShot ? "one-shot" : "kept"} ${path}`
    ),
  };
}

async function checkVectors(driver: Driver): Promise<void> {
  for (const { name, calls, expected } of vectors) {
    assert.deepEqual(await outcome(driver, calls), expected, name);
  }
}

Deno.test("libkrun_init_config gives what the vectors say", async () => {
  await using library = await InstalledLibrary.build();
  const program = await library.compile(
    "driver",
    ["config_calls.c", "config_driver.c"].map((name) => fixtures + name),
    ["--cflags", "--libs"],
  );
  await using driver = new Driver(program, library.environment);
  await checkVectors(driver);
});

for (
  const [what, compile] of [
    ["with the sanitizers of memory and behaviour", carefulDriver],
    ["when every allocation has failed before", noMemoryDriver],
    ["in several threads at once", threadsDriver],
  ] as const
) {
  Deno.test(`libkrun_init_config gives what the vectors say ${what}`, async () => {
    await using driver = new Driver(await compile());
    await checkVectors(driver);
  });
}

Deno.test("a driver whose library leaks ends in an error", async () => {
  const driver = new Driver(await leakingDriver(), {}, "null");
  await checkVectors(driver);
  await assert.rejects(driver[Symbol.asyncDispose](), /ended with status/);
});

const many = (count: number, call: WrittenCall): WrittenCall[] =>
  Array.from({ length: count }, () => call);

/** Calls that no vector has, for the bytes of files and the largest counts. */
const others: readonly (readonly [string, readonly WrittenCall[]])[] = [
  ["an image and a file", [
    { call: "image", args: [new Uint8Array([127, 69, 76, 70])] },
    { call: "file", args: ["/f", new Uint8Array([0, 255]), 0o600, 1] },
    { call: "file", args: ["/empty", new Uint8Array(), 0o7777, 0] },
  ]],
  [
    "as many groups as Linux takes",
    many(65_536, { call: "additional_gid", args: [1] }),
  ],
  ["one group more", many(65_537, { call: "additional_gid", args: [1] })],
  [
    "arguments of more than 1 MB",
    many(20, { call: "arg", args: ["x".repeat(65_535)] }),
  ],
  ["a value that is not Unicode, in a message", [
    { call: "rlimit", args: ['\udcff\u0000\u007f"é'] },
  ]],
  ["too many variables for the kernel, HOME among them", [
    { call: "kernel_env", args: ["HOME=/"] },
    ...Array.from({ length: 31 }, (_, n): WrittenCall => ({
      call: "kernel_env",
      args: [`V${n}=`],
    })),
  ]],
  ["a line of 1,535 bytes", [{
    call: "kernel_env",
    args: [`A=${"x".repeat(1535 - 'init=/init.krun "A="'.length)}`],
  }]],
  ["a line of 1,536 bytes", [{
    call: "kernel_env",
    args: [`A=${"x".repeat(1536 - 'init=/init.krun "A="'.length)}`],
  }]],
];

Deno.test("libkrun_init_config gives what ConfigBuilder gives", async (t) => {
  await using driver = new Driver(await carefulDriver());
  for (const [name, calls] of others) {
    await t.step(name, async () => {
      const answer = await driver.answer(encodeCalls(calls));
      assert.deepEqual(answer, answerOf(calls));
    });
  }
});

/** Each beside the last or the first that is not UTF-8 any more. */
const sequences = [
  ...["7f", "80", "bf", "c080", "c1bf", "c27f", "c280", "dfbf", "dfc0", "c2"],
  ...["e09fbf", "e0a080", "ec80c0", "ed9fbf", "eda080", "edbfbf", "ee8080"],
  ...["efbfbf", "e282", "e28228", "f08fbfbf", "f0908080", "f48fbfbf"],
  ...["f4908080", "f5808080", "f09f92", "f09f9228", "f888808080", "fe", "ff"],
];

Deno.test("libkrun_init_config has the UTF-8 of ConfigBuilder", async () => {
  await using driver = new Driver(await carefulDriver());
  for (const hex of sequences) {
    const word = decodeBytes(Uint8Array.fromHex(hex));
    const calls = [{ call: "arg", args: [word] }];
    assert.deepEqual(
      await driver.answer(encodeCalls(calls)),
      answerOf(calls),
      hex,
    );
  }
});

Deno.test("config-library says where it has built, or why not", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-config-library-" });
  const tool = (...args: string[]): Promise<string> =>
    run(Deno.execPath(), ["run", "-qA", "tools/config_library.ts", ...args], {
      cwd: new URL("../../", import.meta.url).pathname,
    });
  try {
    assert.equal(await tool("--output", folder), `${folder}\n`);
    const link = await Deno.realPath(`${folder}/lib/libkrun_init_config.so`);
    assert.match(link, /\/libkrun_init_config\.so\.\d+\.\d+\.\d+$/);
    await assert.rejects(tool("--nope"), /config-library: .*--nope/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The names that the header declares. */
async function declared(folder: string): Promise<string[]> {
  const text = await Deno.readTextFile(
    join(folder, "include/krun_init_config.h"),
  );
  return [...text.matchAll(/^KRUN_CONFIG_API\([^,]*, (\w+)\)/gm)]
    .map(([, name = ""]) => name).sort();
}

Deno.test("the library exports what its header declares, and its SONAME", async () => {
  await using library = await InstalledLibrary.build();
  const file = join(library.folder, "lib/libkrun_init_config.so");
  const symbols = (await run("nm", ["-D", "--defined-only", file]))
    .trim().split("\n").map((line) => line.split(" ").at(-1) ?? "");
  const names = await declared(library.folder);
  const version = "KRUN_INIT_CONFIG_0.1";
  assert.deepEqual(
    symbols.sort(),
    [version, ...names.map((name) => `${name}@@${version}`)].sort(),
  );
  // Upstream's library has none of these names, so both fit into a process.
  assert.ok(names.every((name) => name.startsWith("krun_config_")));
  for (const [call] of signatures) {
    assert.ok(names.includes(`krun_config_builder_${call}`), call);
  }
  const dynamic = await run("readelf", ["-d", file]);
  assert.match(dynamic, /SONAME.*\[libkrun_init_config\.so\.0\]/);
});

Deno.test("the weak header loads what the header declares", async () => {
  await using library = await InstalledLibrary.build();
  const weak = await Deno.readTextFile(
    join(library.folder, "include/krun_init_config_weak.h"),
  );
  const loaded = [...weak.matchAll(/KRUN_CONFIG_WEAK\((krun_config_\w+)\)/g)]
    .map(([, name = ""]) => name).sort();
  assert.deepEqual(loaded, await declared(library.folder));
});

const page = Deno.readTextFileSync(
  new URL("../../docs/host_packages.md", import.meta.url),
);
const [, example = ""] = /^```c\n(.*?)^```$/ms.exec(page) ?? [];

const said =
  `{"process":{"args":["/bin/sh","-c","id; df /tmp"],"user":{"uid":1000,"gid":1000}},"mounts":[{"destination":"/tmp","type":"tmpfs","source":"tmpfs","options":["size=64m"]}],"annotations":{"krun-init.oci":"1"}}
init=/init.krun "KRUN_DHCP=1"
`;

for (
  const [kind, options, more] of [
    ["linked to the library", ["--cflags", "--libs"], []],
    ["that finds the library itself", ["--cflags"], ["-DWEAK"]],
  ] as const
) {
  Deno.test(`docs/host_packages.md's program in C works, ${kind}`, async () => {
    await using library = await InstalledLibrary.build();
    const source = join(library.folder, "guest.c");
    await Deno.writeTextFile(source, example);
    assert.ok(example.trimEnd().split("\n").length <= 40);
    const program = await library.compile("guest", [source], options, more);
    assert.equal(await run(program, [], { env: library.environment }), said);
    // Without the library it says so, in the loader's words or its own.
    await assert.rejects(
      run(program, []),
      kind.startsWith("linked")
        ? /status 127: .*libkrun_init_config\.so\.0/
        : /status 1: libkrun_init_config\.so\.0 is missing$/,
    );
  });
}

Deno.test("the weak header names the first function that is missing", async () => {
  await using library = await InstalledLibrary.build();
  const source = join(library.folder, "weak.c");
  await Deno.writeTextFile(
    source,
    `#include <krun_init_config_weak.h>
#include <stdio.h>
int main(void)
{
  puts(krun_config_weak_load(dlopen("libc.so.6", RTLD_NOW)));
  return krun_config_builder_new != NULL;
}
`,
  );
  const program = await library.compile("weak", [source], ["--cflags"]);
  assert.equal(
    await run(program, [], { env: library.environment }),
    "krun_config_builder_new\n",
  );
});
