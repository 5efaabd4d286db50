import { decodeBytes } from "../ffi/bytes.ts";
import type { Sys } from "../ffi/sys.ts";
import { SysError } from "../ffi/sys_error.ts";

/** The kernel's command line (proc(5)); empty where it can't be read. */
export function readKernelLine(sys: Sys): string {
  try {
    return decodeBytes(sys.readFile("/proc/cmdline"));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return "";
  }
}
