/** The JSON's `mounts`. */

import { maxId } from "../../stages/formats/config_schema.ts";
import { isMountAttribute } from "../../stages/formats/mount_options.ts";
import {
  bindTypes,
  diskTypes,
  isDevice,
  isTmpfs,
  shareTypes,
  volumeTypes,
} from "../../stages/formats/volume_kinds.ts";
import { type Problems, quote } from "./problems.ts";
import { unlessEmpty } from "./process_part.ts";
import type { WantedMount } from "./settings.ts";

/** A mount in the order of its keys. */
export interface MountPart {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[] | undefined;
}

/** tmpfs' own options that have a value, and the values' form (tmpfs(5)). */
const valueForms = new Map([
  ["size", /^\d+[kKmMgG%]?$/],
  ["nr_inodes", /^\d+[kKmMgG]?$/],
  ["mode", /^[0-7]{1,4}$/],
  ["uid", /^\d{1,10}$/],
  ["gid", /^\d{1,10}$/],
]);

/** Makes `mounts`; undefined where there are none. */
export function mountsPart(
  mounts: readonly WantedMount[],
  problems: Problems,
): readonly MountPart[] | undefined {
  const seen = new Set<string>();
  return unlessEmpty(mounts.map((mount, n): MountPart => {
    const { destination, type, source, options } = mount;
    const path = `mounts[${n}]`;
    const at = `${path}.destination`;
    if (problems.normalPath(destination, at) && seen.has(destination)) {
      problems.add("duplicate", at, `${quote(destination)} is there already`);
    }
    seen.add(destination);
    checkType(mount, `${path}.type`, problems);
    checkSource(mount, `${path}.source`, problems);
    options.forEach((option, m) => {
      const at = `${path}.options[${m}]`;
      if (!problems.filled(option, at)) return;
      if (mount.isVolume) checkVolumeOption(mount, option, at, problems);
      else if (isTmpfs(mount)) checkTmpfsOption(option, at, problems);
    });
    if (mount.isVolume) checkLayers(mount, `${path}.options`, problems);
    return { destination, type, source, options: unlessEmpty(options) };
  }));
}

/** The init would pass over a volume of a type that it does not know. */
function checkType(
  { type, isVolume }: WantedMount,
  path: string,
  problems: Problems,
): void {
  if (!problems.filled(type, path) || !isVolume) return;
  if (volumeTypes.includes(type)) return;
  problems.add("bad_value", path, `${quote(type)} is no type of a volume`);
}

/** True for a volume that the init mounts on request only. */
export function isBindVolume({ type, isVolume }: WantedMount): boolean {
  return isVolume && bindTypes.includes(type);
}

function checkSource(
  mount: WantedMount,
  path: string,
  problems: Problems,
): void {
  const { type, source, isVolume } = mount;
  if (isBindVolume(mount)) {
    problems.absolutePath(source, path);
  } else if (isVolume && shareTypes.includes(type)) {
    problems.filled(source, path);
  } else if (
    problems.text(source, path) && isVolume && diskTypes.includes(type) &&
    !isDevice(source)
  ) {
    const wanted = "is neither below /dev nor LABEL=, UUID= or PARTLABEL=";
    problems.add("bad_value", path, `${quote(source)} ${wanted}`);
  }
}

/** These would make another thing of it. */
function checkVolumeOption(
  { type }: WantedMount,
  option: string,
  path: string,
  problems: Problems,
): void {
  if (option === "noauto") {
    const message = `${quote(option)} keeps the init from mounting it`;
    problems.add("no_effect", path, message);
  } else if (bindTypes.includes(option) && !bindTypes.includes(type)) {
    problems.add("conflict", path, `${quote(option)} is another type`);
  }
}

/** The init takes an overlay without layers in the guest as the host's. */
function checkLayers(
  { type, options }: WantedMount,
  path: string,
  problems: Problems,
): void {
  const isThere = options.some((option) => option.startsWith("lowerdir=/"));
  if (type !== "overlay" || isThere) return;
  problems.add("bad_value", path, "has no lowerdir that begins with /");
}

/** The init passes over what it does not know, and nobody would notice. */
function checkTmpfsOption(
  option: string,
  path: string,
  problems: Problems,
): void {
  if (isMountAttribute(option)) return;
  const [name = "", value] = option.split(/=(.*)/s);
  const form = valueForms.get(name);
  if (form === undefined) {
    problems.add("unknown_option", path, `tmpfs has no ${quote(option)}`);
    return;
  }
  const isId = name === "uid" || name === "gid";
  if (form.test(value ?? "") && !(isId && Number(value) > maxId)) return;
  problems.add("bad_value", path, `${quote(option)} has a bad value`);
}
