/** Where the tools keep what is costly to make or to download. */

/**
 * Returns a folder of the cache and makes it when it is missing: $KRUN_INIT_CACHE, else
 * $XDG_CACHE_HOME/krun-init, else ~/.cache/krun-init, each with the parts below it. The path is absolute.
 *
 * @param parts the folder's path inside the cache
 * @throws Error when no variable says where the cache is, or the folder cannot be made
 */
export function cacheDir(...parts: string[]): string {
  const folder = [cacheRoot(), ...parts].join("/");
  Deno.mkdirSync(folder, { recursive: true });
  return Deno.realPathSync(folder);
}

function cacheRoot(): string {
  const own = Deno.env.get("KRUN_INIT_CACHE");
  if (own) return own;
  const shared = Deno.env.get("XDG_CACHE_HOME");
  if (shared) return `${shared}/krun-init`;
  const home = Deno.env.get("HOME");
  if (home) return `${home}/.cache/krun-init`;
  throw new Error("Cannot find the cache: set KRUN_INIT_CACHE or HOME");
}
