/** The folder that the guest gets as its root: each boot has its own. */

import { join } from "node:path";
import { staticBusybox } from "../busybox.ts";
import type { Arch } from "../native.ts";
import { run } from "../run.ts";
import { greeting } from "./greeting.ts";

/** What goes into a root; each path is a file of the host. */
export interface RootParts {
  /** The architecture of the busybox. */
  readonly arch: Arch;
  /** A folder to copy; default: a root with busybox. */
  readonly rootfs?: string;
  /** Becomes /init.krun; none: the guest gets it otherwise. */
  readonly init?: string;
  /** Becomes /.krun_config.json. */
  readonly config?: string | Uint8Array;
}

const folders = ["bin", "dev", "etc", "proc", "root", "run", "sys"];

/**
 * Makes a folder and fills it. A given root is copied, since the guest writes to
 * what it is served and hard links would lead it to the user's own files; a
 * copy costs nothing where the file system shares blocks.
 *
 * @throws Error when a part is missing or cannot be copied
 */
export async function makeRoot(
  folder: string,
  parts: RootParts,
): Promise<void> {
  await Deno.mkdir(folder, { mode: 0o755 });
  if (parts.rootfs === undefined) await makeBusyboxRoot(folder, parts.arch);
  else await copyRoot(parts.rootfs, folder);
  if (parts.init !== undefined) {
    await placeFile(parts.init, join(folder, "init.krun"), 0o755);
  }
  if (parts.config !== undefined) {
    await placeFile(parts.config, join(folder, ".krun_config.json"), 0o644);
  }
}

async function makeBusyboxRoot(folder: string, arch: Arch): Promise<void> {
  const { file, applets } = await staticBusybox(arch);
  for (const name of folders) await Deno.mkdir(join(folder, name));
  await Deno.mkdir(join(folder, "tmp"));
  await Deno.chmod(join(folder, "tmp"), 0o1777);
  await Deno.copyFile(file, join(folder, "bin", "busybox"));
  await Promise.all(
    applets.map((name) => Deno.symlink("busybox", join(folder, "bin", name))),
  );
  await Deno.writeTextFile(
    join(folder, "etc", "passwd"),
    "root:x:0:0:root:/root:/bin/sh\n",
  );
  await Deno.writeTextFile(join(folder, "etc", "group"), "root:x:0:\n");
  await Deno.writeTextFile(join(folder, greeting.path), greeting.script, {
    mode: 0o755,
  });
}

/**
 * Copies all but the devices: the guest mounts its own, and none may be made
 * on this machine.
 */
async function copyRoot(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from).catch((error: Error) => {
    throw new Error(`Cannot use ${from} as the root: ${error.message}`);
  });
  if (!isDirectory) throw new Error(`The root ${from} is not a folder`);
  await refuseDevices(from);
  const entries = [...Deno.readDirSync(from)].map(({ name }) => name);
  const copied = entries.filter((name) => name !== "dev")
    .map((name) => join(from, name));
  if (copied.length > 0) {
    await run("cp", ["-a", "--reflink=auto", "-t", to, "--", ...copied]);
  }
  if (entries.includes("dev")) await Deno.mkdir(join(to, "dev"));
}

async function refuseDevices(folder: string): Promise<void> {
  const dev = join(folder, "dev");
  const types = ["(", "-type", "b", "-o", "-type", "c", ")"];
  const prune = ["-path", dev, "-prune", "-o"];
  const found = await run("find", [
    folder,
    ...prune,
    ...types,
    "-print",
    "-quit",
  ]);
  if (found !== "") {
    throw new Error(`Cannot copy the device node ${found.trim()}`);
  }
}

/** Puts a file where perhaps another one or a link stands. */
async function placeFile(
  content: string | Uint8Array,
  path: string,
  mode: number,
): Promise<void> {
  await Deno.remove(path).catch(() => {});
  if (typeof content === "string") await Deno.copyFile(content, path);
  else await Deno.writeFile(path, content);
  await Deno.chmod(path, mode);
}
