import assert from "#assert";
import { commands } from "../../tools/command_line/mod.ts";
import { tableOffset } from "../../tools/image.ts";
import {
  type Arch,
  archs,
  compileNative,
  type NativeParts,
} from "../../tools/native.ts";
import { findProgram } from "../../tools/programs.ts";

const folder = new URL("../../native", import.meta.url).pathname;

/** The fields of an ELF file that say what it is (elf(5)). */
function elfFacts(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const programHeaders = Number(view.getBigUint64(0x20, true));
  const size = view.getUint16(0x36, true);
  const types = Array.from(
    { length: view.getUint16(0x38, true) },
    (_, n) => view.getUint32(programHeaders + n * size, true),
  );
  const PT_INTERP = 3;
  return {
    magic: view.getUint32(0),
    type: view.getUint16(0x10, true),
    machine: view.getUint16(0x12, true),
    interpreted: types.includes(PT_INTERP),
  };
}

const machines = { x86_64: 62, aarch64: 183 };
const ET_EXEC = 2;
const ET_DYN = 3;

const known = new Map<Arch, Promise<NativeParts>>();

/** The native parts as they are, compiled once. */
function compiled(arch: Arch): Promise<NativeParts> {
  const compiling = known.get(arch) ?? compileNative(arch, folder);
  known.set(arch, compiling);
  return compiling;
}

/** True where nothing has to be installed for it. */
function isAtHand(arch: Arch): boolean {
  return arch === Deno.build.arch ||
    findProgram(`${arch}-linux-gnu-gcc`) !== undefined;
}

for (const arch of archs.filter(isAtHand)) {
  Deno.test(`compileNative() makes a small static program and a shim for ${arch}`, async () => {
    const { program, shim } = await compiled(arch);
    const common = {
      magic: 0x7f454c46,
      machine: machines[arch],
      interpreted: false,
    };
    assert.deepEqual(elfFacts(program), { ...common, type: ET_EXEC });
    assert.deepEqual(elfFacts(shim), { ...common, type: ET_DYN });
    assert.ok(program.length <= tableOffset, `${program.length} bytes`);
    const text = new TextDecoder("latin1").decode(shim);
    assert.ok(text.includes("\0krun_system_call\0"));
    // No library is loaded for it: no DT_NEEDED names one.
    assert.ok(!text.includes(".so"));
  });
}

Deno.test("compileNative() gives the same bytes from another folder", async () => {
  const copy = await Deno.makeTempDir({ prefix: "krun-unit-native-" });
  try {
    await copyFolder(folder, copy);
    assert.deepEqual(
      await compileNative(Deno.build.arch, copy),
      await compiled(Deno.build.arch),
    );
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});

Deno.test("compileNative() fails with the compiler's message", async () => {
  const copy = await Deno.makeTempDir({ prefix: "krun-unit-native-" });
  try {
    await copyFolder(folder, copy);
    await Deno.writeTextFile(`${copy}/main.c`, "#error this one\n");
    await assert.rejects(
      compileNative(Deno.build.arch, copy),
      /status 1: .*this one/s,
    );
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});

Deno.test("compileNative() refuses sources that tell the time", async () => {
  const copy = await Deno.makeTempDir({ prefix: "krun-unit-native-" });
  try {
    await copyFolder(folder, copy);
    const line = "const char compiled[] = __DATE__ __TIME__;\n";
    await Deno.writeTextFile(`${copy}/main.c`, line, { append: true });
    await assert.rejects(
      compileNative(Deno.build.arch, copy),
      /__DATE__.*might prevent reproducible builds/,
    );
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("native/person.c knows the words of the command line", async () => {
  const text = await Deno.readTextFile(`${folder}/person.c`);
  const words = [...text.matchAll(/([a-z-]+)\\0/g)].map(([, word]) => word);
  assert.deepEqual(words, [
    ...commands.map(({ name }) => name),
    ...["--help", "-h", "--version"],
  ]);
});
