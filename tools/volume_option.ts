/** A folder of the host's for a guest, as `--volume` names it. */

import { namesOf } from "../stages/formats/path_names.ts";

/** What `--volume` asks for. */
export interface HostVolume {
  /** A folder of the host's. */
  readonly folder: string;
  /** Where the guest has it. */
  readonly path: string;
  readonly readOnly: boolean;
}

/**
 * Reads the values of `--volume`, `HOSTDIR:/PATH` or `HOSTDIR:/PATH:ro`. The
 * guest's path has no colon in it.
 *
 * @throws Error that names the value that is wrong
 */
export function parseVolumes(values: readonly string[]): HostVolume[] {
  const volumes = values.map(parseVolume);
  volumes.forEach(({ path }, n) => {
    if (volumes.findIndex((other) => other.path === path) === n) return;
    throw new Error(`--volume ${values[n]}: ${path} has one already`);
  });
  return volumes;
}

function parseVolume(value: string): HostVolume {
  const [, folder, path, option] =
    /^(.+?):(\/[^:]*)(?::([^:]*))?$/s.exec(value) ?? [];
  if (
    folder === undefined || path === undefined ||
    option !== undefined && option !== "ro"
  ) {
    throw new Error(`--volume ${value} is not HOSTDIR:/PATH[:ro]`);
  }
  const names = namesOf(path);
  if (names.length === 0 || names.includes("..")) {
    throw new Error(`--volume ${value}: ${path} is no place for it`);
  }
  return {
    ...{ folder, path: `/${names.join("/")}` },
    readOnly: option !== undefined,
  };
}
