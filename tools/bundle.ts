/** Bundles what an image carries: modules become one file each. */

import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./run.ts";

const project = resolve(import.meta.dirname as string, "..");

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
  const config = await Deno.readTextFile(join(project, "deno.json"));
  const { imports } = JSON.parse(config);
  const map = join(folder, "imports.json");
  await Deno.writeTextFile(
    map,
    JSON.stringify({
      imports: { ...imports, ...Object.fromEntries(replaced) },
    }),
  );
  // A module without imports and exports, which the engine runs as a script:
  // there names of the top level are looked up, but the functions that use them
  // cost less to make than those of a module or of one function around it all.
  await bundle(module, output, `--import-map=${map}`);
}
