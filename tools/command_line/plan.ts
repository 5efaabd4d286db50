/** `krun-init plan`: a boot, stage by stage, without booting. */

import { type Command, UsageError } from "./command.ts";
import { parseOptions } from "./options.ts";
import { print } from "./output.ts";
import { inputOptions, inputsHelp, readInputs } from "./plan/inputs.ts";
import { makePlan } from "./plan/make_plan.ts";
import { renderPlan } from "./plan/render.ts";
import { painter } from "./style.ts";

/** Shows what a boot would do. */
export const plan: Command = {
  name: "plan",
  summary: "Show what a boot would do, without doing it",
  help: `Usage: krun-init plan [OPTIONS]

Runs the boot's own stages on a guest that only answers, and shows every
operation with its outcome and with what its failure would mean: fatal (the
boot ends with exit code 125), warn (a line on the console) or ignored. Needs
no privilege and changes nothing.

${inputsHelp}  --format text|json       default: text
  --help                   this text

Exit status: 0 when the workload would run, 1 when it would not, 2 when the call
was wrong or a file can't be read.

Example: krun-init plan --config config.json --env KRUN_DHCP=1
Example: krun-init plan --fail 'chmod("/dev/kvm", 0666)=EPERM'
`,
  run(args, caller) {
    const parsed = parseOptions(args, {
      ...inputOptions,
      format: { type: "string" },
    });
    const [word] = parsed.positionals;
    if (word !== undefined) throw new UsageError(`Unknown word: ${word}`);
    const format = parsed.text("format") ?? "text";
    if (format !== "text" && format !== "json") {
      throw new UsageError(`Unknown format: ${format} (known: text, json)`);
    }
    const plan = makePlan(readInputs(parsed, caller));
    print(
      format === "json"
        ? `${JSON.stringify(plan, null, 2)}\n`
        : renderPlan(plan, painter(caller)),
    );
    return Promise.resolve(plan.outcome.kind === "failure" ? 1 : 0);
  },
};
