/** Files of the cache that are named after what they are made of. */

/**
 * Returns a file of the cache, made when it is missing. It appears as a whole,
 * also when several processes make it at once.
 *
 * @param path its path in the cache
 * @param make writes the file to the path that it gets
 */
export async function cachedFile(
  path: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    await make(aside);
    await Deno.rename(aside, path);
  } finally {
    await Deno.remove(aside).catch(() => {});
  }
  return path;
}
