/** A number in C's notation, and a suffix as the kernel's memparse() takes it. */
const cNumber = /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)([kmgtpe]?)$/i;

const uintMax = 2 ** 32 - 1;
/** What the kernel counts an inode for, in bytes. */
const inodeSize = 1024;
const mostInodes = 2 ** 64 / inodeSize;

/** Whether tmpfs takes a value, by the options' names (mm/shmem.c). */
const takes: Readonly<Record<string, (value: string) => boolean>> = {
  size: (value) => cNumber.test(value.replace(/%$/, "")),
  nr_inodes: (value) => bytesOf(value) <= mostInodes,
  mode: (value) =>
    /^\+?[0-7]+$/.test(value) && Number.parseInt(value, 8) <= uintMax,
  uid: isId,
  gid: isId,
};

/** True where tmpfs would refuse an option, `NAME=VALUE`, for its value. */
export function isRefusedByTmpfs(option: string): boolean {
  const [name = "", value = ""] = option.split(/=(.*)/s);
  return Object.hasOwn(takes, name) && takes[name]?.(value) === false;
}

/** The largest number stands for no id. */
function isId(value: string): boolean {
  const text = value.replace(/^\+/, "");
  return !/[kmgtp]$/i.test(text) && bytesOf(text) < uintMax;
}

/** NaN where it is no number. */
function bytesOf(text: string): number {
  const [, digits, suffix = ""] = cNumber.exec(text) ?? [];
  if (digits === undefined) return NaN;
  const power = "kmgtpe".indexOf(suffix.toLowerCase()) + 1;
  const factor = suffix === "" ? 1 : 1024 ** power;
  return Number(digits.replace(/^0(?=[0-7])/, "0o")) * factor;
}
