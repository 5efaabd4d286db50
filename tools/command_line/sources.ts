/** The command-line tool from the sources, as the tasks call it. */

import project from "../../deno.json" with { type: "json" };
import { defaultFeatures } from "../../stages/features.ts";
import { runCommandLine } from "./mod.ts";

const facts = {
  version: project.version,
  arch: Deno.build.arch,
  features: defaultFeatures,
  runtime: `deno ${Deno.version.deno}`,
  digest: "of no image",
};
const environment = Object.entries(Deno.env.toObject())
  .map(([name, value]) => `${name}=${value}`);

async function image(): Promise<string> {
  const { currentImage } = await import("../vm/current_image.ts");
  return await currentImage(Deno.build.arch);
}

Deno.exit(await runCommandLine(Deno.args, { facts, environment, image }));
