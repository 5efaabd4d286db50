/** Programs that run beside the tool and never outlive it. */

import { findProgram } from "../programs.ts";

/** A running program. */
export interface Child {
  readonly process: Deno.ChildProcess;
  /** Settles when it has ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** What it wrote to its standard error so far. */
  messages(): string;
  /** Ends it at once, if need be, and waits until it is gone. */
  end(): Promise<void>;
}

/**
 * Starts a program with nothing on its standard input and output. The kernel
 * ends it should this process die (setpriv(1), PR_SET_PDEATHSIG).
 *
 * @param program its path
 * @param args its arguments
 * @param env variables added to its environment
 */
export function startChild(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Child {
  const setpriv = findProgram("setpriv");
  const line = [program, ...args];
  if (setpriv !== undefined) line.unshift(setpriv, "--pdeathsig", "KILL");
  const [first = program, ...rest] = line;
  const process = new Deno.Command(first, {
    args: rest,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of process.stderr) {
      text += decoder.decode(chunk, { stream: true });
    }
  })();
  return {
    process,
    status: process.status,
    messages: () => text.trim(),
    async end() {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await process.status;
      await reading;
    },
  };
}
