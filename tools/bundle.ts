/** Bundles what an image carries: modules become one file each. */

import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./run.ts";

const project = resolve(import.meta.dirname as string, "..");

/**
 * Libraries of the import map that most runs never call, and what is used of
 * them. They are a text in the bundle until then: V8 need not look at their
 * code, or have it in its code cache, nor run its top level. For #jsonc that
 * takes 0.9 ms where there is no code cache.
 */
const seldomNeeded: Readonly<Record<string, readonly string[]>> = {
  "#jsonc": ["parseTree"],
};

/**
 * Makes one file of a module and all that it imports.
 *
 * @param module its path in the project, or another one
 * @param output the path of the file
 * @param options more of `deno bundle`'s
 * @throws Error with the bundler's messages
 */
export async function bundle(
  module: string,
  output: string,
  ...options: readonly string[]
): Promise<void> {
  await run(
    Deno.execPath(),
    ["bundle", "-q", "--minify", ...options, `--output=${output}`, module],
    { cwd: project },
  );
}

/**
 * Does the same for a program of the image's, of which V8 sees no more than
 * most of its runs need.
 *
 * @param folder a folder for what is made on the way
 * @throws Error with the bundler's messages
 */
export async function bundleProgram(
  module: string,
  output: string,
  folder: string,
): Promise<void> {
  const imports: Record<string, string> = await projectImports();
  for (const [name, exports] of Object.entries(seldomNeeded)) {
    const library = join(folder, `${name.slice(1)}.js`);
    const text = await bundleLibrary(imports[name] ?? name, exports, library);
    await Deno.writeTextFile(library, evaluatedLater(text, exports));
    imports[name] = pathToFileURL(library).href;
  }
  const map = join(folder, "imports.json");
  await Deno.writeTextFile(map, JSON.stringify({ imports }));
  await bundle(module, output, `--import-map=${map}`);
}

/**
 * The modules in whose place the engine of the small image has its own.
 */
const engineModules: Readonly<Record<string, string>> = {
  "ffi/arch.ts": "ffi/quickjs/arch.ts",
  "ffi/bytes.ts": "ffi/quickjs/bytes.ts",
};

/**
 * Does the same for the engine of the small image: one script, which uses
 * nothing but JavaScript and what ffi/quickjs/engine.ts declares.
 *
 * @param folder a folder for what is made on the way
 * @throws Error with the bundler's messages
 */
export async function bundleForEngine(
  module: string,
  output: string,
  folder: string,
): Promise<void> {
  const imports: Record<string, string> = await projectImports();
  for (const [name, own] of Object.entries(engineModules)) {
    imports[pathToFileURL(join(project, name)).href] =
      pathToFileURL(join(project, own)).href;
  }
  const map = join(folder, "engine_imports.json");
  await Deno.writeTextFile(map, JSON.stringify({ imports }));
  await bundle(module, output, "--format=iife", `--import-map=${map}`);
}

async function projectImports(): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(join(project, "deno.json"));
  return JSON.parse(text).imports;
}

/** A library's exports as the text of a CommonJS module. */
async function bundleLibrary(
  specifier: string,
  exports: readonly string[],
  output: string,
): Promise<string> {
  const entry = `${output}.ts`;
  const line = `export { ${exports.join(", ")} } from "${specifier}";\n`;
  await Deno.writeTextFile(entry, line);
  await bundle(entry, output, "--format=cjs");
  return await Deno.readTextFile(output);
}

/** A module with the same functions; the first call evaluates the text. */
function evaluatedLater(text: string, exports: readonly string[]): string {
  const functions = exports.map((name) =>
    `export const ${name} = (...args) => load().${name}(...args);\n`
  );
  return `let library;
function load() {
  if (library === undefined) {
    const module = {};
    new Function("module", ${JSON.stringify(text)})(module);
    library = module.exports;
  }
  return library;
}
${functions.join("")}`;
}
