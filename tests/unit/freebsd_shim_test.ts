/** FreeBSD's shim, which no test runs on FreeBSD: see tests/fixtures/freebsd_calls.c. */

import assert from "#assert";
import { iovecs } from "../../ffi/freebsd/structs.ts";
import { callNumbers } from "../../ffi/linux/symbols.ts";
import { Shim } from "../../ffi/shim.ts";
import {
  type Arch,
  archs,
  compileFreebsdShim,
  compileNative,
} from "../../tools/native.ts";
import { findProgram } from "../../tools/programs.ts";
import { run } from "../../tools/run.ts";
import { compile } from "../fixtures/compile.ts";

const native = new URL("../../native", import.meta.url).pathname;

/** The kernel's door, the look at the carry flag, the change of sign. */
const instructions: Record<Arch, RegExp> = {
  x86_64: /\tsyscall.*\n.*\tjae .*\n.*\tneg +%rax\n/,
  aarch64: /\tsvc\t#0x0\n.*\tb\.cc\t.*\n.*\tneg\tx0, x0\n/,
};

function objdump(arch: Arch): string | undefined {
  return findProgram(
    arch === Deno.build.arch ? "objdump" : `${arch}-linux-gnu-objdump`,
  );
}

/** The shim's instructions; `jnc` is `jae` to objdump. */
async function disassemble(arch: Arch, shim: Uint8Array): Promise<string> {
  const file = await Deno.makeTempFile({ prefix: "krun-unit-shim-" });
  try {
    await Deno.writeFile(file, shim);
    const args = ["-d", "--no-show-raw-insn", file];
    return await run(objdump(arch) as string, args);
  } finally {
    await Deno.remove(file);
  }
}

for (const arch of archs) {
  Deno.test({
    name: `compileFreebsdShim() looks at the carry flag on ${arch}`,
    ignore: objdump(arch) === undefined,
    async fn() {
      const shim = await compileFreebsdShim(arch, native);
      const text = new TextDecoder("latin1").decode(shim);
      assert.ok(text.includes("\0krun_system_call\0"));
      assert.match(await disassemble(arch, shim), instructions[arch]);
      const linux = (await compileNative(arch, native)).shim;
      assert.doesNotMatch(await disassemble(arch, linux), instructions[arch]);
    },
  });
}

Deno.test({
  name:
    "FreeBSD's shim gives results and -errno where the kernel answers as FreeBSD's",
  ignore: Deno.build.arch !== "x86_64",
  async fn() {
    const program = await compile({
      name: "freebsd_calls",
      sources: ["freebsd_calls.c"],
      flags: ["-std=gnu11", "-DKRUN_FREEBSD"],
    });
    assert.deepEqual(JSON.parse(await run(program, [])), {
      calls: [
        [378, 11, 12, 13, 14, 15, 16],
        [390, 21, 22, 23, 24, 25, 26],
        [5, -1, 0, 0, 0, 0, 0],
        [54, 0, 0, 0, 0, 0, 0],
      ],
      results: [-2, 129, 0, -78],
    });
    // Linux's shim knows nothing of the flag.
    const other = await compile({
      name: "freebsd_calls_of_linux",
      sources: ["freebsd_calls.c"],
      flags: ["-std=gnu11"],
    });
    const { results } = JSON.parse(await run(other, []));
    assert.deepEqual(results, [2, 129, 0, 78]);
  },
});

// struct iovec is the same on Linux, whose writev(2) takes one, too.
Deno.test("iovecs() and Shim.address() lead a kernel to the strings", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-shim-" });
  try {
    await Deno.writeFile(
      `${folder}/shim.so`,
      (await compileNative(Deno.build.arch, native)).shim,
    );
    const shim = new Shim(`${folder}/shim.so`);
    const AT_FDCWD = -100;
    const O_WRONLY_CREAT = 0o101;
    const writev = { x86_64: 20, aarch64: 66 }[Deno.build.arch];
    const file = shim.call(callNumbers.openat, [
      ...[AT_FDCWD, `${folder}/file`, O_WRONLY_CREAT, 0o600],
    ]);
    const vectors = iovecs(
      ["fstype", "cd9660", "ä"],
      (bytes) => shim.address(bytes),
    );
    assert.equal(shim.call(writev, [file, vectors, 3]), 17);
    shim.call(callNumbers.close, [file]);
    assert.equal(
      await Deno.readTextFile(`${folder}/file`),
      "fstype\0cd9660\0ä\0",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
