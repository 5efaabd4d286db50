/**
 * What Debian's current stable release has, whatever this machine runs: looked
 * up with apt on a private state, so that the archive's signatures count.
 */

import { createHash } from "node:crypto";
import type { LockedFile } from "./build_lock.ts";
import { type Architecture, debianArchitectures } from "./debian.ts";
import { download } from "./download.ts";
import { mirror } from "./pool_file.ts";
import { run } from "./run.ts";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Looks files up in the release. */
export interface Stable {
  /** The upstream sources in a source package. */
  source(name: string): Promise<LockedFile>;
  /** A package. */
  package(name: string, architecture: Architecture): Promise<LockedFile>;
}

/**
 * Reads the release's lists, and has `action` look files up in them.
 *
 * @throws Error when they cannot be had, or are not signed by Debian
 */
export async function withStable<T>(
  action: (stable: Stable) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "krun-stable-" });
  try {
    const config = await writeConfig(folder);
    const apt = (...args: string[]): Promise<string> =>
      run("apt-get", ["-q", "-c", config, ...args], { cwd: folder });
    await apt("update");
    return await action({
      async source(name) {
        const lines = await apt(
          ...["source", "--print-uris", "--only-source", name],
        );
        return await describe(lines, /\.orig\.tar\.\w+$/);
      },
      async package(name, architecture) {
        const lines = await apt(
          ...["download", "--print-uris", `${name}:${architecture}`],
        );
        return await describe(lines, /\.deb$/);
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @param lines of apt-get: 'URI' file-name size SHA256:hash */
async function describe(lines: string, name: RegExp): Promise<LockedFile> {
  for (const line of lines.split("\n")) {
    const [uri = "", file = "", , hash = ""] = line.split(" ");
    if (!name.test(file)) continue;
    const url = uri.slice(1, -1);
    const sha256 = hash.replace(/^SHA256:/, "");
    const data = await download(url, sha256);
    return {
      version: decodeURIComponent(file.split("_")[1] ?? "")
        .replace(/\.orig\.tar\.\w+$/, ""),
      path: decodeURI(url.slice(mirror.length + 1)),
      sha256,
      sha1: createHash("sha1").update(data).digest("hex"),
    };
  }
  throw new Error(`Debian's stable release offers nothing like ${name}`);
}

/** Writes apt's private configuration (apt.conf(5)); returns its path. */
async function writeConfig(folder: string): Promise<string> {
  const config = `${folder}/apt.conf`;
  const architectures = Object.values(debianArchitectures)
    .map((name) => `"${name}";`).join(" ");
  await Deno.mkdir(`${folder}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${folder}/archives/partial`, { recursive: true });
  await Deno.writeTextFile(`${folder}/status`, "");
  await Deno.writeTextFile(
    `${folder}/sources.list`,
    ["deb", "deb-src"].map((type) =>
      `${type} [signed-by=${keyring}] ${mirror} stable main\n`
    ).join(""),
  );
  await Deno.writeTextFile(
    config,
    `
#clear APT::Architectures;
APT::Architectures { ${architectures} };
Dir::State "${folder}";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}";
Dir::Log "${folder}";
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "-";
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
