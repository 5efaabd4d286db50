/**
 * Debian packages as data: downloaded with apt from the machine's own sources, unpacked in the
 * cache, never installed. Apt works on a private state, so no root is needed, nothing on the
 * machine changes, and packages of another architecture are as easy as its own.
 */

import { cacheDir } from "./cache.ts";
import { sha256 } from "./hash.ts";
import type { Arch } from "./native.ts";
import { note } from "./note.ts";
import { run } from "./run.ts";

/** A name of Debian's for a processor architecture. */
export type Architecture = "amd64" | "arm64";

/** Debian's name for each architecture of an image. */
export const debianArchitectures: Readonly<Record<Arch, Architecture>> = {
  x86_64: "amd64",
  aarch64: "arm64",
};

/** Which build of a package is meant. */
export interface PackageOptions {
  /** Default: amd64. */
  readonly architecture?: Architecture;
  /** As dpkg writes it; default: the newest. */
  readonly version?: string;
}

/** A package in the cache. */
export interface DebianPackage {
  /** The folder with the package's files. */
  readonly tree: string;
  /** The package's version, as dpkg writes it. */
  readonly version: string;
  /** The .deb file. */
  readonly file: string;
  /** The .deb file's SHA-256 in hexadecimal digits. */
  readonly sha256: string;
}

/** What is remembered of a package; folder and file are names, so that the cache may be moved. */
interface Entry {
  readonly folder: string;
  readonly file: string;
  readonly version: string;
  readonly sha256: string;
}

/** How long, in milliseconds, the sources are believed not to offer what they did not. */
const hour = 60 * 60 * 1000;

/** How long, in milliseconds, the sources are believed to offer nothing newer. */
const day = 24 * hour;

/**
 * Returns a Debian package, unpacked: the version asked for, or the newest. The network is used
 * only when the package is not in the cache, or when the newest was looked up more than a day
 * ago; offline, an older one will do then.
 *
 * @param name the package's name
 * @throws Error when the package is not in the cache and cannot be had
 */
export async function debianPackage(
  name: string,
  options: PackageOptions = {},
): Promise<DebianPackage> {
  const { architecture = "amd64" } = options;
  const base = cacheDir("debian", architecture);
  const wanted = aptName(name, options);
  return await fresh(base, wanted) ?? await locked(base, async () => {
    // Another process may have fetched it while this one waited for the lock.
    const known = await fresh(base, wanted);
    if (known !== undefined) return known;
    try {
      const entry = await fetchPackage(base, wanted, architecture);
      return await remember(base, wanted, entry);
    } catch (error) {
      const old = await remembered(base, wanted);
      if (old === undefined) throw error;
      note(
        `Using ${name} ${old.version} from the cache: ${
          (error as Error).message
        }`,
      );
      return located(base, old);
    }
  });
}

/**
 * Lists packages with all that they depend on, as apt would install them where nothing is, each
 * as `name=version` and after what it needs first.
 *
 * @param names the packages' names
 * @throws Error when one is not in the sources
 */
export async function debianClosure(
  names: readonly string[],
  { architecture = "amd64" }: Pick<PackageOptions, "architecture"> = {},
): Promise<string[]> {
  const base = cacheDir("debian", architecture);
  return await locked(base, async () => {
    const config = await writeConfig(base, architecture);
    const plan = await withLists(base, config, () =>
      run("apt-get", [
        ...["-q", "-c", config, "-s", "install", "--no-install-recommends"],
        ...names,
      ]));
    return plannedPackages(plan);
  });
}

/**
 * Lists what apt would install, each as `name=version` and in apt's order.
 *
 * @param plan what `apt-get --simulate install` prints
 */
export function plannedPackages(plan: string): string[] {
  return [...plan.matchAll(/^Inst (\S+) \((\S+)/gm)].map(
    ([, name, version]) => `${name}=${version}`,
  );
}

/**
 * Downloads packages into a folder, past the cache: the .deb files.
 *
 * @param packages as {@linkcode debianClosure} lists them
 */
export async function downloadPackages(
  packages: readonly string[],
  folder: string,
  { architecture = "amd64" }: Pick<PackageOptions, "architecture"> = {},
): Promise<void> {
  const base = cacheDir("debian", architecture);
  await locked(base, async () => {
    const config = await writeConfig(base, architecture);
    note(`Downloading ${packages.length} Debian packages`);
    await run("apt-get", ["-q", "-c", config, "download", ...packages], {
      cwd: folder,
    });
  });
}

/**
 * Puts a package that was downloaded otherwise into the cache, where {@linkcode debianPackage}
 * finds it when it is asked for that version.
 *
 * @param data the .deb file
 * @param name the package's name
 */
export async function keepPackage(
  data: Uint8Array<ArrayBuffer>,
  name: string,
  options: Required<PackageOptions>,
): Promise<DebianPackage> {
  const { architecture, version } = options;
  const base = cacheDir("debian", architecture);
  return await locked(base, async () => {
    const digest = await sha256(data);
    const entry = {
      folder: `${name}_${digest}`,
      file: `${name}.deb`,
      version,
      sha256: digest,
    };
    const home = `${base}/packages/${entry.folder}`;
    if (!await exists(home)) {
      await unpackInto(home, async (aside) => {
        await Deno.writeFile(`${aside}/${entry.file}`, data);
      });
    }
    return await remember(base, aptName(name, options), entry);
  });
}

/** A package's name for apt-get(8), and in the cache. */
function aptName(name: string, { version }: PackageOptions): string {
  return version === undefined ? name : `${name}=${version}`;
}

/**
 * Names the first dependency of a package that fits a pattern, such as the kernel that the
 * package linux-image-cloud-amd64 stands for.
 *
 * @param name the package that depends
 * @param pattern what the wanted package's name matches
 * @throws Error when no dependency fits
 */
export async function dependencyOf(
  name: string,
  pattern: RegExp,
  options: PackageOptions = {},
): Promise<string> {
  const { file } = await debianPackage(name, options);
  const depends = await run("dpkg-deb", ["--field", file, "Depends"]);
  const found = dependencyNames(depends).find((dependency) =>
    pattern.test(dependency)
  );
  if (found === undefined) {
    throw new Error(
      `No dependency of ${name} matches ${pattern}: ${depends.trim()}`,
    );
  }
  return found;
}

/**
 * Lists the package names in a Depends field: alternatives one after the other, without versions
 * and architectures (Debian Policy 7.1).
 *
 * @param field the field's value, such as `a (>= 1), b | c:any`
 */
export function dependencyNames(field: string): string[] {
  return field.split(/[,|]/).map((item) =>
    item.replace(/[(:[<].*$/s, "").trim()
  )
    .filter((item) => item !== "");
}

/** Returns a package of a named version, or one that was looked up less than a day ago. */
async function fresh(
  base: string,
  name: string,
): Promise<DebianPackage | undefined> {
  const entry = await remembered(base, name);
  const isFresh = entry !== undefined &&
    (name.includes("=") || await younger(entryFile(base, name), day));
  return isFresh ? located(base, entry) : undefined;
}

async function remember(
  base: string,
  name: string,
  entry: Entry,
): Promise<DebianPackage> {
  await Deno.writeTextFile(entryFile(base, name), JSON.stringify(entry));
  return located(base, entry);
}

async function remembered(
  base: string,
  name: string,
): Promise<Entry | undefined> {
  try {
    const entry: Entry = JSON.parse(
      await Deno.readTextFile(entryFile(base, name)),
    );
    await Deno.stat(located(base, entry).tree);
    return entry;
  } catch {
    return undefined;
  }
}

function located(
  base: string,
  { folder, file, version, sha256 }: Entry,
): DebianPackage {
  const home = `${base}/packages/${folder}`;
  return { tree: `${home}/tree`, file: `${home}/${file}`, version, sha256 };
}

function entryFile(base: string, name: string): string {
  return `${base}/${name}.json`;
}

async function fetchPackage(
  base: string,
  name: string,
  architecture: string,
): Promise<Entry> {
  const config = await writeConfig(base, architecture);
  const offered = await findOffer(base, config, name);
  const folder = offered.replace(/\.deb$/, "");
  const home = `${base}/packages/${folder}`;
  if (!await exists(home)) {
    await unpackInto(home, async (aside) => {
      note(`Downloading Debian package ${name}`);
      await run("apt-get", ["-q", "-c", config, "download", name], {
        cwd: aside,
      });
    });
  }
  const file = `${home}/${offered}`;
  return {
    folder,
    file: offered,
    version: (await run("dpkg-deb", ["--field", file, "Version"])).trim(),
    sha256: await sha256(await Deno.readFile(file)),
  };
}

/**
 * Unpacks a package aside and renames the whole, so that a folder that is there is complete.
 *
 * @param fetch puts the .deb file into the folder that it gets
 */
async function unpackInto(
  home: string,
  fetch: (folder: string) => Promise<void>,
): Promise<void> {
  const aside = `${home}.${crypto.randomUUID()}`;
  await Deno.mkdir(aside, { recursive: true });
  try {
    await fetch(aside);
    const [deb] = [...Deno.readDirSync(aside)].filter((entry) =>
      entry.name.endsWith(".deb")
    );
    if (deb === undefined) {
      throw new Error(`Cannot find the .deb file for ${home}`);
    }
    await run("dpkg-deb", [
      "--extract",
      `${aside}/${deb.name}`,
      `${aside}/tree`,
    ]);
    await Deno.rename(aside, home);
  } finally {
    await Deno.remove(aside, { recursive: true }).catch(() => {});
  }
}

/** Returns the file name of the newest version on offer. */
function findOffer(
  base: string,
  config: string,
  name: string,
): Promise<string> {
  return withLists(base, config, async () => {
    // Each line is: 'URI' file-name size hash
    const line = await run("apt-get", [
      "-q",
      "-c",
      config,
      "download",
      "--print-uris",
      name,
    ]);
    const file = line.trim().split("\n").at(-1)?.split(" ")[1];
    if (file === undefined) {
      throw new Error(`Cannot find Debian package ${name} in the sources`);
    }
    return file;
  });
}

/** Asks apt something, reading the sources again before where that is due. */
async function withLists<T>(
  base: string,
  config: string,
  ask: () => Promise<T>,
): Promise<T> {
  const stamp = `${base}/updated`;
  if (await younger(stamp, day)) {
    try {
      return await ask();
    } catch (error) {
      // The lists may be too old to know the name, or the version.
      if (await younger(stamp, hour)) throw error;
    }
  }
  note(`Reading the lists of Debian packages`);
  // One broken third-party source must not stop the rest; a missing package says so itself.
  const isComplete = await run("apt-get", ["-q", "-c", config, "update"])
    .then(() => true, (error: Error) => {
      note(error.message);
      return false;
    });
  if (isComplete) await Deno.writeTextFile(stamp, "");
  const answer = await ask();
  await Deno.writeTextFile(stamp, "");
  return answer;
}

/**
 * Writes apt's private configuration (apt.conf(5)). The sources, keys, pins and proxies are the
 * machine's own, since `-c` comes after /etc/apt.
 */
async function writeConfig(
  base: string,
  architecture: string,
): Promise<string> {
  const state = `${base}/apt`;
  await Deno.mkdir(`${state}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${state}/archives/partial`, { recursive: true });
  await Deno.mkdir(`${base}/packages`, { recursive: true });
  const status = `${state}/status`;
  await Deno.writeTextFile(status, "");
  const config = `${state}/apt.conf`;
  await Deno.writeTextFile(
    config,
    `
#clear APT::Architectures;
APT::Architecture "${architecture}";
APT::Architectures { "${architecture}"; };
Dir::State "${state}";
Dir::State::status "${status}";
Dir::Cache "${state}";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
Dir::Log "${state}";
#clear Acquire::Languages;
Acquire::Languages { "none"; };
// Only root has a user to step down to, and that user could not write here.
APT::Sandbox::User "root";
// Hooks of the machine work on the machine's own state.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`,
  );
  return config;
}

/** Runs an action while no other process runs one on the same folder. */
async function locked<T>(base: string, action: () => Promise<T>): Promise<T> {
  const path = `${base}/lock`;
  using file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  return await action();
}

async function younger(path: string, age: number): Promise<boolean> {
  try {
    const { mtime } = await Deno.stat(path);
    return mtime !== null && Date.now() - mtime.getTime() < age;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
