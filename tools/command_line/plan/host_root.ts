/** A directory of this machine as a guest's root: looked at, never changed. */

import { Refusal } from "../../../ffi/recording_sys.ts";
import type { Entry, Look } from "./file_system.ts";

/** S_IXUSR, S_IXGRP and S_IXOTH (inode(7)). */
const anyExecute = 0o111;

/**
 * Gives the content of a directory. Symbolic links are not followed here, so
 * that what they name is looked for in the guest.
 *
 * @param directory its path on this machine
 */
export function hostRoot(directory: string): Look {
  const seen = new Map<string, Entry | undefined>();
  return (path) => {
    if (!seen.has(path)) seen.set(path, look(`${directory}${path}`));
    return seen.get(path);
  };
}

function look(path: string): Entry | undefined {
  const info = attempt(() => Deno.lstatSync(path));
  if (info === undefined) return undefined;
  const { mode, uid, gid } = info;
  const status = {
    ...{ mode: mode ?? 0, uid: uid ?? 0, gid: gid ?? 0 },
    device: info.rdev ?? 0,
  };
  if (info.isSymlink) return { link: Deno.readLinkSync(path), status };
  if (info.isDirectory) {
    return {
      status,
      list: () =>
        (attempt(() => [...Deno.readDirSync(path)]) ?? [])
          .map(({ name }) => name).sort(),
    };
  }
  return {
    status,
    read: () => attempt(() => Deno.readFileSync(path)) ?? new Uint8Array(),
    isExecutable: info.isFile && ((mode ?? 0) & anyExecute) !== 0,
  };
}

/** What is not there is undefined; what can't be looked at is refused. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return undefined;
    const isDenied = error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable;
    throw new Refusal(isDenied ? "EACCES" : "EIO");
  }
}
