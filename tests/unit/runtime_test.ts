import assert from "#assert";
import { asFunction, runtimeName } from "../../tools/runtime.ts";

Deno.test("runtimeName() tells where an architecture's deno lags behind", () => {
  assert.equal(runtimeName("deno", "2.9.6", "2.9.6"), "deno 2.9.6");
  assert.equal(
    runtimeName("deno", "2.9.5", "2.9.6"),
    "deno 2.9.5 (x86_64 has 2.9.6)",
  );
  // Denort has the version of the deno that builds.
  assert.equal(runtimeName("denort", "2.9.5", "2.9.6"), "denort 2.9.5");
});

Deno.test("asFunction() makes a bundle a function that runs it, and nothing before", async () => {
  const bundle = await Deno.makeTempFile({ prefix: "krun-unit-bundle-" });
  const convert = async (text: string): Promise<string> => {
    await Deno.writeTextFile(bundle, text);
    return new TextDecoder().decode(await asFunction(bundle));
  };
  const text = await convert("seen.push(this); // The end");
  const seen: unknown[] = [];
  const program = new Function("seen", `return ${text}`)(seen);
  assert.deepEqual(seen, []);
  program();
  // Strict.
  assert.deepEqual(seen, [undefined]);
  for (const line of ["import a from 'a';", "export { a };"]) {
    await assert.rejects(convert(`let a;\n${line}\n`), {
      message: `${bundle} still has imports or exports`,
    });
  }
  assert.match(await convert('import("node:fs");'), /import\("node:fs"\)/);
  await Deno.remove(bundle);
});
