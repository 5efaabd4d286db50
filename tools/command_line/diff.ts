/** `krun-init diff`: what two plans do differently. */

import { decodeBytes } from "../../ffi/bytes.ts";
import { type Caller, type Command, UsageError } from "./command.ts";
import { type Parsed, parseOptions, readInput } from "./options.ts";
import { print } from "./output.ts";
import { changesOf } from "./plan/compare.ts";
import { inputOptions, inputsHelp, readInputs } from "./plan/inputs.ts";
import { makePlan, type Plan } from "./plan/make_plan.ts";
import { partsOf } from "./plan/render.ts";
import { painter } from "./style.ts";

/** Compares two plans. */
export const diff: Command = {
  name: "diff",
  summary: "Compare two plans",
  help: `Usage: krun-init diff [OPTIONS] A B
       krun-init diff [OPTIONS] [A] -- [OPTIONS] [B]

Compares two boots. A and B are plans, as krun-init plan --format json writes
them, or config files, of which plans are made by the options. With a -- each
side has options of its own, and needs no file. Shows, stage by stage, the
lines that only A has (-) and those that only B has (+).

${inputsHelp}  --help                   this text

Exit status: 0 when the plans are the same, 1 when they differ, 2 when the call
was wrong or a file can't be used.

Example: krun-init diff old.json new.json
Example: krun-init diff --config a.json -- --config a.json --feature timesync
`,
  run(args, caller) {
    const [a, b] = sidesOf(args).map((side) => planOf(side, caller));
    const paint = painter(caller);
    const changes = changesOf(partsOf(a as Plan), partsOf(b as Plan));
    for (const { heading, lines } of changes) {
      print(`${paint("heading", heading)}\n`);
      for (const { side, text } of lines) {
        const style = side === "-" ? "removed" : "added";
        print(`${paint(style, `${side} ${text}`)}\n`);
      }
    }
    return Promise.resolve(changes.length === 0 ? 0 : 1);
  },
};

/** What one side is made of. */
interface Side {
  readonly file: string | undefined;
  readonly options: Parsed;
  /** True where options stand beside the file. */
  readonly hasOptions: boolean;
}

function sidesOf(args: readonly string[]): [Side, Side] {
  const end = args.indexOf("--");
  if (end >= 0) {
    return [oneSide(args.slice(0, end)), oneSide(args.slice(end + 1))];
  }
  const options = parseOptions(args, inputOptions);
  const [a, b, ...rest] = options.positionals;
  if (a === undefined || b === undefined || rest.length > 0) {
    throw new UsageError("Not two files, and no -- between two sides");
  }
  const hasOptions = args.length > 2;
  return [{ file: a, options, hasOptions }, { file: b, options, hasOptions }];
}

function oneSide(words: readonly string[]): Side {
  const options = parseOptions(words, inputOptions);
  const [file, extra] = options.positionals;
  if (extra !== undefined) throw new UsageError(`Unknown word: ${extra}`);
  return {
    file,
    options,
    hasOptions: words.length > options.positionals.length,
  };
}

function planOf({ file, options, hasOptions }: Side, caller: Caller): Plan {
  const inputs = readInputs(options, caller);
  if (file === undefined) return makePlan(inputs);
  const bytes = readInput(file);
  const plan = readPlan(file, decodeBytes(bytes));
  if (plan === undefined) return makePlan({ ...inputs, config: bytes });
  if (hasOptions) {
    throw new UsageError(`${file} is a plan: it takes no options`);
  }
  return plan;
}

/** Undefined where the text is no plan, and so a config. */
function readPlan(file: string, text: string): Plan | undefined {
  let value: Partial<Plan> | null;
  try {
    value = JSON.parse(text);
  } catch {
    // A config may have comments.
    return undefined;
  }
  if (value === null || !Array.isArray(value.stages)) return undefined;
  if (value.version !== 1) {
    throw new Error(`${file}: a plan of version ${value.version}, not 1`);
  }
  if (!isPlan(value)) {
    throw new Error(`${file}: a plan with parts missing, or of another form`);
  }
  return value;
}

/** Looks at no more than what would be shown in a wrong way, or not at all. */
function isPlan(value: Partial<Plan>): value is Plan {
  const { platform, stages = [] } = value;
  const isText = (text: unknown): boolean => typeof text === "string";
  if (platform !== "linux" && platform !== "freebsd") return false;
  if (!stages.every((stage) => isText(stage.name) && isText(stage.summary))) {
    return false;
  }
  try {
    partsOf(value as Plan);
    return true;
  } catch {
    return false;
  }
}
