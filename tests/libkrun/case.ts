/** What a case of the tests on libkrun is. */

import type { Feature } from "../../stages/features.ts";
import type { Guest } from "../../tools/libkrun/guest.ts";
import type { Built } from "../fixtures/built_configs.ts";
import type { RootFile } from "../fixtures/roots.ts";

/** Whose init the guest has: that of libkrun's release, or an image of ours. */
export type Init = "upstream" | "deno" | "small";

/** Every {@linkcode Init}, in the order of the table. */
export const inits: readonly Init[] = ["upstream", "deno", "small"];

/** How the names are shown. */
export const initTitles: Readonly<Record<Init, string>> = {
  upstream: "libkrun's own init",
  deno: "krun-init",
  small: "krun-init (small)",
};

/** What came of a guest. */
export interface Outcome {
  /** The status of the job: of the host program, unless its script says more. */
  readonly status: number;
  readonly stdout: string;
  /** libkrun's log is in it, and so is what the init has to say. */
  readonly stderr: string;
}

/** What must come of it. */
export interface Expectation {
  /** Default: 0. */
  readonly status?: number;
  /** The whole of it, or what is in it. Default: nothing. */
  readonly stdout?: string | RegExp;
  /** Default: the init says nothing. */
  readonly stderr?: RegExp;
}

/** One situation, and what comes of it with each init. */
export interface Case {
  /** Its name for the command line: words and dashes. */
  readonly name: string;
  /** What is shown, in a sentence for the table. */
  readonly about: string;
  /** Of the paths, those that are not absolute are in the job's folder. */
  readonly guest: Omit<Guest, "init" | "root" | "config">;
  /** No folder as the root; `guest` says what is. */
  readonly noRoot?: boolean;
  /** The config file: its content, or a value for it. */
  readonly config?: string | Uint8Array | object;
  /** Instead, what a builder gives: a config and variables for the kernel. */
  readonly built?: () => Promise<Built>;
  /** More files of the guest's root, from the slash on. */
  readonly root?: Readonly<Record<string, RootFile>>;
  /** Files of the job's folder, from the slash on. */
  readonly files?: Readonly<Record<string, RootFile>>;
  /**
   * What the machine runs, as sh(1): `guest` starts the guest, with more words
   * for it as arguments. Default: `guest`.
   */
  readonly script?: string;
  readonly expect: Expectation;
  /** Where libkrun's own init differs, and why that is so. */
  readonly upstream?: Expectation & { readonly because: string };
  /** The inits that it is for; default: all. */
  readonly only?: readonly Init[];
  /** The init is inside libkrun, and not an overlay file. */
  readonly builtIn?: boolean;
  /** The init is the small image with these features. */
  readonly features?: readonly Feature[];
  /** The machine has this project's sources in /project, and deno. */
  readonly project?: boolean;
  /** Seconds until the guest is killed; default: 120. */
  readonly limit?: number;
  /** Part of the selection that `deno task test` runs. */
  readonly short?: boolean;
}

/** The words of a shell script as the guest's command. */
export function sh(script: string, ...args: string[]): string[] {
  return ["/bin/sh", "-c", script, ...args];
}
