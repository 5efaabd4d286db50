import type { Sys } from "../ffi/sys.ts";
import { isErrno } from "../ffi/sys_error.ts";

/** Where /proc/self/ns/NAME points to in the first namespace of a kind (PROC_PID_INIT_INO and the like). */
export const firstNamespaces = {
  pid: "pid:[4026531836]",
  user: "user:[4026531837]",
} as const;

/** True in a virtual machine, false in a namespace on somebody's host. */
export function isInFirstNamespace(
  sys: Sys,
  kind: keyof typeof firstNamespaces,
): boolean {
  try {
    return sys.readLink(`/proc/self/ns/${kind}`) === firstNamespaces[kind];
  } catch (error) {
    // A kernel without such namespaces has a machine of its own.
    return isErrno(error, "ENOENT");
  }
}
