/** Which entries of a config's mounts can be volumes, by their words alone. */

/** What the host shares with its guest; the source is a tag. */
export const shareTypes: readonly string[] = ["virtiofs", "9p"];

/** File systems on block devices that can't be written. */
export const readOnlyDisks: readonly string[] = [
  ...["erofs", "squashfs", "iso9660"],
];

/** File systems on block devices. */
export const diskTypes: readonly string[] = [
  ...["ext4", "ext3", "ext2", "xfs", "btrfs", "vfat"],
  ...readOnlyDisks,
];

/** What is there in the guest under another path, too. */
export const bindTypes: readonly string[] = ["bind", "rbind"];

/** Every `type` that a volume can have. */
export const volumeTypes: readonly string[] = [
  ...shareTypes,
  ...diskTypes,
  "overlay",
  ...bindTypes,
  ...["hugetlbfs", "mqueue"],
];

/** An entry of a config, as far as it matters here. */
export interface MountWords {
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

/** True for a bind, by its type or by an option (mount(8)). */
export function isBind({ type = "", options = [] }: MountWords): boolean {
  return bindTypes.some((word) => type === word || options.includes(word));
}

/** True for a tmpfs that is the guest's to mount. */
export function isTmpfs({ type, source }: MountWords): boolean {
  return type === "tmpfs" && source === "tmpfs";
}

/**
 * True for what is the guest's to mount, a tmpfs apart. Whether what a bind or
 * an overlay is made of is there is not looked at.
 */
export function isVolume(mount: MountWords): boolean {
  const { type = "", source = "", options = [] } = mount;
  if (options.includes("noauto")) return false;
  if (isBind(mount)) return true;
  return diskTypes.includes(type)
    ? isDevice(source)
    : volumeTypes.includes(type);
}

const tagNames = ["LABEL", "UUID", "PARTLABEL"] as const;
export type TagName = typeof tagNames[number];

/** True for what names a block device in the guest. */
export function isDevice(source: string): boolean {
  return source.startsWith("/dev/") || readTag(source) !== undefined;
}

/**
 * The parts of `LABEL=…` and the like (fstab(5)); the value may be in double
 * quotes.
 */
export function readTag(
  source: string,
): readonly [name: TagName, value: string] | undefined {
  const name = tagNames.find((name) => source.startsWith(`${name}=`));
  if (name === undefined) return undefined;
  const value = source.slice(name.length + 1);
  const isQuoted = value.length > 1 && value.startsWith('"') &&
    value.endsWith('"');
  return [name, isQuoted ? value.slice(1, -1) : value];
}
