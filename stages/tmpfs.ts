import { MountAttribute, MountFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import { copyContents } from "./copy_contents.ts";
import {
  type MountOptions,
  parseMountOptions,
} from "./formats/mount_options.ts";
import { type Directory, makeDirectory } from "./make_directory.ts";
import { hasOtherOwner } from "./owner.ts";
import { flagsOf } from "./remount.ts";
import type { BootContext } from "./stage.ts";

/** What a tmpfs has unless its options say suid or dev. */
const careful = MountAttribute.nosuid | MountAttribute.nodev;

/** tmpfs' own options (tmpfs(5)). */
const ownOptions = [
  ...["size", "nr_blocks", "nr_inodes", "noswap", "mode", "uid", "gid", "huge"],
  ...["mpol", "inode32", "inode64", "ro", "rw"],
];

/**
 * Mounts a tmpfs where nothing is mounted yet. One that fails is reported.
 *
 * @param destination without `.` and empty names
 * @param mounted the paths where something is mounted; gets this one
 */
export function mountTmpfs(
  { sys, warn }: BootContext,
  destination: string,
  given: readonly string[],
  mounted: Set<string>,
): void {
  if (mounted.has(destination)) return;
  const wanted = readOptions(given);
  for (const option of wanted.unknown) {
    warn(`${destination}: ${option} is no option of tmpfs (ignored)`);
  }
  try {
    const directory = makeDirectory(sys, destination);
    const { path } = directory;
    if (mounted.has(path)) return;
    makeTmpfs(sys, directory, wanted);
    mounted.add(path);
    for (const flags of wanted.propagation) {
      sys.mount(null, path, null, flags, null);
    }
  } catch (error) {
    warn(error, `going on without ${destination}`);
  }
}

interface Wanted extends MountOptions {
  /** Begins with what lies beneath (tmpcopyup). */
  readonly copies: boolean;
  readonly unknown: readonly string[];
}

function readOptions(given: readonly string[]): Wanted {
  const words = given.join(",").split(",").filter((word) => word !== "");
  // Who says anything wants what a container has; upstream asks nobody.
  const isBare = words.every((word) => word === "defaults");
  const copyWords = words.filter((word) => word.endsWith("tmpcopyup"));
  const parsed = parseMountOptions(
    words.filter((word) => !copyWords.includes(word)).join(","),
    isBare ? careful | MountAttribute.noexec : careful,
  );
  const isOwn = (option: string): boolean =>
    ownOptions.includes(option.split("=", 1)[0] ?? "");
  return {
    ...parsed,
    options: parsed.options.filter(isOwn),
    unknown: parsed.options.filter((option) => !isOwn(option)),
    copies: copyWords.at(-1) === "tmpcopyup",
  };
}

function makeTmpfs(
  sys: Sys,
  directory: Directory,
  { options, attributes, copies }: Wanted,
): void {
  const { path } = directory;
  const copiesNow = copies && directory.existed;
  // It can be filled only while it is not read-only.
  const readonly = copiesNow ? attributes & MountAttribute.readonly : 0;
  const made = sys.makeMount(
    "tmpfs",
    "tmpfs",
    [
      ...keptOptions(sys, directory, options),
      ...options.filter((option) => readonly === 0 || option !== "ro"),
    ],
    attributes & ~readonly,
  );
  try {
    if (copiesNow) {
      sys.fchdir(made);
      try {
        copyContents(sys, path, ".");
      } finally {
        sys.chdir("/");
      }
    }
    sys.placeMount(made, path);
  } finally {
    sys.close(made);
  }
  if (readonly !== 0) {
    const flags = MountFlag.remount | MountFlag.bind | flagsOf(attributes);
    sys.mount(null, path, null, flags, null);
  }
}

/** Without a mode, mode and owner are those of the directory beneath. */
function keptOptions(
  sys: Sys,
  { path, existed }: Directory,
  options: readonly string[],
): string[] {
  if (!existed || options.some((option) => option.startsWith("mode="))) {
    return [];
  }
  const status = sys.lstat(path);
  const { mode, uid, gid } = status;
  return [
    `mode=${(mode & 0o7777).toString(8)}`,
    ...hasOtherOwner(sys, status) ? [`uid=${uid}`, `gid=${gid}`] : [],
  ];
}
