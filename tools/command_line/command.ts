/** What the command-line tool's commands have in common. */

import type { BuildFacts } from "../../stages/formats/build_facts.ts";

/** What the tool knows of itself and of who called it. */
export interface Caller {
  /** Of the image, or of the sources. */
  readonly facts: BuildFacts;
  /** The caller's environment, `NAME=VALUE` each. */
  readonly environment: readonly string[];
  /** Gives the path of an image: the tool's own, or the one of the sources. */
  image(): Promise<string>;
}

/** One command, such as `krun-init plan`. */
export interface Command {
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** The text of its `--help`: usage, options, an example. */
  readonly help: string;
  /**
   * Runs it.
   *
   * @param args what follows the command's name
   * @returns the exit status
   * @throws UsageError when it was called wrongly
   */
  run(args: readonly string[], caller: Caller): Promise<number>;
}

/** A wrong call; the message says which word was wrong, and why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
