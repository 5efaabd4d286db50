/** Files and folders of the cache that are named after what they are made of. */

/**
 * Returns a file or folder of the cache, made when it is missing. It appears as
 * a whole, also when several processes make it at once.
 *
 * @param path its path in the cache
 * @param make makes it at the path that it gets
 */
export async function cachedFile(
  path: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  if (await exists(path)) return path;
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    await make(aside);
    await Deno.rename(aside, path).catch(async (error) => {
      // Another process was faster with the folder.
      if (!await exists(path)) throw error;
    });
  } finally {
    await Deno.remove(aside, { recursive: true }).catch(() => {});
  }
  return path;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
