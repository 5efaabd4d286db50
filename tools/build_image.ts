/** Builds images: bundles, compiles, composes, and writes down what is in them. */

import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { defaultFeatures, type Feature } from "../stages/features.ts";
import type { BuildFacts } from "../stages/formats/build_facts.ts";
import { billOfMaterials } from "./bill_of_materials.ts";
import { readLock, toolMarks } from "./build_lock.ts";
import { bundle, bundleForEngine } from "./bundle.ts";
import { compilerVersions } from "./compiler.ts";
import { composeImage, type ImageFile, readArguments } from "./image.ts";
import { hotChunks } from "./hot_chunks.ts";
import { imagePath } from "./image_path.ts";
import {
  billPath,
  type ManifestImage,
  manifestImage,
  manifestPath,
  writeManifest,
} from "./manifest.ts";
import { moduleGraph } from "./module_graph.ts";
import { type Arch, compileNative } from "./native.ts";
import { note } from "./note.ts";
import type { Origin } from "./origin.ts";
import { type Prelink, prelink } from "./prelink.ts";
import { replaceFile } from "./replace_file.ts";
import { run } from "./run.ts";
import {
  asFunction,
  getRuntime,
  programNames,
  type Runtime,
  runtimeName,
  smallRuntime,
} from "./runtime.ts";
import type { RuntimeChoice } from "./runtime_choice.ts";
import { sourcesDigest } from "./sources_digest.ts";

const project = resolve(import.meta.dirname as string, "..");

/** What becomes the program of a boot, and what the command-line tool. */
const modules = { program: "main.ts", tool: "tools/command_line/image.ts" };

/** What becomes the program of the small image, which has no other one. */
const smallModule = "main_quickjs.ts";

/** What all images of a build have in common. */
export interface SharedOptions {
  /** Folder of the native sources; the tests build changed copies. */
  readonly native?: string;
  /** Chunks of the runtime to read at once; default: the known hot ones. */
  readonly hot?: readonly number[];
}

/** What to build; every part has a default. */
export interface BuildOptions extends SharedOptions {
  readonly arch?: Arch;
  readonly runtime?: RuntimeChoice;
  readonly features?: readonly Feature[];
  /** Path of the image. */
  readonly output?: string;
}

/** An image to be built. */
export interface ImageRequest {
  readonly arch: Arch;
  readonly runtime: RuntimeChoice;
  readonly features: readonly Feature[];
  /** Its path. */
  readonly output: string;
}

/** A finished image. */
export interface BuildResult {
  /** Its path. */
  readonly file: string;
  readonly image: ManifestImage;
  /** In bytes, of the runtime alone. */
  readonly baseSize: number;
  readonly facts: BuildFacts;
  /** Why this runtime base was taken. */
  readonly reason: string;
}

/** What is bundled for every architecture. */
interface Bundles {
  readonly version: string;
  /** The path of the boot's program. */
  readonly program: string;
  /** The small image has none. */
  readonly tool: ImageFile | undefined;
  /** The npm packages in both. */
  readonly packages: readonly Origin[];
}

/** What the images for one architecture are made of. */
interface Parts {
  readonly arch: Arch;
  readonly version: string;
  readonly native: Uint8Array;
  readonly runtime: Runtime;
  /** The runtime's name and version. */
  readonly base: string;
  readonly files: readonly ImageFile[];
  readonly hot: readonly number[];
  readonly prelink: Prelink | undefined;
  readonly origins: readonly Origin[];
  readonly marks: readonly string[];
  /** Versions of the programs that made them. */
  readonly tools: Readonly<Record<string, string>>;
}

/**
 * Builds one image, with its bill of materials and a manifest beside it;
 * progress goes to the standard error.
 *
 * @throws Error when a step fails, with that step's messages
 */
export async function build(options: BuildOptions = {}): Promise<BuildResult> {
  const arch = options.arch ?? Deno.build.arch;
  const runtime = options.runtime ?? "auto";
  const output = resolve(options.output ?? imagePath(arch, runtime));
  const features = options.features ?? defaultFeatures;
  const [result] = await buildImages(
    [{ arch, runtime, features, output }],
    manifestPath(output),
    options,
  );
  return result as BuildResult;
}

/**
 * Builds images, each with its bill of materials beside it, and one manifest.
 *
 * @param manifest the manifest's path, in the folder of the images
 * @throws Error when a step fails, with that step's messages
 */
export async function buildImages(
  requests: readonly ImageRequest[],
  manifest: string,
  options: SharedOptions = {},
): Promise<BuildResult[]> {
  const folder = await Deno.makeTempDir({ prefix: "krun-build-" });
  try {
    const sources = await sourcesDigest();
    const results: BuildResult[] = [];
    for (const runtime of new Set(requests.map(({ runtime }) => runtime))) {
      const ours = requests.filter((request) => request.runtime === runtime);
      const bundles = runtime === "quickjs"
        ? await makeSmallBundle(folder)
        : await makeBundles(folder);
      for (const arch of new Set(ours.map(({ arch }) => arch))) {
        const parts = await makeParts(arch, runtime, bundles, options);
        for (const request of ours) {
          if (request.arch !== arch) continue;
          results.push(await makeImage(parts, request));
        }
      }
    }
    const images = results.map(({ image }) => image);
    await writeManifest(manifest, { sources, images });
    return results;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeBundles(folder: string): Promise<Bundles> {
  const roots = Object.values(modules);
  note("Checking types");
  await run(Deno.execPath(), ["check", "-q", ...roots], { cwd: project });
  note("Bundling");
  const program = join(folder, "program.js");
  await bundle(modules.program, program);
  const tool = join(folder, "command_line.js");
  await bundle(modules.tool, tool);
  const { packages } = await moduleGraph(roots);
  return {
    version: await projectVersion(),
    program,
    tool: {
      name: programNames.tool,
      role: "tool",
      data: await asFunction(tool),
    },
    packages,
  };
}

async function makeSmallBundle(folder: string): Promise<Bundles> {
  note("Checking types");
  await run(Deno.execPath(), ["check", "-q", smallModule], { cwd: project });
  note("Bundling");
  const program = join(folder, "small.js");
  await bundleForEngine(smallModule, program, folder);
  const { packages } = await moduleGraph([smallModule]);
  return {
    version: await projectVersion(),
    program,
    tool: undefined,
    packages,
  };
}

async function projectVersion(): Promise<string> {
  const text = await Deno.readTextFile(join(project, "deno.json"));
  return JSON.parse(text).version;
}

async function makeParts(
  arch: Arch,
  choice: RuntimeChoice,
  { version, program, tool, packages }: Bundles,
  options: SharedOptions,
): Promise<Parts> {
  note(`Compiling the native parts for ${arch}`);
  const folder = options.native ?? join(project, "native");
  const native = await compileNative(arch, folder);
  const tools = { deno: Deno.version.deno, ...await compilerVersions(arch) };
  note("Getting the runtime");
  const { runtime, prelink } = prelinkRuntime(
    arch,
    choice === "quickjs"
      ? await smallRuntime(arch, program, folder)
      : await getRuntime(arch, choice, program),
  );
  const lock = await readLock();
  const marks = [...toolMarks(lock, arch, tools), ...runtime.marks];
  for (const mark of marks) note(`WARNING: ${mark}`);
  return {
    arch,
    version,
    native: native.program,
    runtime,
    base: runtimeName(
      runtime.kind,
      runtime.version,
      lock.x86_64.deno.version,
    ),
    // What only Deno needs: the engine makes its system calls itself.
    files: tool === undefined ? runtime.files : [
      { name: "shim.so", role: "file", data: native.shim },
      tool,
      ...runtime.files,
    ],
    hot: options.hot ?? await hotChunks(runtime.files),
    prelink,
    origins: [...runtime.origins, ...packages],
    marks,
    tools,
  };
}

/** A runtime whose program is relocated beforehand, if that can be. */
function prelinkRuntime(
  arch: Arch,
  runtime: Runtime,
): { runtime: Runtime; prelink: Prelink | undefined } {
  const program = runtime.files.find(({ role }) => role === "runtime");
  const result = program && prelink(arch, program.data);
  if (!program || !result) return { runtime, prelink: undefined };
  const changes = prelinkNote(runtime.kind, result.prelink);
  return {
    runtime: {
      ...runtime,
      files: runtime.files.map((file) =>
        file === program ? { ...file, data: result.data } : file
      ),
      origins: runtime.origins.map((origin) =>
        origin.files.includes(program.name) ? { ...origin, changes } : origin
      ),
    },
    prelink: result.prelink,
  };
}

function prelinkNote(
  kind: Runtime["kind"],
  { base, count }: Prelink,
): string {
  const file = kind === "denort"
    ? "The file is as deno compile made it of this program"
    : "The file is as published";
  const address = `0x${base.toString(16)}`;
  return `${file}, but for ${count} relocations that were done for the address ${address}, and the entries of its dynamic section that count them`;
}

async function makeImage(
  parts: Parts,
  { features, output }: ImageRequest,
): Promise<BuildResult> {
  const { arch, version, native, runtime, base, files, marks } = parts;
  note(`Composing ${output}`);
  const facts: BuildFacts = {
    version,
    arch,
    features: [...features].sort(),
    runtime: base,
    digest: digestOf([native, ...files.map((file) => file.data)]),
  };
  const data = composeImage({
    native,
    files,
    hot: parts.hot,
    prelink: parts.prelink,
    args: runtime.args(JSON.stringify(facts)),
    environment: runtime.environment,
  });
  const image = manifestImage(output, data, facts, marks);
  const bill = billOfMaterials({
    image,
    files: [{ name: "krun-init", data: native }, ...files],
    origins: parts.origins,
    tools: parts.tools,
  });
  await replaceFile(output, data, 0o755);
  await replaceFile(billPath(output), new TextEncoder().encode(bill));
  return {
    file: output,
    image,
    baseSize: files.find((file) => file.role === "runtime")?.data.length ?? 0,
    facts,
    reason: runtime.reason,
  };
}

/**
 * Reads what an image knows about its own making.
 *
 * @throws Error when the bytes are no image
 */
export function readFacts(image: Uint8Array): BuildFacts {
  const facts = readArguments(image).find((word) => word.startsWith("{"));
  return JSON.parse(facts ?? "");
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
