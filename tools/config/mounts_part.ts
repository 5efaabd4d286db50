/** The JSON's `mounts`. */

import { maxId } from "../../stages/formats/config_schema.ts";
import { isMountAttribute } from "../../stages/formats/mount_options.ts";
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
    problems.filled(type, `${path}.type`);
    problems.text(source, `${path}.source`);
    const isTmpfs = type === "tmpfs" && source === "tmpfs";
    options.forEach((option, m) => {
      const at = `${path}.options[${m}]`;
      if (problems.filled(option, at) && isTmpfs) {
        checkTmpfsOption(option, at, problems);
      }
    });
    return { destination, type, source, options: unlessEmpty(options) };
  }));
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
