import assert from "#assert";
import { writePackage } from "../../tools/npm.ts";
import { ensurePrograms } from "../../tools/programs.ts";
import { run } from "../../tools/run.ts";
import { readVectors, vectorsPath } from "./config_vectors.ts";

/** As in any program that has installed the package. */
const consumer =
  `import { ConfigBuilder, ConfigError } from "@krun/init/config";

if ("Deno" in globalThis) throw new Error("This is Deno");
const { json, kernelLine, files } = new ConfigBuilder()
  .arg("/bin/sh").user(1000, 1000).rlimit("NOFILE=1024:4096")
  .tmpfs("/tmp", "size=64m").dhcp().build();
let code;
try {
  new ConfigBuilder().cwd("srv").build();
} catch (error) {
  if (error instanceof ConfigError) code = error.code;
}
console.log(JSON.stringify({ json, kernelLine, files: files.length, code }));
`;

const vectorRunner = `import { readFileSync } from "node:fs";
import { ConfigBuilder } from "@krun/init/config";

const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"));
for (const { name, calls, expected } of vectors) {
  if (expected.error !== undefined) continue;
  const builder = new ConfigBuilder();
  for (const { call, args } of calls) {
    const method = call.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    builder[method](...args.map((arg) => arg ?? undefined));
  }
  if (builder.build().json !== expected.json) throw new Error(name);
  console.log(name);
}
`;

const typed =
  `import { type Config, ConfigBuilder, type GuestFile } from "@krun/init/config";

const config: Config = new ConfigBuilder().arg("/a").build();
export const files: readonly GuestFile[] = config.files;
// @ts-expect-error An argument is a text
new ConfigBuilder().arg(5);
`;

Deno.test("the npm package works on Node, and has types", async (test) => {
  await ensurePrograms([{ program: "node", package: "nodejs" }]);
  const folder = await Deno.makeTempDir({ prefix: "krun-npm-" });
  const installed = `${folder}/node_modules/@krun/init`;
  try {
    await writePackage(installed);
    await test.step("it has these files and no others", () => {
      const names = [...Deno.readDirSync(installed)].map(({ name }) => name);
      assert.deepEqual(names.sort(), [
        ...["LICENSE", "config.d.ts", "config.js", "config.schema.json"],
        "package.json",
      ]);
    });
    await test.step("a program on Node builds a configuration", async () => {
      await Deno.writeTextFile(`${folder}/consumer.mjs`, consumer);
      const output = await run("node", ["consumer.mjs"], { cwd: folder });
      assert.deepEqual(JSON.parse(output), {
        json:
          '{"process":{"args":["/bin/sh"],"env":["KRUN_RLIMITS=7=1024:4096"],"user":{"uid":1000,"gid":1000}},"mounts":[{"destination":"/tmp","type":"tmpfs","source":"tmpfs","options":["size=64m"]}],"annotations":{"krun-init.oci":"1"}}\n',
        kernelLine: 'init=/init.krun "KRUN_DHCP=1"',
        files: 2,
        code: "not_absolute",
      });
    });
    await test.step("Node gives what the vectors say", async () => {
      await Deno.writeTextFile(`${folder}/vectors.mjs`, vectorRunner);
      const args = ["vectors.mjs", vectorsPath];
      const names = await run("node", args, { cwd: folder });
      assert.deepEqual(
        names.trimEnd().split("\n"),
        readVectors().filter(({ expected }) => !("error" in expected))
          .map(({ name }) => name),
      );
    });
    await test.step("its types are those of its calls", async () => {
      await Deno.writeTextFile(`${folder}/package.json`, "{}");
      await Deno.writeTextFile(`${folder}/typed.ts`, typed);
      await run(
        Deno.execPath(),
        ["check", "-q", "--node-modules-dir=manual", "typed.ts"],
        { cwd: folder },
      );
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("writePackage() replaces a package of its own, and nothing else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-npm-" });
  try {
    await writePackage(folder);
    await Deno.writeTextFile(`${folder}/old`, "");
    await writePackage(folder);
    await assert.rejects(Deno.stat(`${folder}/old`));
    for (const text of ["{}", '{"name":"another"}']) {
      await Deno.writeTextFile(`${folder}/package.json`, text);
      await assert.rejects(writePackage(folder), {
        message: `${folder} has something else in it than @krun/init`,
      });
    }
    await Deno.remove(`${folder}/package.json`);
    await assert.rejects(writePackage(folder), /something else/);
    assert.ok(await Deno.stat(`${folder}/config.js`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
