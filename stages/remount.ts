import { MountAttribute, MountFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";

/** Attributes of fsmount(2), and the flags of mount(2) that mean the same. */
const meanings: readonly (readonly [attribute: number, flag: number])[] = [
  [MountAttribute.readonly, MountFlag.readonly],
  [MountAttribute.nosuid, MountFlag.nosuid],
  [MountAttribute.nodev, MountFlag.nodev],
  [MountAttribute.noexec, MountFlag.noexec],
  [MountAttribute.noatime, MountFlag.noatime],
  [MountAttribute.strictatime, MountFlag.strictatime],
  [MountAttribute.nodiratime, MountFlag.nodiratime],
  [MountAttribute.nosymfollow, MountFlag.nosymfollow],
];

const every = meanings.reduce((all, [attribute]) => all | attribute, 0);

/** The flags of mount(2) that mean the same as attributes of fsmount(2). */
export function flagsOf(attributes: number): number {
  return meanings.filter(([attribute]) => (attributes & attribute) !== 0)
    .reduce((flags, [, flag]) => flags | flag, 0);
}

const { noatime, nodiratime, relatime, strictatime } = MountFlag;

/** When looking at a file is noted in it. */
const accessTimes = noatime | nodiratime | relatime | strictatime;

/** One of the three says how. */
function withAccessTime(flags: number, otherwise: number): number {
  return (flags & (noatime | relatime | strictatime)) === 0
    ? flags | otherwise
    : flags;
}

/**
 * Changes what the mount at a path allows. A remount says all of that anew, so
 * what is to stay has to be said, too: else a mount that becomes read-only would
 * allow set-user-id programs from then on.
 *
 * @param change makes the new attributes of the ones that there are
 */
export function remount(
  sys: Sys,
  path: string,
  change: (attributes: number) => number,
): void {
  // Whatever there is, there is nothing to change.
  if (change(0) === 0 && change(every) === every) return;
  const before = withAccessTime(sys.mountFlags(path), strictatime);
  const attributes = meanings.filter(([, flag]) => (before & flag) !== 0)
    .reduce((all, [attribute]) => all | attribute, 0);
  const after = withAccessTime(flagsOf(change(attributes)), relatime);
  // Of a file system that is read-only itself, the mount need not be.
  const asksReadOnly = (change(0) & MountAttribute.readonly) !== 0;
  if (after === before && !asksReadOnly) return;
  // Without a word on access times the kernel leaves them as they are.
  const isSame = (before & accessTimes) === (after & accessTimes);
  const flags = isSame ? after & ~accessTimes : after;
  const { bind } = MountFlag;
  sys.mount(null, path, null, MountFlag.remount | bind | flags, null);
}

/** Makes a mount read-only, and nothing else of it different. */
export function remountReadOnly(sys: Sys, path: string): void {
  remount(sys, path, (attributes) => attributes | MountAttribute.readonly);
}
