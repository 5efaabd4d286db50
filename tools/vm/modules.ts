/** Kernel modules and what they need. */

/**
 * Lists what a module needs, as the `depends` field of its .modinfo section
 * says, which is what depmod(8) reads too.
 *
 * @param module a .ko file, not compressed
 */
export function moduleNeeds(module: Uint8Array): string[] {
  const text = new TextDecoder("latin1").decode(module);
  const list = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? "";
  return list.split(",").filter((name) => name !== "").map(moduleName);
}

/**
 * Orders modules so that each comes after those that it needs.
 *
 * @param wanted names of modules
 * @param needs names a module's needs, or nothing where it is built in
 */
export async function loadOrder(
  wanted: readonly string[],
  needs: (name: string) => Promise<readonly string[]>,
): Promise<string[]> {
  const order: string[] = [];
  const visit = async (name: string): Promise<void> => {
    if (order.includes(name)) return;
    for (const need of await needs(name)) await visit(need);
    order.push(name);
  };
  for (const name of wanted) await visit(moduleName(name));
  return order;
}

/** Returns a module's name as the kernel writes it: `-` and `_` are the same. */
export function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}
