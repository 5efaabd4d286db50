/** A number as the kernel's memparse() reads it, with a suffix such as m. */
const size = /^(0x[0-9a-f]+|\d+)[kmgtpe]?$/i;
const id = /^(0x[0-9a-f]+|\d+)$/i;

/** What tmpfs takes for the values of its options (tmpfs(5)). */
const values: Readonly<Record<string, RegExp>> = {
  size: /^(0x[0-9a-f]+|\d+)[kmgtpe]?%?$/i,
  nr_inodes: size,
  mode: /^[0-7]{1,11}$/,
  uid: id,
  gid: id,
};

/** True where tmpfs would refuse an option, `NAME=VALUE`, for its value. */
export function isRefusedByTmpfs(option: string): boolean {
  const [name = "", value = ""] = option.split(/=(.*)/s);
  const expected = Object.hasOwn(values, name) ? values[name] : undefined;
  return expected !== undefined && !expected.test(value);
}
