/** `deno task npm`: the package that gives Node the module `./config`. */

import { basename, resolve } from "node:path";
import { parseArgs } from "#parse-args";
import project from "../deno.json" with { type: "json" };
import { note } from "./note.ts";
import { run } from "./run.ts";

const folder = resolve(import.meta.dirname as string, "..");

const usage = `Usage: deno task npm [--output DIR]

Writes the npm package ${project.name}, with which programs on Node build
configurations for guests: import { ConfigBuilder } from "${project.name}/config".

  --output DIR   default: dist/npm; a package of this name there is replaced,
                 anything else is left alone
  --help         this text

Example: deno task npm && npm publish ./dist/npm
`;

/** String.prototype.isWellFormed is there since. */
const oldestNode = ">=20";

/** Files of the package that are as they are in the sources. */
const copies = ["LICENSE", "tools/config/config.schema.json"];

/**
 * Writes the package.
 *
 * @param output the package's folder; an older package there is replaced
 * @throws Error when there is something else in it
 */
export async function writePackage(output: string): Promise<void> {
  if (await mayReplace(output)) await Deno.remove(output, { recursive: true });
  await Deno.mkdir(output, { recursive: true });
  await run(Deno.execPath(), [
    ...["bundle", "-q", "--platform", "browser"],
    // With the project's own configuration the declarations would be checked
    // against Deno's types and Node's at once, which contradict each other.
    ...["--declaration", "--no-config"],
    ...["-o", `${output}/config.js`, project.exports["./config"]],
  ], { cwd: folder });
  for (const path of copies) {
    await Deno.copyFile(`${folder}/${path}`, `${output}/${basename(path)}`);
  }
  await Deno.writeTextFile(
    `${output}/package.json`,
    `${JSON.stringify(manifest(), null, 2)}\n`,
  );
}

/** True for an empty folder or an older package, false where there is nothing. */
async function mayReplace(output: string): Promise<boolean> {
  try {
    const names = [...Deno.readDirSync(output)].map(({ name }) => name);
    if (names.length === 0) return true;
    if (names.includes("package.json")) {
      const text = await Deno.readTextFile(`${output}/package.json`);
      if (JSON.parse(text).name === project.name) return true;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  throw new Error(`${output} has something else in it than ${project.name}`);
}

/** package.json, as npm's documentation of that file has it. */
function manifest(): Record<string, unknown> {
  return {
    name: project.name,
    version: project.version,
    description: "Builds configurations for guests of krun-init",
    license: project.license,
    type: "module",
    exports: {
      "./config": { types: "./config.d.ts", default: "./config.js" },
      "./config.schema.json": "./config.schema.json",
    },
    engines: { node: oldestNode },
    sideEffects: false,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { output: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) {
    Deno.stdout.writeSync(new TextEncoder().encode(usage));
    return;
  }
  const output = resolve(values.output ?? `${folder}/dist/npm`);
  await writePackage(output);
  note(`Wrote ${output}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    note(`npm: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
