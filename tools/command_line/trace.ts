/** `krun-init trace`: what a boot spent its time on. */

import { type Command, UsageError } from "./command.ts";
import { print } from "./output.ts";
import { chartOf } from "./trace/chart.ts";
import { findEvents } from "./trace/events.ts";
import { tableOf } from "./trace/table.ts";
import { timelineOf } from "./trace/timeline.ts";

const help = `Usage: krun-init trace FILE [--svg FILE]

Shows what a boot spent its time on, as a table. FILE is what the boot wrote
with KRUN_INIT_TRACE=1 or KRUN_INIT_TRACE=/path: the trace itself, or all that
the console showed; - stands for the standard input. Of several boots in one
file the last is shown.

  --svg FILE   also draw it, as a chart for a browser
  --help       this text

Exit status: 0, or 2 where FILE holds no trace that can be read.

Example: krun-init trace console.log --svg boot.svg
`;

/** Renders a boot's trace. */
export const trace: Command = {
  name: "trace",
  summary: "Show the trace of a boot as a table or a chart",
  help,
  async run(args) {
    const { file, svg } = await readArguments(args);
    const name = file === "-" ? "standard input" : file;
    const bytes = file === "-"
      ? await new Response(Deno.stdin.readable).bytes()
      : await Deno.readFile(file);
    const text = new TextDecoder().decode(bytes);
    const timeline = timelineOf(findEvents(text, name), name);
    if (svg !== undefined) await Deno.writeTextFile(svg, chartOf(timeline));
    print(tableOf(timeline));
    return 0;
  },
};

/** What the command is asked for. */
interface Wishes {
  readonly file: string;
  readonly svg: string | undefined;
}

async function readArguments(args: readonly string[]): Promise<Wishes> {
  const { parseArgs } = await import("#parse-args");
  const options = { svg: { type: "string" } } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options,
    });
    const [file, another] = positionals;
    if (file === undefined) throw new Error("No FILE is named");
    if (another !== undefined) {
      throw new Error(`One FILE at a time, so not ${another}`);
    }
    return { file, svg: values.svg };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
