/** What a plan takes from a config for the guest that it is made for. */

import { decodeBytes } from "../../../ffi/bytes.ts";
import {
  type GuestConfig,
  parseGuestConfig,
} from "../../../stages/formats/guest_config.ts";
import { isBind, isDevice } from "../../../stages/formats/volume_kinds.ts";

/** The value of a variable of a config; undefined where it has none. */
export function configVariable(
  config: Uint8Array | undefined,
  name: string,
): string | undefined {
  const parsed = parse(config);
  return parsed && variableOf(parsed, name);
}

/** The same of a config that has been read. */
export function variableOf(
  { environment }: GuestConfig,
  name: string,
): string | undefined {
  const start = `${name}=`;
  return environment.find((item) => item.startsWith(start))
    ?.slice(start.length);
}

/**
 * The user and the group that a config of an image names; undefined for root,
 * for a number, and where there is none.
 */
export function configNames(
  config: Uint8Array | undefined,
): readonly (string | undefined)[] {
  const user = parse(config)?.user;
  const name = typeof user === "string" ? user : user?.name;
  if (name === undefined) return [];
  return name.split(/:(.*)/s).map((text) =>
    /^\d*$|^root$|\n/.test(text) ? undefined : text
  );
}

/** What a config's mounts come from, as far as that is a device of a guest's. */
export function configSources(config: Uint8Array | undefined): string[] {
  return (parse(config)?.mounts ?? []).flatMap((mount) => {
    const { source } = mount;
    return source === undefined || !isDevice(source) || isBind(mount)
      ? []
      : [source];
  });
}

/** Undefined for what is no config. */
function parse(config: Uint8Array | undefined): GuestConfig | undefined {
  if (config === undefined) return undefined;
  try {
    return parseGuestConfig(decodeBytes(config)).config;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
