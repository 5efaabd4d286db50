/** `deno task golden`: writes the golden plans anew, for a look at what changed. */

import { goldenPlans } from "../tests/unit/golden_plans.ts";
import { run } from "../tests/unit/command_line_helper.ts";
import { note } from "./note.ts";

// It writes: not what somebody expects who asks for help.
if (Deno.args.length > 0) throw new Error("It takes no arguments");
for (const [name, words] of Object.entries(goldenPlans)) {
  const { stdout, stderr } = await run(["plan", ...words]);
  if (stderr !== "") throw new Error(`${name}: ${stderr}`);
  await Deno.writeTextFile(`tests/golden/${name}`, stdout);
  note(`tests/golden/${name}`);
}
