/** Bundles what an image carries: modules become one file each. */

import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./run.ts";

const project = resolve(import.meta.dirname as string, "..");

/**
 * Libraries of the import map that most runs never call, and what is used of
 * them. Until then their top level does not run, which on the engine takes
 * 0.4 ms for #jsonc; for V8 they are a text, so that it need not look at their
 * code, or have it in its code cache: 0.9 ms where there is none.
 */
const seldomNeeded: Readonly<Record<string, readonly string[]>> = {
  "#jsonc": ["visit"],
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
  const map = await importMap(folder, textEvaluatedLater);
  await bundle(module, output, `--import-map=${map}`);
}

/**
 * The modules in whose place the engine of the small image has its own.
 */
const engineModules: Readonly<Record<string, string>> = {
  "ffi/arch.ts": "ffi/quickjs/arch.ts",
  "ffi/bytes.ts": "ffi/quickjs/bytes.ts",
  "ffi/json.ts": "ffi/quickjs/json.ts",
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
  const replaced = Object.entries(engineModules).map(([name, own]) => [
    pathToFileURL(join(project, name)).href,
    pathToFileURL(join(project, own)).href,
  ]);
  const map = await importMap(
    folder,
    functionCalledLater,
    Object.fromEntries(replaced),
  );
  // A module without imports and exports, which the engine runs as a script:
  // there names of the top level are looked up, but the functions that use them
  // cost less to make than those of a module or of one function around it all.
  await bundle(module, output, `--import-map=${map}`);
}

/**
 * Writes an import map: the project's, but for libraries that are seldom
 * needed, and what else is replaced; returns its path.
 *
 * @param later makes an expression of a library's text: a function of `module`
 */
async function importMap(
  folder: string,
  later: (text: string) => string,
  replaced: Readonly<Record<string, string>> = {},
): Promise<string> {
  const config = await Deno.readTextFile(join(project, "deno.json"));
  const imports: Record<string, string> = JSON.parse(config).imports;
  for (const [name, exports] of Object.entries(seldomNeeded)) {
    const library = join(folder, `${name.slice(1)}.js`);
    const text = await bundleLibrary(imports[name] ?? name, exports, library);
    const lazy = evaluatedLater(later(text), exports);
    await Deno.writeTextFile(library, lazy);
    imports[name] = pathToFileURL(library).href;
  }
  const map = join(folder, "imports.json");
  const text = JSON.stringify({ imports: { ...imports, ...replaced } });
  await Deno.writeTextFile(map, text);
  return map;
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

/** A function of `module`, for who has the text compiled when it is needed. */
function textEvaluatedLater(text: string): string {
  return `new Function("module", ${JSON.stringify(text)})`;
}

/** The same, compiled with the rest. */
function functionCalledLater(text: string): string {
  return `(function (module) {${text}})`;
}

/** A module with the same functions; the first call evaluates the library. */
function evaluatedLater(body: string, exports: readonly string[]): string {
  const functions = exports.map((name) =>
    `export const ${name} = (...args) => load().${name}(...args);\n`
  );
  return `let library;
function load() {
  if (library === undefined) {
    const module = {};
    ${body}(module);
    library = module.exports;
  }
  return library;
}
${functions.join("")}`;
}
