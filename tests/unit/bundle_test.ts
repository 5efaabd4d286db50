import assert from "#assert";
import { bundle, bundleForEngine } from "../../tools/bundle.ts";

/** What only a Sys of the platform has in it: two of its calls' names. */
const marks = {
  linux: ["getdents64", "renameat"],
  freebsd: ["getdirentries", "__sysctl"],
};

Deno.test("the boot's program has the system calls of its platform alone", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-bundle-" });
  try {
    const output = `${folder}/main.js`;
    await bundle("main.ts", output);
    const text = await Deno.readTextFile(output);
    for (const mark of marks.linux) assert.ok(text.includes(mark), mark);
    for (const mark of marks.freebsd) assert.ok(!text.includes(mark), mark);
    // Stages are in it whatever the platform, for their gates to choose.
    assert.ok(text.includes("/dev/iso9660/KRUN_CONFIG"));
    await bundle("ffi/freebsd/sys.ts", output);
    const other = await Deno.readTextFile(output);
    for (const mark of marks.freebsd) assert.ok(other.includes(mark), mark);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What the engine of the small image does not have. */
const lacking =
  /\b(Deno|TextDecoder|TextEncoder|Function\(|eval|await|async|Promise|Proxy|WeakMap|WeakRef|Date|Intl|import|export|require|setTimeout)\b/;

Deno.test("the small image's program uses nothing that its engine has not", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-bundle-" });
  try {
    const output = `${folder}/small.js`;
    await bundleForEngine("main_quickjs.ts", output, folder);
    const text = await Deno.readTextFile(output);
    // Not what stands in quotes, such as messages and names of stages.
    const code = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
    assert.equal(lacking.exec(code)?.[0], undefined);
    assert.ok(code.includes("krunEngine"));
    for (const mark of marks.linux) assert.ok(text.includes(mark), mark);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
