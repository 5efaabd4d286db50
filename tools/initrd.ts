/**
 * `deno task initrd`: makes the initramfs of a guest for SEV-SNP or TDX. The
 * tools call {@linkcode composeInitrd}.
 */

import { dirname, join, resolve } from "node:path";
import { parseArgs } from "#parse-args";
import { decodeBytes, isUnicode } from "../ffi/bytes.ts";
import { type Feature, teeFeatures } from "../stages/features.ts";
import { fieldLines } from "./command_line/check.ts";
import { readInput } from "./command_line/options.ts";
import { build, readFacts } from "./build_image.ts";
import { type ArchiveEntry, cpioArchive } from "./cpio.ts";
import { note } from "./note.ts";
import { type RuntimeChoice, runtimeOf } from "./runtime_choice.ts";

const project = resolve(import.meta.dirname as string, "..");

const usage = `Usage: deno task initrd [OPTIONS]

Makes the initramfs on which a guest for SEV-SNP or TDX starts: the image as
/init, and the console. The same image gives the same bytes. What a launch
measures of it, and what that says, is in docs/confidential_guests.md.

  --init FILE     the image (default: one that is built for this, with the
                  features ${teeFeatures.join(" and ")})
  --runtime NAME  that image's base, such as quickjs: the small one
  --config FILE   becomes /.krun_config.json: the guest then takes this one,
                  which is measured, and not the disk's
  --output FILE   default: dist/krun-initrd
  --help          this text

Example: deno task initrd --config app.json
`;

const folderMode = 0o40755;
const programMode = 0o100755;
const fileMode = 0o100644;
const consoleMode = 0o20600;

/**
 * Composes an initramfs. The console is for the kernel, which gives it to the
 * init; all other devices the init finds in a devtmpfs.
 *
 * @param image becomes /init
 * @param config becomes /.krun_config.json
 * @throws Error when the image is none, or not one for a TEE
 */
export function composeInitrd(
  image: Uint8Array,
  config?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { features } = readFacts(image);
  if (!features.some((name: Feature) => teeFeatures.includes(name))) {
    throw new Error(
      `The image was built without ${teeFeatures.join(" or ")} (it has: ${
        features.join(", ") || "no feature"
      })`,
    );
  }
  const configEntry: ArchiveEntry[] = config === undefined
    ? []
    : [{ path: ".krun_config.json", mode: fileMode, data: config }];
  return cpioArchive([
    ...configEntry,
    { path: "dev", mode: folderMode },
    { path: "dev/console", mode: consoleMode, device: [5, 1] },
    { path: "init", mode: programMode, data: image },
  ]);
}

/** What the command line asks for. */
interface Options {
  readonly init?: string;
  /** The base of an image that is built. */
  readonly runtime: RuntimeChoice;
  readonly config?: string;
  readonly output: string;
}

function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      init: { type: "string" },
      runtime: { type: "string", default: "auto" },
      config: { type: "string" },
      output: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  return {
    ...(values.init !== undefined && { init: values.init }),
    runtime: runtimeOf(values.runtime),
    ...(values.config !== undefined && { config: values.config }),
    output: resolve(values.output ?? join(project, "dist", "krun-initrd")),
  };
}

async function main(
  { init, runtime, config, output }: Options,
): Promise<void> {
  const configBytes = config === undefined ? undefined : readConfig(config);
  const image = init === undefined
    ? await buildImage(runtime)
    : readInput(init);
  const initrd = within(init, () => composeInitrd(image, configBytes));
  await Deno.mkdir(dirname(output), { recursive: true });
  await Deno.writeFile(output, initrd);
  const digest = await crypto.subtle.digest("SHA-384", initrd);
  const sha384 = new Uint8Array(digest).toHex();
  Deno.stdout.writeSync(
    new TextEncoder().encode(
      `file      ${output}\nsize      ${initrd.length} bytes\nsha384    ${sha384}\n`,
    ),
  );
}

/**
 * The guest takes this config and no other: what it can't read is an error, and
 * what it passes over is said.
 */
function readConfig(path: string): Uint8Array {
  const bytes = readInput(path);
  const text = decodeBytes(bytes);
  if (!isUnicode(text)) throw new Error(`${path}: not UTF-8`);
  for (const line of within(path, () => fieldLines(text))) {
    note(`WARNING: ${path}: ${line.text}`);
  }
  return bytes;
}

/** Has an error begin with the name of the file that it is about. */
function within<T>(path: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (path === undefined) throw error;
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

async function buildImage(runtime: RuntimeChoice): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "krun-initrd-" });
  try {
    const output = join(folder, "image");
    await build({ runtime, features: teeFeatures, output });
    return await Deno.readFile(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    const options = parseOptions(Deno.args);
    if (options === undefined) {
      await Deno.stdout.write(new TextEncoder().encode(usage));
    } else {
      await main(options);
    }
  } catch (error) {
    note(`initrd: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
