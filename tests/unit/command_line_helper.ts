/** The command-line tool, called in this process. */

import type { BuildFacts } from "../../stages/formats/build_facts.ts";
import type { Command } from "../../tools/command_line/command.ts";
import { runCommandLine } from "../../tools/command_line/mod.ts";

/** What a call came to. */
export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const facts: BuildFacts = {
  version: "1.2.3",
  arch: "aarch64",
  features: ["nested-kvm", "timesync"],
  runtime: "deno 9.9.9",
  digest: "abcd",
};

/**
 * Calls the tool.
 *
 * @param known the commands that there are; default: the tool's own
 * @param changed what differs in the build's facts
 */
export async function run(
  words: readonly string[],
  known?: readonly Command[],
  changed: Partial<BuildFacts> = {},
): Promise<Result> {
  const decoder = new TextDecoder();
  const written = { stdout: "", stderr: "" };
  const { stdout, stderr } = Deno;
  const originals = [stdout.writeSync, stderr.writeSync] as const;
  stdout.writeSync = (bytes) => {
    written.stdout += decoder.decode(bytes);
    return bytes.length;
  };
  stderr.writeSync = (bytes) => {
    written.stderr += decoder.decode(bytes);
    return bytes.length;
  };
  try {
    const caller = {
      facts: { ...facts, ...changed },
      environment: [],
      image: () => Promise.reject(new Error("There is no image")),
    };
    const status = await runCommandLine(words, caller, known);
    return { status, ...written };
  } finally {
    [stdout.writeSync, stderr.writeSync] = originals;
  }
}
