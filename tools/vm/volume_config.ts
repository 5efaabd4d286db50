/** Folders of the host's in the config of a guest that has them as shares. */

import { join } from "node:path";
import { settingsOf } from "../../stages/formats/guest_config.ts";
import { parseJsonText, withoutMark } from "../../stages/formats/json_text.ts";
import { cannotRead } from "../command_line/options.ts";
import type { HostVolume } from "../volume_option.ts";
import type { BootOptions } from "./boot_vm.ts";

/** A guest's shares by their tags, and the config that mounts them. */
type Shared = Required<Pick<BootOptions, "config" | "shares">>;

/**
 * Adds volumes to the config that a guest would have without them: the one that
 * it is given, or its root's own.
 *
 * @throws Error where that is no config
 */
export async function shareVolumes(
  volumes: readonly HostVolume[],
  { config, rootfs }: Pick<BootOptions, "rootfs"> & { config?: string },
): Promise<Shared> {
  const file = config ??
    (rootfs === undefined ? undefined : join(rootfs, ".krun_config.json"));
  const text = file === undefined ? "{}" : await Deno.readTextFile(file)
    .catch((error) => {
      if (config === undefined && error instanceof Deno.errors.NotFound) {
        return "{}";
      }
      throw cannotRead(file, error);
    });
  const tagged = volumes.map((volume, n) => ({ ...volume, tag: `volume${n}` }));
  const mounts = tagged.map(({ tag, path, readOnly }) => ({
    ...{ destination: path, type: "virtiofs", source: tag },
    ...(readOnly && { options: ["ro"] }),
  }));
  try {
    return {
      config: new TextEncoder().encode(withMounts(text, mounts)),
      shares: Object.fromEntries(
        tagged.map(({ tag, folder }) => [tag, folder]),
      ),
    };
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}

/** @throws SyntaxError when the text is no config */
function withMounts(text: string, mounts: readonly unknown[]): string {
  const { value } = parseJsonText(withoutMark(text));
  const { top } = settingsOf(value);
  const given = Array.isArray(top.mounts) ? top.mounts : [];
  top.mounts = [...given, ...mounts];
  return `${JSON.stringify(value)}\n`;
}
