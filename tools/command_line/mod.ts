/** The command-line tool: its commands, and how one of them is called. */

import { versionLine } from "../../stages/formats/build_facts.ts";
import { type Caller, type Command, UsageError } from "./command.ts";
import { check } from "./check.ts";
import { config } from "./config.ts";
import { diff } from "./diff.ts";
import { complain, print } from "./output.ts";
import { plan } from "./plan.ts";
import { trace } from "./trace.ts";
import { tryCommand } from "./try.ts";

/** Every command, in the order of the tool's help. */
export const commands: readonly Command[] = [
  plan,
  diff,
  check,
  tryCommand,
  trace,
  config,
];

/** The status of a call that was wrong, or that could not do its work. */
const trouble = 2;

/**
 * Runs the tool. What goes wrong ends in one line on the standard error.
 *
 * @param args the words behind the tool's own name
 * @param known the commands that there are
 * @returns the exit status
 */
export async function runCommandLine(
  args: readonly string[],
  caller: Caller,
  known: readonly Command[] = commands,
): Promise<number> {
  const [name = "--help", ...rest] = args;
  const command = known.find((command) => command.name === name);
  try {
    if (command !== undefined) {
      if (!asksForHelp(rest)) return await command.run(rest, caller);
      print(command.help);
    } else if (name === "--help" || name === "-h") {
      print(help(known));
    } else if (name === "--version") {
      print(versionLine(caller.facts));
    } else {
      const kind = name.startsWith("-") ? "option" : "command";
      throw new UsageError(`Unknown ${kind}: ${name}`);
    }
    return 0;
  } catch (error) {
    // Whoever read us, such as head(1), has had enough.
    if (error instanceof Deno.errors.BrokenPipe) return trouble;
    const prefix = command === undefined ? "" : `${command.name}: `;
    const hint = error instanceof UsageError
      ? ` (see krun-init ${command === undefined ? "" : `${name} `}--help)`
      : "";
    const message = error instanceof Error ? error.message : String(error);
    complain(`${prefix}${message}${hint}`);
    return trouble;
  }
}

/** Not what stands behind a `--`: that is another program's. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

function help(known: readonly Command[]): string {
  const rows = known.map(({ name, summary }) =>
    `  ${name.padEnd(10)}${summary}`
  );
  return `Usage: krun-init COMMAND [ARGUMENTS]

The init of libkrun guests: as PID 1 it boots the guest, unless it is called
krun-init and given one of these words. For anyone else:

${rows.join("\n")}

  krun-init COMMAND --help   what it takes, with an example
  krun-init --version        version, features, runtime and digest

Exit status: 0 when all is well, 2 when it was called wrongly or could not do
its work; a command's help has what else there is.
`;
}
