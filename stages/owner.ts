import type { FileStatus, Sys } from "../ffi/sys.ts";
import { isInFirstNamespace } from "./first_namespace.ts";

/** What an id looks like that has no number here (user_namespaces(7)). */
const overflowId = 65534;

/** True where a file is not root's, and is of someone who has a number here. */
export function hasOtherOwner(sys: Sys, { uid, gid }: FileStatus): boolean {
  if (uid === 0 && gid === 0) return false;
  // In a machine of its own it is an id like any other: nobody's.
  return (uid !== overflowId && gid !== overflowId) ||
    isInFirstNamespace(sys, "user");
}
