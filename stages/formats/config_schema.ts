/** What the config's reader and those who write configs must agree on. */

/** The highest user or group id; (uid_t) -1 means none. */
export const maxId = 0xffff_fffe;

/** The highest umask(2). */
export const maxUmask = 0o777;

/** Asks for what OciSettings has; the value is "1". */
export const ociAnnotation = "krun-init.oci";
