/** Small roots out of Debian's packages, as a container image's are. */

import { cacheDir } from "../../tools/cache.ts";
import { cachedFile } from "../../tools/cached_file.ts";
import {
  debianArchitectures,
  debianClosure,
  downloadPackages,
} from "../../tools/debian.ts";
import { sha256 } from "../../tools/hash.ts";
import { run } from "../../tools/run.ts";

/** The numbers of users that own more than what they run, and of their groups. */
export const redis = 101;
export const postgres = 102;

/** What the maintainers' scripts would have made, which nobody runs here. */
const files: Readonly<Record<string, string>> = {
  "etc/passwd": `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/sh
redis:x:${redis}:${redis}::/var/lib/redis:/bin/sh
postgres:x:${postgres}:${postgres}::/var/lib/postgresql:/bin/sh
sshd:x:103:65534::/run/sshd:/bin/false
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`,
  "etc/group": `root:x:0:
www-data:x:33:
redis:x:${redis}:
postgres:x:${postgres}:
nogroup:x:65534:
`,
  // Without one, systemd takes the root for new and sets it up first.
  "etc/machine-id": "00000000000000000000000000000001\n",
};

/** What each root has, whatever its packages have. */
const folders = ["dev", "proc", "sys", "run", "tmp", "root", "etc", "srv"];

/** What images leave out, too. */
const excluded = ["doc", "info", "locale", "man"].map((name) =>
  `--exclude=./usr/share/${name}`
);

/**
 * Makes a root that has packages and all that they need, once for the same
 * versions.
 *
 * @param packages their names
 * @returns its path in the cache; not to be changed
 */
export async function serverRoot(packages: readonly string[]): Promise<string> {
  const architecture = debianArchitectures[Deno.build.arch];
  const closure = await debianClosure(["dash", "coreutils", ...packages], {
    architecture,
  });
  const key = await sha256(
    new TextEncoder().encode(
      JSON.stringify([closure, folders, files, excluded]),
    ),
  );
  const root = `${cacheDir("servers")}/${key.slice(0, 16)}`;
  return await cachedFile(root, async (aside) => {
    const debs = await Deno.makeTempDir({ prefix: "krun-debs-" });
    try {
      await downloadPackages(closure, debs, { architecture });
      await unpack(debs, aside);
      await complete(aside);
    } finally {
      await Deno.remove(debs, { recursive: true });
    }
  });
}

/** Runs a program of a root's on this machine, by the root's own libraries. */
export function runOf(
  root: string,
  program: string,
  args: readonly string[],
): Promise<string> {
  const libraries = `${root}/usr/lib/${Deno.build.arch}-linux-gnu`;
  const [loader] = [...Deno.readDirSync(libraries)]
    .filter(({ name }) => name.startsWith("ld-linux"));
  return run(`${libraries}/${loader?.name}`, [
    ...["--library-path", libraries, `${root}/usr/bin/${program}`],
    ...args,
  ]);
}

/** Unpacks packages into a folder whose /bin and the like lead to /usr. */
async function unpack(debs: string, root: string): Promise<void> {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await Deno.mkdir(`${root}/usr/${name}`, { recursive: true });
    await Deno.symlink(`usr/${name}`, `${root}/${name}`);
  }
  for (const { name } of Deno.readDirSync(debs)) {
    await run("sh", [
      "-c",
      'deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink "$@"',
      "sh",
      `${debs}/${name}`,
      ...["-C", root, ...excluded],
    ]);
  }
}

async function complete(root: string): Promise<void> {
  for (const name of folders) {
    await Deno.mkdir(`${root}/${name}`, { recursive: true });
  }
  await Deno.chmod(`${root}/tmp`, 0o1777);
  for (const [path, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
  await Deno.remove(`${root}/usr/bin/sh`).catch(() => {});
  await Deno.symlink("dash", `${root}/usr/bin/sh`);
}
