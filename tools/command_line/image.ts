/**
 * The command-line tool as it is in the image: a text that is evaluated. It
 * must not import anything of Deno's but by `import()`: it is no module there.
 */

import { readStartRecord } from "../../stages/formats/start_record.ts";
import { runCommandLine } from "./mod.ts";

const [startPath = "", , factsText = "{}"] = Deno.args;
const { args, environment } = readStartRecord(Deno.readFileSync(startPath));

runCommandLine(args.slice(1), {
  facts: JSON.parse(factsText),
  environment,
  image: () => Promise.resolve("/proc/self/exe"),
}).then(Deno.exit);
