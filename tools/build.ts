/** `deno task build`: makes images, or updates the lock file. */

import { join, resolve } from "node:path";
import { parseArgs } from "#parse-args";
import { defaultFeatures, features } from "../stages/features.ts";
import { readFeatures } from "./command_line/features.ts";
import {
  build,
  buildImages,
  type BuildOptions,
  type BuildResult,
} from "./build_image.ts";
import { distFolder } from "./image_path.ts";
import { archs } from "./native.ts";
import { note } from "./note.ts";
import { type RuntimeChoice, runtimeOf } from "./runtime_choice.ts";
import { updateLock } from "./update_lock.ts";
import { type ImageKind, imageKinds, variants } from "./variants.ts";

const usage = `Usage: deno task build [OPTIONS]
       deno task build --all [OPTIONS] [NAME…]
       deno task build --update-lock

Builds the image, the one file that a guest boots on; beside it a bill of
materials (.cdx.json) and a manifest (.manifest.json).

  --arch x86_64|aarch64         the guest's processor (default: this one's)
  --platform linux|freebsd      the guest's system (default: linux, the only
                                one that an image can be built for so far)
  --feature NAME                repeatable; replaces the default set; "none"
                                for none; known: ${features.join(", ")}
                                default: ${defaultFeatures.join(", ")}
  --runtime NAME                what the program runs on: auto (the default:
                                denort where it can be had, else npm's deno),
                                denort, deno, or quickjs for the small image;
                                a build that is to be repeated names one
  --output FILE                 default: dist/krun-init, or dist/krun-init-small
                                with quickjs; for another processor than this
                                one's with -ARCH behind that
  --help                        this text

With --all, every image, or the named ones, with one manifest.json:
krun-init-ARCH-VARIANT and krun-init-small-ARCH-VARIANT, alone or with
-timesync, -nested-kvm or both.

  --arch NAME                   repeatable; only these: ${archs.join(", ")}
  --variant NAME                repeatable; only these: ${variants.join(", ")}
  --runtime NAME                only these: quickjs the small ones, another
                                name the others, on that
  --output FOLDER               default: dist/all

With --update-lock, the newest inputs become those of build.lock.json.

Examples: deno task build --arch aarch64
          deno task build --all --runtime deno --arch x86_64 --variant tdx
`;

/** Every image of a selection, in one folder. */
interface AllOptions {
  readonly all: readonly ImageKind[];
  readonly runtime: RuntimeChoice;
  readonly output: string;
}

type Options = "help" | "update-lock" | AllOptions | BuildOptions;

function table({ file, image, baseSize, reason }: BuildResult): string {
  const rows: [string, string][] = [
    ["file", file],
    ["size", `${image.size} bytes (the runtime alone: ${baseSize})`],
    ["sha256", image.sha256],
    ["architecture", image.arch],
    ["runtime", `${image.base} (${reason})`],
    ["features", image.features.join(", ") || "none"],
    ["digest", image.digest],
    ...image.marks.map((mark): [string, string] => ["WARNING", mark]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}\n`).join("");
}

/** As sha256sum(1) writes it, so that `sha256sum -c` reads it. */
function sums(results: readonly BuildResult[]): string {
  return results.map(({ image }) => `${image.sha256}  ${image.file}\n`).join(
    "",
  );
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

/** @throws Error for a platform that no image can be built for */
function checkPlatform(name: string): void {
  if (choice("platform", name, ["linux", "freebsd"]) === "linux") return;
  throw new Error(
    "No image for FreeBSD can be built: it would need FreeBSD's own port of " +
      "Deno (www/deno) as its runtime, since there is no official one, and a " +
      "launcher and supervisor for FreeBSD, which native/ has not",
  );
}

/** The images that fit every limit that is given. */
function select(
  names: readonly string[],
  arch: readonly string[] | undefined,
  variant: readonly string[] | undefined,
  runtime: RuntimeChoice | undefined,
): ImageKind[] {
  const known = imageKinds.map(({ name }) => name);
  for (const name of names) {
    if (!known.includes(name)) {
      throw new Error(`Unknown image: ${name} (known: ${known.join(", ")})`);
    }
  }
  arch?.forEach((value) => choice("arch", value, archs));
  variant?.forEach((value) => choice("variant", value, variants));
  const selected = imageKinds.filter((kind) =>
    (names.length === 0 || names.includes(kind.name)) &&
    (arch?.includes(kind.arch) ?? true) &&
    (variant?.includes(kind.variant) ?? true) &&
    (runtime === undefined || (runtime === "quickjs") === kind.isSmall)
  );
  if (selected.length === 0) throw new Error("No image fits all that was said");
  return selected;
}

function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: "boolean" },
      arch: { type: "string", multiple: true },
      platform: { type: "string" },
      feature: { type: "string", multiple: true },
      variant: { type: "string", multiple: true },
      runtime: { type: "string" },
      output: { type: "string" },
      "update-lock": { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const { arch, variant, output } = values;
  if (values.help) return "help";
  if (values["update-lock"]) {
    if (args.length > 1) throw new Error("--update-lock goes alone");
    return "update-lock";
  }
  checkPlatform(values.platform ?? "linux");
  const runtime = values.runtime === undefined
    ? undefined
    : runtimeOf(values.runtime);
  if (values.all) {
    if (values.feature) throw new Error("--feature does not go with --all");
    return {
      all: select(positionals, arch, variant, runtime),
      output: resolve(output ?? join(distFolder, "all")),
      runtime: runtime ?? "auto",
    };
  }
  if (variant) throw new Error("--variant goes with --all only");
  if (positionals[0] !== undefined) {
    throw new Error(`Unexpected argument: ${positionals[0]}`);
  }
  if (arch && arch.length > 1) throw new Error("--arch is given twice");
  return {
    ...(arch?.[0] && { arch: choice("arch", arch[0], archs) }),
    ...(values.feature && { features: readFeatures(values.feature) }),
    ...(output && { output }),
    ...(runtime && { runtime }),
  };
}

async function main(options: Options): Promise<string> {
  if (options === "help") return usage;
  if (options === "update-lock") {
    await updateLock();
    return "";
  }
  if (!("all" in options)) return table(await build(options));
  const { all, output, runtime } = options;
  const requests = all.map(({ name, arch, isSmall, features }) => ({
    arch,
    runtime: isSmall ? "quickjs" as const : runtime,
    features,
    output: join(output, name),
  }));
  const manifest = join(output, "manifest.json");
  return sums(await buildImages(requests, manifest));
}

if (import.meta.main) {
  try {
    const text = await main(parseOptions(Deno.args));
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  } catch (error) {
    note(`build: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
