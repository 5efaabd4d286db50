/** What the config's reader and those who write configs must agree on. */

/** The names of a field, the runtime specification's first. */
export const aliases = {
  entrypoint: ["Entrypoint"],
  args: ["args", "Cmd"],
  env: ["env", "Env"],
  cwd: ["cwd", "WorkingDir", "Cwd"],
} as const;

/** The fields of an image's configuration that count (image-spec, config.md). */
export const imageFields: readonly string[] = [
  ...["Entrypoint", "Cmd", "Env", "WorkingDir", "User"],
];

/** Where an image's configuration lies inside a saved image's or muvm's. */
export const nestings: readonly string[] = ["Config", "config"];

/** The highest user or group id; (uid_t) -1 means none. */
export const maxId = 0xffff_fffe;

/** The highest oom_score_adj; the lowest is its negative (proc(5)). */
export const mostOomScoreAdj = 1000;

/** The highest umask(2). */
export const maxUmask = 0o777;

/**
 * How much of the runtime specification counts: "1" for all that the init
 * knows, "0" for only what upstream honours; who the workload is, its limits
 * and the host name unless it says so.
 */
export const ociAnnotation = "krun-init.oci";
