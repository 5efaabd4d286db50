import assert from "#assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CachedProgram, codeCache } from "../../tools/code_cache.ts";
import { bareDenoArgs, runtimeEnvironment } from "../../tools/runtime.ts";

const encoder = new TextEncoder();

const folder = await Deno.makeTempDir({ prefix: "krun-code-cache-" });
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);

const mainPath = join(folder, "main.js");
const programPath = join(folder, "program.js");

const args = bareDenoArgs.slice(1, -1)
  .filter((word) => word !== "--no-code-cache");

const cached: CachedProgram = {
  arch: Deno.build.arch,
  deno: Deno.execPath(),
  libraries: [],
  args,
  environment: runtimeEnvironment
    .filter((item) => !item.startsWith("DENO_DIR=")),
  main: `const text = Deno.readTextFileSync(Deno.args[4]);
Deno[Deno.internal].core.evalContext(text, "file:///a/program.js")[0]();
`,
  names: {
    main: pathToFileURL(mainPath).href,
    program: "file:///a/program.js",
  },
  program: encoder.encode(
    `(function () { function twice(n) { return 2 * n } console.log(twice(21)) })`,
  ),
};

/** Runs the program with databases, and returns its output and Deno's log. */
async function runWith(
  files: Awaited<ReturnType<typeof codeCache>>,
  more: readonly string[] = [],
): Promise<{ stdout: string; log: string; databases: string }> {
  const databases = await Deno.makeTempDir({ dir: folder });
  for (const { name, data } of files) {
    await Deno.writeFile(join(databases, name), data);
  }
  await Deno.writeTextFile(mainPath, cached.main);
  await Deno.writeFile(programPath, cached.program);
  const output = await new Deno.Command(cached.deno, {
    args: [...args, ...more, mainPath, "", "", "", "", programPath],
    clearEnv: true,
    env: {
      HOME: "/",
      DENO_DIR: databases,
      DENO_LOG: "debug",
      DENO_EMIT_CACHE_MODE: "disable",
      NO_COLOR: "1",
    },
  }).output();
  const [stdout, log] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  return { stdout, log, databases };
}

const hits = [
  /V8 code cache hit for ES module: \S+\/main\.js,/,
  /V8 code cache hit for script: file:\/\/\/a\/program\.js,/,
];

Deno.test("codeCache() leaves Deno nothing to find out, and nothing to write down", async () => {
  const files = await codeCache(cached);
  const { stdout, log, databases } = await runWith(files);
  assert.equal(stdout, "42\n");
  for (const hit of hits) assert.match(log, hit);
  assert.doesNotMatch(log, /Updating V8 code cache/);
  for (const { name, data } of files) {
    assert.deepEqual(await Deno.readFile(join(databases, name)), data);
    // What Deno would have added is in the log beside it, if anywhere.
    const added = await Deno.stat(join(databases, `${name}-wal`))
      .then(({ size }) => size, () => 0);
    assert.equal(added, 0, name);
  }
});

Deno.test("Deno says when V8 refuses what codeCache() made, and without it that there is none", async () => {
  const refused = await runWith(await codeCache(cached), [
    "--v8-flags=--no-lazy",
  ]);
  assert.equal(refused.stdout, "42\n");
  assert.match(refused.log, /Updating V8 code cache for script: file:/);
  const none = await runWith([]);
  assert.equal(none.stdout, "42\n");
  for (const hit of hits) assert.doesNotMatch(none.log, hit);
});

Deno.test("codeCache() gives the same bytes for the same program, others for another", async () => {
  const first = await codeCache(cached);
  assert.deepEqual(await codeCache(cached), first);
  const program = encoder.encode("(function () {})");
  assert.notDeepEqual(await codeCache({ ...cached, program }), first);
});

Deno.test("codeCache() gives files that only a boot gets", async () => {
  assert.deepEqual(
    (await codeCache(cached)).map(({ name, role }) => [name, role]),
    [
      ["dep_analysis_cache_v2", "boot"],
      ["node_analysis_cache_v2", "boot"],
      ["v8_code_cache_v2", "boot"],
    ],
  );
});

/** A runtime that loses what it makes, so many times. */
async function forgetful(times: number): Promise<string> {
  const path = await Deno.makeTempFile({ dir: folder });
  const [calls, elsewhere] = [`${path}.calls`, `${path}.elsewhere`];
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
echo call >> ${calls}
if [ "$(wc -l < ${calls})" -le ${times} ]; then DENO_DIR=${elsewhere}; fi
exec ${cached.deno} "$@"
`,
  );
  await Deno.chmod(path, 0o755);
  return path;
}

Deno.test("codeCache() tries again when Deno ends before a database is made", async () => {
  const first = await codeCache(cached);
  const deno = await forgetful(2);
  assert.deepEqual(await codeCache({ ...cached, deno }), first);
  await assert.rejects(codeCache({ ...cached, deno: await forgetful(5) }), {
    message: "Deno has not made dep_analysis_cache_v2",
  });
});

Deno.test("codeCache() names what Deno has not kept, and what it says when it fails", async () => {
  await assert.rejects(
    codeCache({ ...cached, args: [...args, "--no-code-cache"] }),
    { message: "Deno has not made v8_code_cache_v2" },
  );
  await assert.rejects(
    codeCache({ ...cached, main: "// It hands V8 nothing.\n" }),
    {
      message:
        `Deno has not kept in v8_code_cache_v2 what a boot needs, but: ${cached.names.main}`,
    },
  );
  for (
    const [text, message] of [
      ["(function () { await 1 })", /SyntaxError/],
      ["5", /TypeError: Not a function/],
    ] as const
  ) {
    const program = encoder.encode(text);
    await assert.rejects(codeCache({ ...cached, program }), message);
  }
  await assert.rejects(
    codeCache({ ...cached, main: `throw new Error("broken main");\n` }),
    /Cannot run .*status 1.*broken main/s,
  );
});
