import assert from "#assert";
import { type BuildLock, readLock, toolMarks } from "../../tools/build_lock.ts";
import { archs } from "../../tools/native.ts";

const lock = await readLock();

Deno.test("readLock() names the first thing that a lock file lacks", async () => {
  const path = await Deno.makeTempFile({ prefix: "krun-unit-lock-" });
  const damaged: readonly [string, (copy: BuildLock) => void][] = [
    ["x86_64.deno.sha256", ({ x86_64 }) => {
      Object.assign(x86_64.deno, { sha256: "abc" });
    }],
    ["x86_64.debian.libgcc-s1.version", ({ x86_64 }) => {
      Object.assign(x86_64.debian, { "libgcc-s1": {} });
    }],
    ["quickjs.path", ({ quickjs }) => {
      Object.assign(quickjs, { path: "https://example.org/quickjs.tar.xz" });
    }],
    ["aarch64.musl.sha1", ({ aarch64 }) => {
      Object.assign(aarch64.musl, { sha1: undefined });
    }],
    ["aarch64.deno.package", (copy) => {
      Object.assign(copy, { aarch64: undefined });
    }],
    ["aarch64.tools.ld", ({ aarch64 }) => {
      Object.assign(aarch64.tools, { ld: null });
    }],
  ];
  try {
    for (const [field, damage] of damaged) {
      const copy = structuredClone(lock);
      damage(copy);
      await Deno.writeTextFile(path, JSON.stringify(copy));
      await assert.rejects(readLock(path), {
        message:
          `${path}: ${field} is wrong or missing: run deno task build --update-lock`,
      });
    }
    await Deno.writeTextFile(path, JSON.stringify(lock));
    assert.deepEqual(await readLock(path), lock);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("toolMarks() marks the programs that are not the locked ones", () => {
  for (const arch of archs) {
    const tools = { deno: lock.deno, ...lock[arch].tools };
    assert.deepEqual(toolMarks(lock, arch, tools), []);
    assert.deepEqual(
      toolMarks(lock, arch, { ...tools, deno: "2.0.0", gcc: "(Ours) 99" }),
      [
        `the building deno 2.0.0 is not the locked version ${lock.deno}`,
        `the building gcc (Ours) 99 is not the locked version ${
          lock[arch].tools["gcc"]
        }`,
      ],
    );
  }
});
