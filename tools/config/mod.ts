/**
 * Builds configurations for guests of this init, on Deno and, from the npm
 * package, on Node.
 *
 * What libkrun's own init knows is written as that one reads it, hence the
 * limits and the host name among the variables; what it does not know is
 * written as the OCI runtime specification has it, with a request for it.
 *
 * The JSON is one line of UTF-8 with a final newline and no other white space.
 * Its keys come in this order, and what is not set, or is an empty list or
 * object, is left out; the whole is `{}` where nothing is set:
 *
 * ```
 * {"process":{"args":[…],"env":[…],"cwd":"…",
 *             "user":{"uid":0,"gid":0,"umask":18,"additionalGids":[…]},
 *             "noNewPrivileges":true},
 *  "mounts":[{"destination":"…","type":"…","source":"…","options":[…]}],
 *  "annotations":{"krun-init.oci":"1"}}
 * ```
 *
 * - Strings are Unicode without NUL. `"` and `\` have a backslash before them;
 *   U+0008, U+0009, U+000A, U+000C and U+000D are `\b`, `\t`, `\n`, `\f` and
 *   `\r`; other characters below U+0020 are `\u` and four lower-case hex
 *   digits; all others, U+007F and `/` among them, stand as they are.
 * - Numbers are whole, in decimal digits, without sign, point or exponent.
 * - `env` has the variables in the order in which each was first set, then
 *   `KRUN_RLIMITS=`, `HOSTNAME=` and `KRUN_STOP_TIMEOUT=`, so far as they are
 *   set as settings; a variable of the same name is then dropped. Limits are
 *   `7=1024:4096`, separated by commas, in numbers (no limit is
 *   18446744073709551615), in the order in which each resource was first set.
 * - `user` is there when user, umask or a group is set; `uid` and `gid` are
 *   then always there. The annotation is there when `user`, `noNewPrivileges`
 *   or a volume of the type `bind` or `rbind` is.
 * - A mount always has `destination`, `type` and `source`.
 *
 * The kernel's environment has the variables of `kernelEnv`, then
 * `KRUN_DHCP=1`, `KRUN_DHCP_TIMEOUT=`, `KRUN_BLOCK_ROOT_DEVICE=`, `_FSTYPE=`,
 * `_OPTIONS=` and `KRUN_INIT_TRACE=1`, by the same rules. The kernel's line is
 * `init=/init.krun`, each variable in double quotes, and where there are
 * arguments `--` and each of them in double quotes, with one space between.
 *
 * Problems are found in this order, one a value: `process.args`, `.env`,
 * `.cwd`, `.user`, `mounts`, `files`, `kernel.environment`, `.arguments`,
 * `.line`.
 *
 * @module
 */

export type { Config, GuestFile } from "./config.ts";
export { ConfigBuilder } from "./config_builder.ts";
export {
  ConfigError,
  type ConfigErrorCode,
  type ConfigProblem,
} from "./config_error.ts";
