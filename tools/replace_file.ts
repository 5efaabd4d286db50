/** Files that no one sees half written. */

import { dirname } from "node:path";

/**
 * Puts a file in the place of another, if there is one; who has the old one
 * open keeps it.
 *
 * @param path its path; missing folders are made
 * @param mode its permissions, less the umask
 */
export async function replaceFile(
  path: string,
  data: Uint8Array,
  mode = 0o644,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${Deno.pid}`;
  await Deno.writeFile(aside, data, { mode });
  await Deno.rename(aside, path);
}
