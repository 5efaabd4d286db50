/** Which values of its options tmpfs refuses (mm/shmem.c). */

const cNumber = "(0x[0-9a-f]+|0[0-7]*|[1-9]\\d*)";
/** As the kernel's memparse() takes it. */
const sizeForm = new RegExp(`^${cNumber}([kmgtpe]?)$`, "i");
/** As its kstrtouint() does. */
const idForm = new RegExp(`^\\+?${cNumber}$`, "i");
const modeForm = /^\+?([0-7]+)$/;

/** By their powers of 1024. */
const suffixes = ["", "k", "m", "g", "t", "p", "e"];

const uintMax = 2 ** 32 - 1;
/** What the kernel counts an inode for, in bytes. */
const inodeSize = 1024;
const inodesEnd = 2 ** 64 / inodeSize;

const takes: Readonly<Record<string, (value: string) => boolean>> = {
  size: (value) => sizeForm.test(value.replace(/%$/, "")),
  nr_inodes: (value) => sizeOf(value) < inodesEnd,
  mode: (value) => parseInt(modeForm.exec(value)?.[1] ?? "", 8) <= uintMax,
  // The largest number stands for no id.
  uid: (value) => numberOf(idForm.exec(value)?.[1]) < uintMax,
  gid: (value) => numberOf(idForm.exec(value)?.[1]) < uintMax,
};

/** True where tmpfs would refuse an option, `NAME=VALUE`, for its value. */
export function isRefusedByTmpfs(option: string): boolean {
  const [name = "", value = ""] = option.split(/=(.*)/s);
  return Object.hasOwn(takes, name) && takes[name]?.(value) === false;
}

/** NaN where it is none. */
function sizeOf(text: string): number {
  const [, digits, suffix = ""] = sizeForm.exec(text) ?? [];
  return numberOf(digits) * 1024 ** suffixes.indexOf(suffix.toLowerCase());
}

/** A number in C's notation; NaN where there is none. */
function numberOf(digits: string | undefined): number {
  return Number(digits?.replace(/^0(?=[0-7])/, "0o") ?? NaN);
}
