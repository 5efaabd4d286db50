/** The guest's kernel and its modules. */

import { basename, dirname, join } from "node:path";
import { debianArchitectures, debianPackage, dependencyOf } from "../debian.ts";
import type { Arch } from "../native.ts";
import { ensurePrograms } from "../programs.ts";
import { loadOrder, moduleName, moduleNeeds } from "./modules.ts";

/** A kernel that QEMU can start. */
export interface Kernel {
  /** A bzImage or, on aarch64, an Image. */
  readonly file: string;
  /** Its modules, /lib/modules/VERSION; missing where all is built in. */
  readonly modules?: string;
}

/** A module's file name and content. */
export interface ModuleFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * Finds a kernel.
 *
 * @param file a kernel whose modules, if it has any, are where Linux keeps
 *   them: for /X/boot/vmlinuz-V in /X/lib/modules/V or /X/usr/lib/modules/V.
 *   Without it, it is Debian's kernel for clouds, which has all of virtio and
 *   starts fast.
 * @throws Error when there is none
 */
export async function findKernel(arch: Arch, file?: string): Promise<Kernel> {
  if (file === undefined) {
    const architecture = debianArchitectures[arch];
    const name = await dependencyOf(
      `linux-image-cloud-${architecture}`,
      /^linux-image-\d/,
      { architecture },
    );
    const { tree } = await debianPackage(name, { architecture });
    return await kernelAt(
      join(tree, "boot", name.replace("linux-image-", "vmlinuz-")),
    );
  }
  return await kernelAt(file);
}

async function kernelAt(file: string): Promise<Kernel> {
  await Deno.stat(file).catch((error: Error) => {
    throw new Error(`Cannot find the kernel ${file}: ${error.message}`);
  });
  const version = basename(file).replace(/^[a-zA-Z]+-/, "");
  for (const libraries of ["lib", "usr/lib"]) {
    const modules = join(dirname(file), "..", libraries, "modules", version);
    const found = await Deno.stat(modules).then(() => true, () => false);
    if (found) return { file, modules };
  }
  return { file };
}

/**
 * Reads modules and all that they need, in the order in which they are to be
 * loaded. What is built in is left out.
 *
 * @param wanted names of modules
 * @throws Error when a module is neither there nor built in
 */
export async function readModules(
  kernel: Kernel,
  wanted: readonly string[],
): Promise<ModuleFile[]> {
  if (kernel.modules === undefined) return [];
  const files = new Map<string, string>();
  indexModules(join(kernel.modules, "kernel"), files);
  const builtin = new Set(
    (await Deno.readTextFile(join(kernel.modules, "modules.builtin")))
      .split("\n").map((path) => moduleName(basename(path, ".ko"))),
  );
  const contents = new Map<string, Uint8Array>();
  const order = await loadOrder(wanted, async (name) => {
    if (builtin.has(name)) return [];
    const file = files.get(name);
    if (file === undefined) {
      throw new Error(`Cannot find module ${name} in ${kernel.modules}`);
    }
    const data = await readModule(file);
    contents.set(name, data);
    return moduleNeeds(data);
  });
  return order.flatMap((name) => {
    const data = contents.get(name);
    return data === undefined ? [] : [{ name, data }];
  });
}

/** How the name of a compressed module ends, and what undoes that. */
const packed = ".xz";
const unpack = { program: "xz", package: "xz-utils" };

async function readModule(file: string): Promise<Uint8Array> {
  if (!file.endsWith(packed)) return await Deno.readFile(file);
  await ensurePrograms([unpack]);
  const { success, stdout, stderr } = await new Deno.Command(unpack.program, {
    args: ["--decompress", "--stdout", file],
  }).output();
  if (!success) {
    throw new Error(
      `Cannot read ${file}: ${new TextDecoder().decode(stderr).trim()}`,
    );
  }
  return stdout;
}

/** Notes every module below a folder by its name. */
function indexModules(folder: string, files: Map<string, string>): void {
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) indexModules(path, files);
    else {
      const name = basename(path, packed);
      if (name.endsWith(".ko")) {
        files.set(moduleName(basename(name, ".ko")), path);
      }
    }
  }
}
