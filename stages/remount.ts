import { MountAttribute, MountFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";

/** What both tables have, by the same name. */
type Name = keyof typeof MountAttribute;

/** The bits of one table that mean the same as those of the other. */
function translate(
  bits: number,
  from: Readonly<Record<Name, number>>,
  to: Readonly<Record<Name, number>>,
): number {
  let all = 0;
  for (const name in MountAttribute) {
    if ((bits & from[name as Name]) !== 0) all |= to[name as Name];
  }
  return all;
}

/** The flags of mount(2) that mean the same as attributes of fsmount(2). */
export function flagsOf(attributes: number): number {
  return translate(attributes, MountAttribute, MountFlag);
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
 * @param set attributes that it is to have
 * @param keep those that it may keep; -1 for all
 */
export function remount(
  sys: Sys,
  path: string,
  set: number,
  keep: number,
): void {
  // Whatever there is, there is nothing to change.
  if (set === 0 && keep === -1) return;
  const before = withAccessTime(sys.mountFlags(path), strictatime);
  const attributes = translate(before, MountFlag, MountAttribute);
  const after = withAccessTime(flagsOf(attributes & keep | set), relatime);
  // Of a file system that is read-only itself, the mount need not be.
  const asksReadOnly = (set & MountAttribute.readonly) !== 0;
  if (after === before && !asksReadOnly) return;
  // Without a word on access times the kernel leaves them as they are.
  const isSame = (before & accessTimes) === (after & accessTimes);
  const flags = isSame ? after & ~accessTimes : after;
  const { bind } = MountFlag;
  sys.mount(null, path, null, MountFlag.remount | bind | flags, null);
}

/** Makes a mount read-only, and nothing else of it different. */
export function remountReadOnly(sys: Sys, path: string): void {
  remount(sys, path, MountAttribute.readonly, -1);
}
