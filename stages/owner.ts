import type { FileStatus } from "../ffi/sys.ts";

/** What an id looks like that has no number here (user_namespaces(7)). */
const overflowId = 65534;

/** True where a file is not root's, and is of someone who has a number here. */
export function hasOtherOwner({ uid, gid }: FileStatus): boolean {
  if (uid === overflowId || gid === overflowId) return false;
  return uid !== 0 || gid !== 0;
}
