/**
 * `deno task build`: makes the image. The other tools call {@linkcode build}.
 */

import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "#parse-args";
import {
  defaultFeatures,
  type Feature,
  features,
  isFeature,
} from "../stages/features.ts";
import type { BuildFacts } from "../stages/formats/build_facts.ts";
import { bundle, bundleProgram } from "./bundle.ts";
import { composeImage, type ImageFile } from "./image.ts";
import { imagePath } from "./image_path.ts";
import { type Arch, archs, compileNative } from "./native.ts";
import { note } from "./note.ts";
import { run } from "./run.ts";
import {
  asFunction,
  getRuntime,
  type RuntimeChoice,
  runtimeEnvironment,
  runtimeName,
} from "./runtime.ts";

const project = resolve(import.meta.dirname as string, "..");

/** What becomes the program of a boot, and what the command-line tool. */
const modules = { program: "main.ts", tool: "tools/command_line/image.ts" };

const usage = `Usage: deno task build [OPTIONS]

Builds the image, the one file that a guest boots on.

  --arch x86_64|aarch64         the guest's processor (default: this one's)
  --platform linux|freebsd      the guest's system (default: linux, the only
                                one that an image can be built for so far)
  --feature NAME                repeatable; replaces the default set
                                known: ${features.join(", ")}
                                default: ${defaultFeatures.join(", ")}
  --runtime auto|denort|deno    what the program runs on (default: auto:
                                denort where it can be had, else npm's deno)
  --output FILE                 default: dist/krun-init, or dist/krun-init-ARCH
                                for another processor than this one's
  --help                        this text

Example: deno task build --arch aarch64
`;

/** What to build; every part has a default. */
export interface BuildOptions {
  readonly arch?: Arch;
  readonly features?: readonly Feature[];
  readonly runtime?: RuntimeChoice;
  /** Path of the image. */
  readonly output?: string;
  /** Folder of the native sources; the tests build changed copies. */
  readonly native?: string;
}

/** A finished image. */
export interface BuildResult {
  readonly file: string;
  /** In bytes. */
  readonly size: number;
  /** In bytes, of the runtime alone. */
  readonly baseSize: number;
  readonly sha256: string;
  readonly facts: BuildFacts;
  /** Why this runtime base was taken. */
  readonly reason: string;
}

/**
 * Type-checks, bundles, compiles and composes an image, with progress on the
 * standard error.
 *
 * @throws Error when a step fails, with that step's messages
 */
export async function build(options: BuildOptions = {}): Promise<BuildResult> {
  const arch = options.arch ?? Deno.build.arch;
  const output = resolve(options.output ?? imagePath(arch));
  const folder = await Deno.makeTempDir({ prefix: "krun-build-" });
  try {
    note("Checking types");
    await run(Deno.execPath(), ["check", "-q", ...Object.values(modules)], {
      cwd: project,
    });
    note("Bundling");
    const program = join(folder, "program.js");
    await bundleProgram(modules.program, program, folder);
    const tool = join(folder, "command_line.js");
    await bundle(modules.tool, tool);
    note(`Compiling the native parts for ${arch}`);
    const native = await compileNative(
      arch,
      options.native ?? join(project, "native"),
    );
    note("Getting the runtime");
    const runtime = await getRuntime(arch, options.runtime ?? "auto", program);
    const files: ImageFile[] = [
      { name: "shim.so", role: "file", data: native.shim },
      { name: "command_line.js", role: "tool", data: await asFunction(tool) },
      ...runtime.files,
    ];
    const facts: BuildFacts = {
      version: await projectVersion(),
      arch,
      features: [...options.features ?? defaultFeatures].sort(),
      runtime: runtimeName(runtime.kind, runtime.version),
      digest: digestOf([native.program, ...files.map((file) => file.data)]),
    };
    note("Composing the image");
    const image = composeImage({
      native: native.program,
      files,
      args: [
        ...runtime.args,
        ...["@", "@shim.so", JSON.stringify(facts), "@command_line.js"],
        ...runtime.lastArgs,
      ],
      environment: runtimeEnvironment,
    });
    await replaceFile(output, image);
    return {
      file: output,
      size: image.length,
      baseSize: files.find((file) => file.role === "runtime")?.data.length ?? 0,
      sha256: digestOf([image]),
      facts,
      reason: runtime.reason,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

async function projectVersion(): Promise<string> {
  const text = await Deno.readTextFile(join(project, "deno.json"));
  return JSON.parse(text).version;
}

/** A VM or a test that runs the old file keeps it; no one sees half a file. */
async function replaceFile(path: string, data: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${Deno.pid}`;
  await Deno.writeFile(aside, data, { mode: 0o755 });
  await Deno.rename(aside, path);
}

function table(result: BuildResult): string {
  const { facts } = result;
  const rows: [string, string][] = [
    ["file", result.file],
    ["size", `${result.size} bytes (the runtime alone: ${result.baseSize})`],
    ["sha256", result.sha256],
    ["architecture", facts.arch],
    ["runtime", `${facts.runtime} (${result.reason})`],
    ["features", facts.features.join(", ") || "none"],
    ["digest", facts.digest],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}\n`).join("");
}

function choice<T extends string>(
  option: string,
  value: string,
  known: readonly T[],
): T {
  const found = known.find((name) => name === value);
  if (found === undefined) {
    throw new Error(
      `Unknown value for --${option}: ${value} (known: ${known.join(", ")})`,
    );
  }
  return found;
}

function feature(name: string): Feature {
  if (!isFeature(name)) {
    throw new Error(
      `Unknown feature: ${name} (known: ${features.join(", ")})`,
    );
  }
  return name;
}

/** @throws Error for a platform that no image can be built for */
function checkPlatform(name: string): void {
  if (choice("platform", name, ["linux", "freebsd"]) === "linux") return;
  throw new Error(
    "No image for FreeBSD can be built: it would need FreeBSD's own port of " +
      "Deno (www/deno) as its runtime, since there is no official one, and a " +
      "launcher and supervisor for FreeBSD, which native/ has not",
  );
}

function parseOptions(args: readonly string[]): BuildOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      arch: { type: "string" },
      platform: { type: "string" },
      feature: { type: "string", multiple: true },
      runtime: { type: "string" },
      output: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  checkPlatform(values.platform ?? "linux");
  return {
    ...(values.arch && { arch: choice("arch", values.arch, archs) }),
    ...(values.feature && { features: values.feature.map(feature) }),
    ...(values.runtime && {
      runtime: choice("runtime", values.runtime, ["auto", "denort", "deno"]),
    }),
    ...(values.output && { output: values.output }),
  };
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  try {
    const options = parseOptions(Deno.args);
    const text = options === undefined ? usage : table(await build(options));
    Deno.stdout.writeSync(encoder.encode(text));
  } catch (error) {
    note(`build: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
