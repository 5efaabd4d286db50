/** Whether the workload's command is there, as native/workload.c looks for it. */

import { encodeBytes } from "../../../ffi/bytes.ts";
import { Refusal } from "../../../ffi/recording_sys.ts";
import type { ErrnoName } from "../../../ffi/sys_error.ts";
import type { Handover } from "../../../stages/formats/handover_record.ts";
import type { Entry } from "./file_system.ts";

/** Where no PATH is set. */
const defaultPath = "/usr/local/bin:/bin:/usr/bin";

/** NAME_MAX (limits.h), in bytes. */
const nameMax = 255;

/**
 * Looks for a command as execvp(3) does. What the file holds is not looked at:
 * it may still need an interpreter that is not there.
 *
 * @param find gives what stands at an absolute path, or throws Refusal
 * @returns the errno with which its exec fails; undefined: it is there
 */
export function missingProgram(
  { args: [name = ""], cwd, environment }: Handover,
  find: (path: string) => Entry,
): ErrnoName | undefined {
  const execute = (path: string): ErrnoName | undefined =>
    errnoOf(find, path.startsWith("/") ? path : `${cwd}/${path}`);
  if (name === "") return "ENOENT";
  if (name.includes("/")) return execute(name);
  if (encodeBytes(name).length > nameMax) return "ENAMETOOLONG";
  let reason: ErrnoName = "ENOENT";
  for (const folder of searchPath(environment)) {
    const errno = execute(folder === "" ? name : `${folder}/${name}`);
    if (errno === "EACCES") reason = errno;
    else if (errno !== "ENOENT" && errno !== "ENOTDIR") return errno;
  }
  return reason;
}

function errnoOf(
  find: (path: string) => Entry,
  path: string,
): ErrnoName | undefined {
  try {
    const entry = find(path);
    return "read" in entry && entry.isExecutable !== false
      ? undefined
      : "EACCES";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.errno;
  }
}

function searchPath(environment: readonly string[]): string[] {
  const start = "PATH=";
  const item = environment.find((item) => item.startsWith(start));
  return (item?.slice(start.length) ?? defaultPath).split(":");
}
