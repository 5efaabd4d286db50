/** Files that no one sees half written. */

import { dirname } from "node:path";

/**
 * Puts a file in the place of another, if there is one; who has the old one
 * open keeps it.
 *
 * @param path its path; missing folders are made
 * @param mode its permissions, less the umask
 * @throws Deno.errors when it can't be written; then nothing is left behind
 */
export async function replaceFile(
  path: string,
  data: Uint8Array,
  mode = 0o644,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${Deno.pid}`;
  try {
    await Deno.writeFile(aside, data, { mode });
    await Deno.rename(aside, path);
  } catch (error) {
    await Deno.remove(aside).catch(() => {});
    throw error;
  }
}
