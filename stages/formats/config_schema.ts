/** What the config's reader and those who write configs must agree on. */

/** The names of a field, the runtime specification's first. */
export const aliases = {
  entrypoint: ["Entrypoint"],
  args: ["args", "Cmd"],
  env: ["env", "Env"],
  cwd: ["cwd", "WorkingDir", "Cwd"],
} as const;

/** Where an image's configuration lies inside a saved image's or muvm's. */
export const nestings: readonly string[] = ["Config", "config"];

/** The highest user or group id; (uid_t) -1 means none. */
export const maxId = 0xffff_fffe;

/** The highest umask(2). */
export const maxUmask = 0o777;

/** Asks for what OciSettings has; the value is "1". */
export const ociAnnotation = "krun-init.oci";
