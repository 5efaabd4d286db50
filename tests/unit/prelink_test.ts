import assert from "#assert";
import { join } from "node:path";
import { hasHostedCompiler, hostedCompiler } from "../../tools/compiler.ts";
import { type Arch, archs } from "../../tools/native.ts";
import { prelink, type Prelinked } from "../../tools/prelink.ts";
import { run } from "../../tools/run.ts";

const folder = await Deno.makeTempDir({ prefix: "krun-prelink-" });
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);

/** Pointers to relocate, some of them to what the loader has to look up. */
const source = `#include <stdlib.h>
static int numbers[4];
int *pointers[] = { numbers, numbers + 1, numbers + 3 };
void *(*allocate)(size_t) = malloc;
int main(void) { return *pointers[rand() % 3] + !allocate; }
`;

/** Compiles a position-independent program; gives its path. */
async function program(arch: Arch): Promise<string> {
  const file = join(folder, arch);
  await Deno.writeTextFile(`${file}.c`, source);
  const compiler = await hostedCompiler(arch);
  await run(compiler, ["-fPIE", "-pie", `${file}.c`, "-o", file]);
  return file;
}

/**
 * What `readelf` finds, one match for each line; of relocations those that the
 * dynamic section names, as the loader does.
 */
async function readelf(
  option: string,
  file: string,
  line: RegExp,
): Promise<string[][]> {
  const text = await run("readelf", ["--wide", "--use-dynamic", option, file]);
  return [...text.matchAll(line)].map((match) => match.slice(1));
}

interface Relocation {
  readonly address: number;
  readonly type: string;
  readonly addend: number;
}

async function relocations(file: string): Promise<Relocation[]> {
  const rows = await readelf(
    "--relocs",
    file,
    /^([0-9a-f]{16}) +[0-9a-f]+ (R_\S+) .*?([0-9a-f]+)$/gm,
  );
  return rows.map(([address = "", type = "", addend = ""]) => ({
    address: parseInt(address, 16),
    type,
    addend: parseInt(addend, 16),
  }));
}

/** Where the bytes of an address are in the file. */
async function offsets(file: string): Promise<(address: number) => number> {
  const segments = (await readelf(
    "--segments",
    file,
    /^ +LOAD +0x(\S+) 0x(\S+) 0x\S+ 0x(\S+)/gm,
  )).map((row) => row.map((digits) => parseInt(digits, 16)));
  return (address) => {
    for (const [offset = 0, start = 0, size = 0] of segments) {
      if (address >= start && address < start + size) {
        return address - start + offset;
      }
    }
    throw new Error(`${file} has nothing at ${address}`);
  };
}

for (const arch of archs) {
  Deno.test({
    name: `prelink() does what the loader would, and tells it so (${arch})`,
    ignore: !hasHostedCompiler(arch),
    fn: async () => {
      const file = await program(arch);
      const before = await Deno.readFile(file);
      const result = prelink(arch, before) as Prelinked;
      assert.deepEqual(before, await Deno.readFile(file));
      const { base } = result.prelink;

      const all = await relocations(file);
      const relative = all.filter(({ type }) => type.endsWith("_RELATIVE"));
      assert.ok(relative.length >= 3);
      assert.ok(all.length > relative.length);
      assert.equal(result.prelink.count, relative.length);
      const view = new DataView(result.data.buffer);
      const offset = await offsets(file);
      for (const { address, addend } of relative) {
        const value = view.getBigUint64(offset(address), true);
        assert.equal(Number(value), base + addend);
      }

      const done = `${file}.done`;
      await Deno.writeFile(done, result.data);
      assert.deepEqual(
        await relocations(done),
        all.filter((relocation) => !relative.includes(relocation)),
      );
      const dynamic = /\((RELA|RELACOUNT)\) +(\S+)/g;
      assert.deepEqual(await readelf("--dynamic", file, dynamic), [
        ["RELA", `0x${result.prelink.relocations.toString(16)}`],
        ["RELACOUNT", `${relative.length}`],
      ]);
      assert.deepEqual((await readelf("--dynamic", done, dynamic))[1], [
        "RELACOUNT",
        "0",
      ]);
      // There is nothing left to do then.
      assert.equal(prelink(arch, result.data), undefined);
    },
  });
}

Deno.test("prelink() leaves programs alone that count no relocations", async () => {
  const file = join(folder, "static");
  await Deno.writeTextFile(`${file}.c`, source);
  const compiler = await hostedCompiler(Deno.build.arch);
  await run(compiler, ["-static", `${file}.c`, "-o", file]);
  const data = await Deno.readFile(file);
  assert.equal(prelink(Deno.build.arch, data), undefined);
});

Deno.test("prelink() refuses what is no program of the architecture", async () => {
  const other = archs.find((arch) => arch !== Deno.build.arch) as Arch;
  const data = await Deno.readFile(await program(Deno.build.arch));
  assert.throws(() => prelink(other, data), {
    message: /^Relocation 0 of the runtime is of type \d+$/,
  });
  for (const text of ["", "#!/bin/sh\n".repeat(10)]) {
    assert.throws(() => prelink(other, new TextEncoder().encode(text)), {
      message: "The runtime is no ELF file",
    });
  }
});
