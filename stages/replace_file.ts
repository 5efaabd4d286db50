import { describe } from "../ffi/describe.ts";
import type { Sys } from "../ffi/sys.ts";
import { isErrno, SysError } from "../ffi/sys_error.ts";

/**
 * What says that a file can perhaps be written, but not replaced: it is a mount
 * of its own, as containers have it, or the file system has no such operation.
 */
const notReplaceable = ["EBUSY", "EROFS", "EACCES", "EPERM", "ENOSYS"] as const;

/** As many as the kernel follows itself (path_resolution(7)). */
const mostLinks = 40;

/**
 * Writes a file so that everyone finds the old one or the new one: aside, and
 * then in the old one's place. Symbolic links stay; where they lead, also to
 * nothing yet, there the file will be, and missing directories are made.
 *
 * @throws SysError when it can't be written; the old file is still whole
 */
export function replaceFile(
  sys: Sys,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
): void {
  const target = followLinks(sys, path);
  makeDirectories(sys, parentOf(target));
  const aside = `${target}.krun-init`;
  try {
    sys.writeFile(aside, bytes);
    sys.rename(aside, target);
  } catch (error) {
    removeIfThere(sys, aside);
    if (!isErrno(error, ...notReplaceable)) throw error;
    sys.writeFile(target, bytes);
  }
}

function followLinks(sys: Sys, path: string): string {
  let target = path;
  for (let count = 0; count <= mostLinks; count++) {
    const next = readLink(sys, target);
    if (next === undefined) return target;
    target = next.startsWith("/") ? next : `${parentOf(target)}/${next}`;
  }
  throw new SysError(describe.readLink(path), "ELOOP");
}

function readLink(sys: Sys, path: string): string | undefined {
  try {
    return sys.readLink(path);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    // No link or nothing there; what else is wrong shows when it is written.
    return undefined;
  }
}

function makeDirectories(sys: Sys, path: string): void {
  const names = path.split("/").slice(1);
  names.forEach((_, n) => {
    try {
      sys.mkdir(`/${names.slice(0, n + 1).join("/")}`, 0o755);
    } catch (error) {
      // There already; what could not be made shows when the file is written.
      if (!(error instanceof SysError)) throw error;
    }
  });
}

function removeIfThere(sys: Sys, path: string): void {
  try {
    sys.unlink(path);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

/** The path without its last name, and without the slash before it. */
function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
