import { FileType } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import { hasOtherOwner } from "./owner.ts";

/**
 * Copies what a directory holds, with owners and modes; sockets, which nobody
 * listens on, are left out.
 *
 * @param from the directory's path
 * @param to where the copies come, also relative to the working directory
 * @throws SysError at the first that can't be copied
 */
export function copyContents(sys: Sys, from: string, to: string): void {
  for (const name of sys.readDirectory(from)) {
    copy(sys, `${from}/${name}`, `${to}/${name}`);
  }
}

function copy(sys: Sys, from: string, to: string): void {
  const status = sys.lstat(from);
  const { mode, uid, gid, device } = status;
  const type = mode & FileType.mask;
  if (type === FileType.socket) return;
  if (type === FileType.directory) {
    sys.mkdir(to, 0o700);
    copyContents(sys, from, to);
  } else if (type === FileType.link) {
    sys.symlink(sys.readLink(from), to);
  } else if (type === FileType.regular) {
    sys.copyFile(from, to);
  } else {
    sys.mknod(to, mode, device);
  }
  if (hasOtherOwner(sys, status)) sys.lchown(to, uid, gid);
  // After the owner, whose change takes set-user-id away.
  if (type !== FileType.link) sys.chmod(to, mode & 0o7777);
}
