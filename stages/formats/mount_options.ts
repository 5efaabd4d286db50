/** Mount options as mount(8) takes them, sorted by who they are for. */

import { MountAttribute, MountFlag } from "../../ffi/linux/constants.ts";

/** Options in the form of the mount API. */
export interface MountOptions {
  /** MOUNT_ATTR_* bits: what the mount itself is to do. */
  readonly attributes: number;
  /** The file system's own, `NAME` or `NAME=VALUE` each. */
  readonly options: readonly string[];
  /** MS_* bits, each for a call of mount(2) once the mount has its place. */
  readonly propagation: readonly number[];
  /** What fstab(5) has for a mount that may be missing. */
  readonly nofail: boolean;
  /**
   * The attributes that are for what is mounted below as well, such as `rro`
   * (runtime-spec, config.md, Linux mount options): `ro`.
   */
  readonly deep: readonly string[];
}

const {
  readonly: ro,
  nosuid,
  nodev,
  noexec,
  noatime,
  strictatime,
  nodiratime,
  nosymfollow,
} = MountAttribute;

/** The bits that an option sets and those that it clears; later ones win. */
const attributeOptions: Readonly<
  Record<string, readonly [set: number, clear: number]>
> = {
  defaults: [0, 0],
  user: [nosuid | nodev | noexec, 0],
  users: [nosuid | nodev | noexec, 0],
  owner: [nosuid | nodev, 0],
  group: [nosuid | nodev, 0],
  rw: [0, ro],
  ro: [ro, 0],
  suid: [0, nosuid],
  nosuid: [nosuid, 0],
  dev: [0, nodev],
  nodev: [nodev, 0],
  exec: [0, noexec],
  noexec: [noexec, 0],
  atime: [0, noatime],
  noatime: [noatime, strictatime],
  relatime: [0, noatime | strictatime],
  norelatime: [0, 0],
  strictatime: [strictatime, noatime],
  nostrictatime: [0, strictatime],
  diratime: [0, nodiratime],
  nodiratime: [nodiratime, 0],
  symfollow: [0, nosymfollow],
  nosymfollow: [nosymfollow, 0],
};

const { shared, slave, private: alone, unbindable, recursive } = MountFlag;

/** How mounts spread from and to a mount (mount_namespaces(7)). */
const propagationOptions: Readonly<Record<string, number>> = {
  shared,
  rshared: shared | recursive,
  slave,
  rslave: slave | recursive,
  private: alone,
  rprivate: alone | recursive,
  unbindable,
  runbindable: unbindable | recursive,
};

/** Words of fstab(5) that say nothing to who mounts a file system at once. */
const bootWords = [
  ...["nofail", "_netdev", "auto", "noauto", "nouser", "nousers"],
  ...["noowner", "nogroup", "silent", "loud"],
];

/** Lists every option that is understood for whatever file system. */
export function commonOptions(): readonly string[] {
  return [
    ...Object.keys(attributeOptions),
    ...Object.keys(propagationOptions),
    ...bootWords,
  ];
}

function isForOthers(option: string): boolean {
  return bootWords.includes(option) || option.startsWith("x-") ||
    option.startsWith("X-") || option.startsWith("comment=") ||
    option.startsWith("user=");
}

/** True for an option that says what the mount itself is to do. */
export function isMountAttribute(option: string): boolean {
  return Object.hasOwn(attributeOptions, option);
}

/**
 * Splits a list such as `noatime,ro,discard`. `ro` and `rw` count for the
 * mount and for the file system, which else would still write to the device.
 *
 * @param initial the attributes to begin with
 */
export function parseMountOptions(text: string, initial = 0): MountOptions {
  let attributes = initial;
  const options: string[] = [];
  const propagation: number[] = [];
  let nofail = false;
  const deep: string[] = [];
  for (const option of text.split(",").filter((option) => option !== "")) {
    if (isForOthers(option)) {
      nofail ||= option === "nofail";
      continue;
    }
    const spread = own(propagationOptions, option);
    if (spread !== undefined) {
      propagation.push(spread);
      continue;
    }
    const plain = option.startsWith("r") ? option.slice(1) : "";
    const effect = own(attributeOptions, option) ??
      own(attributeOptions, plain);
    if (effect !== undefined && !isMountAttribute(option)) deep.push(plain);
    if (effect === undefined || option === "ro" || option === "rw") {
      options.push(option);
    }
    if (effect !== undefined) {
      const [set, clear] = effect;
      attributes = (attributes & ~clear) | set;
    }
  }
  return { attributes, options, propagation, nofail, deep };
}

/** Of a record without what every object has. */
function own<T>(
  record: Readonly<Record<string, T>>,
  key: string,
): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
