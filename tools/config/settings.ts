/** What a builder has been told, not yet checked. */

/** A mount as it was asked for. */
export interface WantedMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
  /** The init is to mount it. */
  readonly isVolume: boolean;
}

/** A file as it was asked for. */
export interface WantedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly oneShot: boolean;
}

export interface Settings {
  readonly args: string[];
  /** `NAME=VALUE` each. */
  readonly env: string[];
  cwd?: string;
  uid?: number;
  gid?: number;
  umask?: number;
  readonly additionalGids: number[];
  noNewPrivileges: boolean;
  /** `RESOURCE=SOFT:HARD` each. */
  readonly limits: string[];
  hostname?: string;
  /** In seconds. */
  stopTimeout?: number;
  stopSignal?: number;
  readonly mounts: WantedMount[];
  dhcp: boolean;
  /** In ms. */
  dhcpTimeout?: number;
  blockRoot?: {
    readonly device: string;
    readonly type: string | undefined;
    readonly options: string | undefined;
  };
  trace: boolean;
  /** `NAME=VALUE` each, beside those of the settings. */
  readonly kernelEnvironment: string[];
  /** The init's own arguments. */
  readonly kernelArguments: string[];
  readonly files: WantedFile[];
  /** The init's image. */
  image?: Uint8Array;
}

/** A builder's settings at the start. */
export function noSettings(): Settings {
  return {
    args: [],
    env: [],
    additionalGids: [],
    noNewPrivileges: false,
    limits: [],
    mounts: [],
    dhcp: false,
    trace: false,
    kernelEnvironment: [],
    kernelArguments: [],
    files: [],
  };
}
