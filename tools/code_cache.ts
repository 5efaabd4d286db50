/**
 * What Deno and V8 find out about a program before they run it, found out by
 * the build: V8's code cache, which holds the program compiled, and Deno's
 * notes on the module that it starts with. Deno looks for both in the databases
 * of its folder (DENO_DIR).
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ImageFile } from "./image.ts";
import type { Arch } from "./native.ts";
import { ensurePrograms, findProgram } from "./programs.ts";
import { run } from "./run.ts";

/**
 * Deno's databases, each of which it would else make at its start: the table
 * that goes by modules, and how many rows it gets.
 */
const databases: readonly Database[] = [
  { name: "dep_analysis_cache_v2", table: "moduleinfocache", rows: 1 },
  { name: "node_analysis_cache_v2", table: "cjsanalysiscache", rows: 0 },
  { name: "v8_code_cache_v2", table: "codecache", rows: 2 },
];

interface Database {
  readonly name: string;
  readonly table: string;
  readonly rows: number;
}

/** How often the runtime is started until it has made all of them. */
const attempts = 5;

/** How much longer it stays with each further attempt, in milliseconds. */
const pause = 200;

/** By what name Deno knows a module that it reads from its standard input. */
const standardInput = "file:///$deno$stdin.js";

/** A program, and how it is run. */
export interface CachedProgram {
  readonly arch: Arch;
  /** The path of its runtime, a deno. */
  readonly deno: string;
  /** The runtime's loader and libraries. */
  readonly libraries: readonly ImageFile[];
  /**
   * The runtime's own arguments, up to the module. V8's flags must be the same
   * when the cache is used.
   */
  readonly args: readonly string[];
  /** The runtime's environment without DENO_DIR, `NAME=VALUE` each. */
  readonly environment: readonly string[];
  /**
   * The module that Deno starts with. It hands the text in the file that its
   * fifth argument names to V8, and calls what becomes of it.
   */
  readonly main: string;
  /** Its name for Deno when it is run, and that of the program for V8. */
  readonly names: { readonly main: string; readonly program: string };
  /** The text of an expression that is a function. */
  readonly program: Uint8Array;
}

/**
 * Has Deno make its databases for a program. The same program and runtime give
 * the same bytes, on any machine.
 *
 * @returns them as files of the image
 * @throws Error when the runtime fails, or has not kept all that a boot needs
 */
export async function codeCache(
  cached: CachedProgram,
): Promise<readonly ImageFile[]> {
  const folder = await Deno.makeTempDir({ prefix: "krun-cache-" });
  try {
    for (let attempt = 1;; attempt++) {
      // No one waits for the thread that makes one of the databases: it may
      // have been too late, above all on a machine that has much to do.
      await rehearse(cached, folder, (attempt - 1) * pause);
      try {
        return databases.map((database) => copyOf(database, cached, folder));
      } catch (error) {
        if (attempt === attempts) throw error;
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Starts the runtime as a boot does, except that the program in the place of
 * the real one has that compiled, under its name, and does not run it. It ends
 * so many milliseconds later.
 */
async function rehearse(
  cached: CachedProgram,
  folder: string,
  stay: number,
): Promise<void> {
  const { main, names, program, args } = cached;
  const [real, stand] = ["program.js", "stand_in.js"]
    .map((name) => join(folder, name)) as [string, string];
  await Deno.writeFile(real, program);
  await Deno.writeTextFile(
    stand,
    `(function () {
  const text = Deno.readTextFileSync(${JSON.stringify(real)});
  const name = ${JSON.stringify(names.program)};
  const { core } = Deno[Deno.internal];
  const [program, error] = core.evalContext(text, name);
  if (error) throw error.thrown;
  if (typeof program !== "function") throw new TypeError("Not a function");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${stay});
})`,
  );
  const [executable = "", ...words] = await command(cached, folder);
  await run(executable, [...words, ...args, "-", "", "", "", "", stand], {
    // The module's name, which gets into the cache, has the folder's in it.
    cwd: "/",
    clearEnv: true,
    env: Object.fromEntries([
      ...cached.environment.map((item) => item.split(/=(.*)/s).slice(0, 2)),
      ["DENO_DIR", join(folder, "deno")],
    ]),
    stdin: main,
  });
}

/** What starts the runtime; it may be one for another processor. */
async function command(
  { arch, deno, libraries }: CachedProgram,
  folder: string,
): Promise<string[]> {
  if (arch === Deno.build.arch) return [deno];
  const emulator = `qemu-${arch}`;
  await ensurePrograms([{ program: emulator, package: "qemu-user" }]);
  const path = join(folder, "lib");
  await Deno.mkdir(path, { recursive: true });
  let loader = "";
  for (const { name, role, data } of libraries) {
    const file = join(path, name);
    await Deno.writeFile(file, data, { mode: 0o755 });
    if (role === "interpreter") loader = file;
  }
  return [findProgram(emulator) ?? "", loader, "--library-path", path, deno];
}

/**
 * Copies the rows into a new file, because where they are in the old one
 * depends on when Deno's threads wrote them.
 */
function copyOf(
  { name, table, rows }: Database,
  { names }: CachedProgram,
  folder: string,
): ImageFile {
  const [from, to] = [join(folder, "deno", name), join(folder, name)];
  if (!existsSync(from)) throw new Error(`Deno has not made ${name}`);
  if (existsSync(to)) Deno.removeSync(to);
  const database = new DatabaseSync(to);
  try {
    // As Deno has it; it would else write that down at every start.
    database.exec("PRAGMA journal_mode = WAL");
    database.prepare("ATTACH ? AS deno").run(from);
    const tables = database.prepare(
      "SELECT name, sql FROM deno.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    ).all();
    for (const { name, sql } of tables) {
      database.exec(`${sql}`);
      database.exec(
        `INSERT INTO main.${name} SELECT * FROM deno.${name} ORDER BY 1, 2`,
      );
    }
    database.exec("DETACH deno");
    const made = tables.map(({ name }) => name);
    const isMade = ["info", table].every((name) => made.includes(name));
    if (!isMade || !hasVersion(database)) {
      throw new Error(`Deno has not made all of ${name}`);
    }
    database.prepare(`UPDATE ${table} SET specifier = ? WHERE specifier = ?`)
      .run(names.main, standardInput);
    const kept = database.prepare(`SELECT specifier FROM ${table}`).all();
    if (kept.length !== rows) {
      const list = kept.map(({ specifier }) => specifier).join(", ");
      throw new Error(
        `Deno has not kept in ${name} what a boot needs, but: ${list}`,
      );
    }
    // Deno has SQLite look after what is not analysed yet.
    database.exec("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
  return { name, role: "boot", data: Deno.readFileSync(to) };
}

/** Deno makes a database anew that is not of its own version. */
function hasVersion(database: DatabaseSync): boolean {
  const info = database.prepare("SELECT * FROM info").all();
  return info.length === 1 && info[0]?.key === "CLI_VERSION";
}
