/** Small roots out of Debian's packages, as a container image's are. */

import { cacheDir } from "../../tools/cache.ts";
import { debianPackage } from "../../tools/debian.ts";
import { sha256 } from "../../tools/hash.ts";
import { run } from "../../tools/run.ts";

/** What the maintainers' scripts would have made, which nobody runs here. */
const users = `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`;
const groups = `root:x:0:
www-data:x:33:
nogroup:x:65534:
`;

/**
 * Makes a root that has packages and all that they need, once for the same
 * versions.
 *
 * @param packages their names
 * @returns its path in the cache; not to be changed
 */
export async function serverRoot(packages: readonly string[]): Promise<string> {
  const files: string[] = [];
  for (const name of await closure(packages)) {
    files.push((await debianPackage(name)).file);
  }
  const key = await sha256(
    new TextEncoder().encode(`${files.join()} ${users} ${groups}`),
  );
  const root = `${cacheDir("servers")}/${key.slice(0, 16)}`;
  if (await Deno.stat(root).then(() => true, () => false)) return root;
  const aside = await Deno.makeTempDir({ dir: cacheDir("servers") });
  await Deno.chmod(aside, 0o755);
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await Deno.mkdir(`${aside}/usr/${name}`, { recursive: true });
    await Deno.symlink(`usr/${name}`, `${aside}/${name}`);
  }
  for (const file of files) {
    await run("sh", [
      "-c",
      'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
      "sh",
      file,
      aside,
    ]);
  }
  for (const name of ["dev", "proc", "sys", "run", "tmp", "root", "etc"]) {
    await Deno.mkdir(`${aside}/${name}`, { recursive: true });
  }
  await Deno.chmod(`${aside}/tmp`, 0o1777);
  await Deno.writeTextFile(`${aside}/etc/passwd`, users);
  await Deno.writeTextFile(`${aside}/etc/group`, groups);
  if (await Deno.stat(`${aside}/usr/bin/dash`).catch(() => undefined)) {
    await Deno.remove(`${aside}/usr/bin/sh`).catch(() => {});
    await Deno.symlink("dash", `${aside}/usr/bin/sh`);
  }
  await Deno.rename(aside, root);
  return root;
}

/** Packages and what they depend on, as apt would install them on nothing. */
async function closure(packages: readonly string[]): Promise<string[]> {
  const plan = await run("apt-get", [
    ...["-s", "-o", "Dir::State::status=/dev/null", "install"],
    ...["--no-install-recommends", "dash", "coreutils", ...packages],
  ]);
  return [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = ""]) => name);
}
