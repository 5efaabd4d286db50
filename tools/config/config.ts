/** What a builder makes. */

/** A file for krun_fs_add_overlay_file. */
export interface GuestFile {
  /** Absolute. */
  readonly path: string;
  /** Undefined for the init's image where the builder was not given it. */
  readonly bytes: Uint8Array | undefined;
  /** Permission bits. */
  readonly mode: number;
  /** It is gone once it has been looked up and closed again. */
  readonly oneShot: boolean;
}

/** All that a host needs to start a guest. */
export interface Config {
  /** The config file's text. */
  readonly json: string;
  /** `NAME=VALUE` each, as for krun_set_env. */
  readonly kernelEnvironment: readonly string[];
  /** The init's own arguments; behind `--` on the kernel's command line. */
  readonly kernelArguments: readonly string[];
  /** Both and `init=`, to be added to the kernel's command line. */
  readonly kernelLine: string;
  /** For krun_fs_add_overlay_file: the init, the config, then the others. */
  readonly files: readonly GuestFile[];
}
