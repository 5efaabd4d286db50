/** Tests that native/ and ffi/ are right on an architecture that no test here runs on. */

import assert from "#assert";
import { join } from "node:path";
import { hasHostedCompiler, hostedCompiler } from "../../tools/compiler.ts";
import { type Arch, archs } from "../../tools/native.ts";
import { run } from "../../tools/run.ts";
import { ourNumbers } from "./kernel_numbers.ts";

const project = new URL("../..", import.meta.url).pathname;

/** What only native/arch/ and arch.h, which picks from it, may hold. */
const particular =
  /__(x86_64|amd64|i386|aarch64|arm)__|\basm\b|__asm|\bSYS_\w+ *=|define O_(DIRECT|DIRECTORY|NOFOLLOW|LARGEFILE)\b/;

Deno.test("native/ knows its architectures in native/arch/ alone", async () => {
  const found: string[] = [];
  for (const { name, isFile } of Deno.readDirSync(join(project, "native"))) {
    if (!isFile || name === "arch.h") continue;
    const text = await Deno.readTextFile(join(project, "native", name));
    if (particular.test(text)) found.push(name);
  }
  assert.deepEqual(found, []);
  for (const arch of archs) assert.match(await archHeader(arch), particular);
});

Deno.test("native/arch/ has the same names for every architecture", async () => {
  const names = await Promise.all(
    archs.map(async (arch) =>
      [...(await archHeader(arch)).matchAll(/\b(?:SYS|ARCH|O)_\w+/g)]
        .map(([name]) => name).toSorted()
    ),
  );
  assert.ok(names[0]?.includes("SYS_openat"));
  assert.deepEqual(names[1], names[0]);
});

for (const arch of archs) {
  Deno.test({
    name: `native/arch/ and ffi/linux/ have the numbers of Linux on ${arch}`,
    ignore: !hasHostedCompiler(arch),
    async fn() {
      const calls = [...(await archHeader(arch)).matchAll(/\bSYS_(\w+) = /g)]
        .map(([, name]) => `SYS_${name} == __NR_${name}`);
      const numbers = Object.entries(ourNumbers()).map(([name, value]) =>
        `${name.replace(/^sizeof_(.*)/, "sizeof(struct $1)")} == ${value}`
      );
      assert.ok(calls.length > 30 && numbers.length > 30);
      await check(arch, withNumbers, [
        "OUR_O_DIRECTORY == O_DIRECTORY",
        ...calls,
        ...numbers,
      ]);
      for (const wrong of ["SYS_read == __NR_write", "O_CREAT == O_TRUNC"]) {
        await assert.rejects(
          check(arch, withNumbers, [wrong]),
          new RegExp(wrong),
        );
      }
    },
  });

  Deno.test({
    name: `native/ has the structures of Linux on ${arch}`,
    ignore: !hasHostedCompiler(arch),
    async fn() {
      await check(arch, withStructures, [
        ...same("struct file_system", "struct statfs", ["type", "f_type"]),
        ...same(
          "struct system_info",
          "struct sysinfo",
          ["total_ram", "totalram"],
          ["unit", "mem_unit"],
        ),
        ...same(
          "struct action",
          "struct sigaction",
          ["handler", "sa_handler"],
          ["flags", "sa_flags"],
          ["mask", "sa_mask"],
        ),
        ...same(
          "struct signal_information",
          "siginfo_t",
          ["number", "si_signo"],
          ["code", "si_code"],
          ["pid", "si_pid"],
          ["uid", "si_uid"],
        ),
        ...same(
          "struct our_timespec",
          "struct __kernel_timespec",
          ["nanoseconds", "tv_nsec"],
        ),
      ]);
      const wrong = same("struct our_timespec", "struct sigaction");
      await assert.rejects(check(arch, withStructures, wrong), /sizeof/);
    },
  });
}

const withNumbers = `#include "native/arch.h"
enum { OUR_O_DIRECTORY = O_DIRECTORY };
#undef O_DIRECTORY
#include "tests/fixtures/kernel_interface.c"
#include <asm/unistd.h>
`;

/** Linux has one of our names for a structure of its own. */
const withStructures = `#define timespec our_timespec
#include "native/signals.c"
#undef timespec
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/statfs.h>
#include <linux/sysinfo.h>
#include <linux/time_types.h>
`;

/** That two structures have the same size, and members the same place. */
function same(
  ours: string,
  theirs: string,
  ...members: readonly (readonly [string, string])[]
): string[] {
  const place = (type: string, member: string): string =>
    `__builtin_offsetof(${type}, ${member})`;
  return [
    `sizeof(${ours}) == sizeof(${theirs})`,
    ...members.map(([our, their]) =>
      `${place(ours, our)} == ${place(theirs, their)}`
    ),
  ];
}

function archHeader(arch: Arch): Promise<string> {
  return Deno.readTextFile(join(project, "native/arch", `${arch}.h`));
}

/** Has the compiler check expressions, behind the headers that they need. */
async function check(
  arch: Arch,
  headers: string,
  expressions: readonly string[],
): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".c" });
  try {
    await Deno.writeTextFile(
      file,
      headers +
        expressions.map((text) => `_Static_assert(${text}, "${text}");\n`)
          .join(""),
    );
    const compiler = await hostedCompiler(arch);
    await run(compiler, ["-fsyntax-only", `-I${project}`, file]);
  } finally {
    await Deno.remove(file);
  }
}
