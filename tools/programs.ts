/** The programs of the machine that the tools call, installed where they may be. */

import { note } from "./note.ts";
import { run } from "./run.ts";

/** A program and the Debian package that holds it. */
export interface Need {
  /** Its name, or the path of any other file that is needed. */
  readonly program: string;
  readonly package: string;
}

/** Folders that hold programs but that a user's PATH often leaves out. */
const extraFolders = ["/usr/sbin", "/sbin", "/usr/lib/qemu"];

/**
 * Finds a program in PATH and in the folders that PATH often leaves out.
 *
 * @param name the program's file name
 * @returns its path, or undefined where there is none
 */
export function findProgram(name: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((
    folder,
  ) => folder !== "");
  return [...folders, ...extraFolders].map((folder) => `${folder}/${name}`)
    .find(
      isExecutable,
    );
}

/**
 * Makes sure that programs are there. What is missing is installed with apt-get when this
 * process is root or sudo asks for no password.
 *
 * @param needs the programs, each with its package
 * @throws Error that names all that is missing and the command that installs it
 */
export async function ensurePrograms(needs: readonly Need[]): Promise<void> {
  const missing = needs.filter((need) => !isThere(need));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((need) => need.package))];
  const install = [
    "apt-get",
    "install",
    "-y",
    "--no-install-recommends",
    ...packages,
  ];
  const prefix = await privilege();
  if (prefix !== undefined && findProgram("apt-get") !== undefined) {
    note(`Installing ${packages.join(", ")}`);
    await asRoot(prefix, ["apt-get", "update"]);
    await asRoot(prefix, install);
  }
  const still = missing.filter((need) => !isThere(need));
  if (still.length === 0) return;
  const names = still.map((need) => need.program).join(", ");
  throw new Error(
    `Missing programs: ${names}. Install them with: sudo ${install.join(" ")}`,
  );
}

/** Whether a program, or another file, is there. */
export function isThere({ program }: Need): boolean {
  return program.startsWith("/")
    ? isFile(program)
    : findProgram(program) !== undefined;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && mode !== null && (mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

/** Returns what must stand before a command that needs root, or undefined when nothing helps. */
async function privilege(): Promise<string[] | undefined> {
  if (Deno.uid() === 0) return [];
  try {
    await run("sudo", ["-n", "true"]);
    return ["sudo", "-n"];
  } catch {
    return undefined;
  }
}

/** Runs a command as root with its messages on the standard error; its failure shows in what is still missing. */
async function asRoot(
  prefix: readonly string[],
  command: readonly string[],
): Promise<void> {
  const line = ["env", "DEBIAN_FRONTEND=noninteractive", ...command, "-q"];
  const [program, ...args] = [...prefix, ...line, "-o", "Dpkg::Use-Pty=0"];
  const child = new Deno.Command(program as string, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  // Deno cannot send a child's standard output to its own standard error.
  await child.stdout.pipeTo(Deno.stderr.writable, { preventClose: true });
  const { code } = await child.status;
  if (code !== 0) note(`${command.join(" ")} ended with status ${code}`);
}
