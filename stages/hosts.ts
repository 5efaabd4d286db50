import { decodeBytes, encodeBytes } from "../ffi/bytes.ts";
import type { Sys } from "../ffi/sys.ts";
import { isErrno } from "../ffi/sys_error.ts";
import { hostNameOf } from "./env.ts";
import { completeHosts } from "./formats/hosts.ts";
import { replaceFile } from "./replace_file.ts";
import type { Stage } from "./stage.ts";

const path = "/etc/hosts";

function hasDirectory(sys: Sys): boolean {
  try {
    sys.lstat("/etc");
    return true;
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    return false;
  }
}

/** What a host name has, as far as /etc/hosts can carry it (hosts(5)). */
const nameCharacters =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

/** Lets programs look up localhost and the guest's own name. */
export const hosts: Stage = {
  name: "hosts",
  summary: "Complete /etc/hosts",
  gates: { platforms: ["linux"] },
  policy: "warn",
  run(context) {
    const { sys, environment } = context;
    if (environment.get("KRUN_HOSTS") === "0") return;
    const wanted = hostNameOf(context) ?? "";
    const isName = wanted !== "" &&
      [...wanted].every((character) => nameCharacters.includes(character));
    const name = isName ? wanted : "localhost";
    let text = "";
    try {
      text = decodeBytes(sys.readFile(path));
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      // A root of a program or two is left as it is, unless it has a name.
      if (name === "localhost" && !hasDirectory(sys)) return;
    }
    const complete = completeHosts(text, name);
    if (complete === undefined) return;
    try {
      replaceFile(sys, path, encodeBytes(complete));
    } catch (error) {
      // Who made the root read-only wants it as it is; then it can't have
      // the directory either.
      if (!isErrno(error, "EROFS", "ENOENT")) throw error;
    }
  },
};
