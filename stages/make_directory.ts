import { describe } from "../ffi/describe.ts";
import type { Sys } from "../ffi/sys.ts";
import { isErrno, SysError } from "../ffi/sys_error.ts";
import { namesOf } from "./formats/path_names.ts";

/** As many as the kernel follows itself (path_resolution(7)). */
const mostLinks = 40;

/** Where a directory is. */
export interface Directory {
  /** Without symbolic links, as the list of mounts has it. */
  readonly path: string;
  /** False where it was made just now. */
  readonly existed: boolean;
}

/**
 * Makes a directory and those above it, as far as they are missing. Symbolic
 * links are followed, also to where nothing is yet.
 *
 * @param path absolute
 * @throws SysError when one can't be made, or can't be looked at
 */
export function makeDirectory(sys: Sys, path: string): Directory {
  let rest = namesOf(path);
  let at = "";
  let existed = true;
  for (let links = 0; rest.length > 0;) {
    const [name = "", ...next] = rest;
    if (name === "..") {
      at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
      rest = next;
      continue;
    }
    const target = readLink(sys, `${at}/${name}`);
    if (typeof target === "string") {
      if (++links > mostLinks) {
        throw new SysError(describe.readLink(path), "ELOOP");
      }
      if (target.startsWith("/")) at = "";
      rest = [...namesOf(target), ...next];
      continue;
    }
    at = `${at}/${name}`;
    rest = next;
    existed = target === null;
    if (!existed) sys.mkdir(at, 0o755);
  }
  return { path: at === "" ? "/" : at, existed };
}

/** Null for what is no symbolic link, undefined where nothing is. */
function readLink(sys: Sys, path: string): string | null | undefined {
  try {
    return sys.readLink(path);
  } catch (error) {
    if (isErrno(error, "EINVAL")) return null;
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
