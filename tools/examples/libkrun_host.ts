/**
 * A host of libkrun's in TypeScript: starts a guest whose init is this
 * project's image, handed to libkrun at run time. It needs libkrun 1.18 or a
 * later 1.x, and /dev/kvm.
 *
 * deno run -A tools/examples/libkrun_host.ts --rootfs DIR -- /bin/sh -c 'exit 7'
 */

import { getSystemErrorName } from "node:util";
import { parseArgs } from "#parse-args";
import { ConfigBuilder, type GuestFile } from "../config/mod.ts";
import { imagePath } from "../image_path.ts";
import { note } from "../note.ts";

const usage = `Usage: deno run -A tools/examples/libkrun_host.ts
         --rootfs DIR [OPTIONS] -- COMMAND [ARG…]

Starts a guest by libkrun, and ends with the command's status.

  --rootfs DIR        the guest's root
  --init FILE         the image (default: dist/krun-init)
  --env NAME=VALUE    repeatable; a variable of the command's
  --memory MIB        default: 512
  --cpus N            default: 1
  --help              this text
`;

/** What is used of libkrun.h. */
const symbols = {
  // int32_t krun_create_ctx(void)
  krun_create_ctx: { parameters: [], result: "i32" },
  // int32_t krun_set_vm_config(uint32_t ctx, uint8_t cpus, uint32_t ram_mib)
  krun_set_vm_config: { parameters: ["u32", "u8", "u32"], result: "i32" },
  // int32_t krun_disable_implicit_init(uint32_t ctx)
  krun_disable_implicit_init: { parameters: ["u32"], result: "i32" },
  // int32_t krun_set_root(uint32_t ctx, const char *root_path)
  krun_set_root: { parameters: ["u32", "buffer"], result: "i32" },
  // int32_t krun_fs_add_overlay_file(uint32_t ctx, const char *fs_tag,
  //     const char *path, const uint8_t *data, size_t data_len, uint32_t mode,
  //     bool one_shot)
  krun_fs_add_overlay_file: {
    parameters: ["u32", "buffer", "buffer", "buffer", "usize", "u32", "bool"],
    result: "i32",
  },
  // int32_t krun_start_enter(uint32_t ctx)
  krun_start_enter: { parameters: ["u32"], result: "i32" },
} as const;

type Libkrun = Deno.DynamicLibrary<typeof symbols>["symbols"];

const regularFile = 0o100000;

/** libkrun's name for the file system that becomes the root. */
const rootTag = "/dev/root";

/**
 * What libkrun reads while the guest runs: it does not copy a file's bytes, so
 * they must not be collected before.
 */
const lent: Uint8Array<ArrayBuffer>[] = [];

/** A guest; the command's status is this process' own. */
interface Guest {
  readonly rootfs: string;
  readonly init: string;
  readonly command: readonly string[];
  readonly env: readonly string[];
  /** In MiB. */
  readonly memory: number;
  readonly cpus: number;
}

/**
 * Starts a guest. libkrun ends this process when the guest ends.
 *
 * @throws Error when libkrun is not there, or refuses something
 */
function start(guest: Guest): never {
  // A guest without a root ends with status 0: its kernel panics.
  if (!isFolder(guest.rootfs)) throw new Error(`${guest.rootfs} is no folder`);
  const krun = openLibkrun();
  const ctx = check("krun_create_ctx", krun.krun_create_ctx());
  const { cpus, memory, rootfs } = guest;
  check("krun_set_vm_config", krun.krun_set_vm_config(ctx, cpus, memory));
  // Else libkrun's own init gets that name, as soon as there is a root.
  check("krun_disable_implicit_init", krun.krun_disable_implicit_init(ctx));
  check(
    `krun_set_root(${rootfs})`,
    krun.krun_set_root(ctx, cString(rootfs)),
  );
  for (const { path, bytes, mode, oneShot } of guestFiles(guest)) {
    const data = bytes as Uint8Array<ArrayBuffer>;
    lent.push(data);
    check(
      `krun_fs_add_overlay_file(${path})`,
      krun.krun_fs_add_overlay_file(
        ctx,
        cString(rootTag),
        cString(path),
        data,
        BigInt(data.length),
        regularFile | mode,
        oneShot,
      ),
    );
  }
  check("krun_start_enter", krun.krun_start_enter(ctx));
  throw new Error("krun_start_enter came back without an error");
}

/**
 * The init and its config. The kernel's command line would do for a command,
 * too, but not for a long one, nor for one with a double quote.
 */
function guestFiles({ init, command, env }: Guest): readonly GuestFile[] {
  const builder = new ConfigBuilder().image(Deno.readFileSync(init));
  for (const variable of env) builder.env(variable);
  for (const word of command) builder.arg(word);
  return builder.build().files;
}

function openLibkrun(): Libkrun {
  try {
    return Deno.dlopen("libkrun.so.1", symbols).symbols;
  } catch (error) {
    throw new Error(
      `Cannot use libkrun: ${(error as Error).message}. ` +
        "It takes libkrun.so.1 of libkrun 1.18 or a later 1.x, in a folder " +
        "of ldconfig's or of LD_LIBRARY_PATH",
    );
  }
}

/** Returns what libkrun returned, unless that is an error number. */
function check(call: string, result: number): number {
  if (result >= 0) return result;
  throw new Error(`${call}: ${getSystemErrorName(result)}`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

function parseOptions(args: readonly string[]): Guest | undefined {
  const end = args.indexOf("--");
  const { values } = parseArgs({
    args: end < 0 ? [...args] : args.slice(0, end),
    options: {
      rootfs: { type: "string" },
      init: { type: "string", default: imagePath(Deno.build.arch) },
      env: { type: "string", multiple: true, default: [] },
      memory: { type: "string", default: "512" },
      cpus: { type: "string", default: "1" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const { rootfs, init, env } = values;
  const command = end < 0 ? [] : args.slice(end + 1);
  if (rootfs === undefined) throw new Error("--rootfs is missing");
  if (command.length === 0) throw new Error("The command is missing, after --");
  return {
    rootfs,
    init,
    env,
    command,
    memory: count("--memory", values.memory, 2 ** 32 - 1),
    cpus: count("--cpus", values.cpus, 255),
  };
}

function count(option: string, value: string, most: number): number {
  const number = /^[1-9]\d*$/.test(value) ? Number(value) : NaN;
  if (number <= most) return number;
  throw new Error(`The value of ${option} is not 1 to ${most}: ${value}`);
}

if (import.meta.main) {
  try {
    const guest = parseOptions(Deno.args);
    if (guest !== undefined) start(guest);
    Deno.stdout.writeSync(new TextEncoder().encode(usage));
  } catch (error) {
    note(`libkrun_host: ${(error as Error).message}`);
    Deno.exit(125);
  }
}
