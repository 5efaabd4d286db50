import assert from "#assert";
import { callNumbers } from "../../ffi/linux/symbols.ts";

const module = new URL("../../ffi/linux/symbols.ts", import.meta.url);

/** Where Debian and Fedora have the numbers' headers, by architecture. */
const headers = {
  x86_64: [
    "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "/usr/include/asm/unistd_64.h",
  ],
  aarch64: ["/usr/include/asm-generic/unistd.h"],
} as const;

function findHeader(arch: keyof typeof headers): string | undefined {
  for (const path of headers[arch]) {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      // Another distribution's.
    }
  }
  return undefined;
}

/** The module's numbers, as it gives them where it runs on `arch`. */
async function numbersOn(arch: string): Promise<Record<string, number>> {
  const source = await Deno.readTextFile(module);
  const there = source.replace(
    'import { arch } from "../arch.ts";',
    `const arch = "${arch}";`,
  );
  assert.notEqual(there, source);
  const url = `data:application/typescript,${encodeURIComponent(there)}`;
  return (await import(url)).callNumbers;
}

for (const arch of ["x86_64", "aarch64"] as const) {
  const header = findHeader(arch);
  Deno.test({
    name: `callNumbers has the header's numbers on ${arch}`,
    ignore: header === undefined,
    async fn() {
      const numbers = await numbersOn(arch);
      const expected = Object.keys(numbers).map((name) => {
        // Some have a number for 64-bit machines and another for the rest.
        const line = new RegExp(`^#define __NR(?:3264)?_${name} (\\d+)$`, "m");
        return [name, Number(line.exec(header ?? "")?.[1])];
      });
      assert.deepEqual(numbers, Object.fromEntries(expected));
      assert.ok(expected.length >= 20);
    },
  });
}

Deno.test("callNumbers has the numbers that never change", async () => {
  const x86 = await numbersOn("x86_64");
  const arm = await numbersOn("aarch64");
  const pick = (
    { read, openat, mount, statx, openat2 }: Record<string, number>,
  ): unknown[] => [read, openat, mount, statx, openat2];
  assert.deepEqual(pick(x86), [0, 257, 165, 332, 437]);
  assert.deepEqual(pick(arm), [63, 56, 40, 291, 437]);
  assert.deepEqual(callNumbers, Deno.build.arch === "x86_64" ? x86 : arm);
});
