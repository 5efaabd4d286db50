/** What the commands' options have in common. */

import { UsageError } from "./command.ts";

/** The options that a command takes, by their names. */
export type OptionTypes = Readonly<
  Record<string, { readonly type: "string" | "boolean" }>
>;

/** Options and other words of a call. */
export interface Parsed {
  /** The last value of an option. */
  text(name: string): string | undefined;
  /** All values of an option, in their order. */
  texts(name: string): readonly string[];
  has(name: string): boolean;
  readonly positionals: readonly string[];
}

/**
 * Parses a command's words: `--name value` or `--name=value`, and everything
 * behind a `--` as it is. Not by node:util, whose loading takes as long as a
 * whole plan.
 *
 * @throws UsageError for a word that the command does not take
 */
export function parseOptions(
  args: readonly string[],
  options: OptionTypes,
): Parsed {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--") {
      positionals.push(...words);
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    const [option = "", ...rest] = word.split("=");
    const name = option.slice(2);
    const type = option.startsWith("--") && Object.hasOwn(options, name)
      ? options[name]?.type
      : undefined;
    if (type === undefined) throw new UsageError(`Unknown option: ${option}`);
    const given = rest.length > 0 ? rest.join("=") : undefined;
    if (type === "boolean" && given !== undefined) {
      throw new UsageError(`${option} takes no value`);
    }
    const value = type === "boolean" ? "" : given ?? words.shift();
    if (value === undefined) throw new UsageError(`${option} needs a value`);
    values.set(name, [...values.get(name) ?? [], value]);
  }
  const texts = (name: string): readonly string[] => values.get(name) ?? [];
  return {
    text: (name) => texts(name).at(-1),
    texts,
    has: (name) => values.has(name),
    positionals,
  };
}

/**
 * Reads a file that was named in a call.
 *
 * @throws Error that names the file and what is wrong with it
 */
export function readInput(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** @throws Error where a path is no directory's */
export async function checkDirectory(path: string): Promise<void> {
  const { isDirectory } = await look(path);
  if (!isDirectory) throw new Error(`${path} is not a directory`);
}

/** @throws Error where a path is no file's */
export async function checkFile(path: string): Promise<void> {
  const { isFile } = await look(path);
  if (!isFile) throw new Error(`${path} is not a file`);
}

/**
 * Looks at what was named in a call.
 *
 * @throws Error that names it where that can't be done
 */
export async function look(path: string): Promise<Deno.FileInfo> {
  return await Deno.stat(path).catch((error) => {
    throw cannotRead(path, error);
  });
}

/** The error of a file that could not be read. */
export function cannotRead(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`Cannot read ${path}: ${reason.replace(/ \(os .*/s, "")}`);
}
