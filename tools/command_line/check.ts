/** `krun-init check`: what is wrong with config files. */

import { decodeBytes, isUnicode } from "../../ffi/bytes.ts";
import {
  type Finding,
  type GuestConfig,
  type ParsedConfig,
  parseGuestConfig,
} from "../../stages/formats/guest_config.ts";
import {
  type JsonText,
  parseJsonText,
  type Place,
  withoutMark,
} from "../../stages/formats/json_text.ts";
import { notesOf } from "./check_notes.ts";
import { type Caller, type Command, UsageError } from "./command.ts";
import { parseOptions, readInput } from "./options.ts";
import { complain, print } from "./output.ts";
import { inputOptions, readInputs } from "./plan/inputs.ts";
import { makePlan } from "./plan/make_plan.ts";

/** How bad it is; the exit status is the worst of all files. */
type Verdict = 0 | 1 | 2;

/** A line of the output, but for the file's name. */
export interface Line {
  readonly place: Place;
  readonly text: string;
}

/** Checks config files. */
export const check: Command = {
  name: "check",
  summary: "Check config files",
  help: `Usage: krun-init check FILE…

Reads config files as the boot does, and prints a line for everything that a
boot would complain of: file, line, column, where that is in the config, what
is wrong with it and, in parentheses, what the boot would do. What a file asks
for that a guest does not do, or does on request only (KRUN_INIT_OCI=1), is a
note, and no mistake; so is a mount that a guest passes over.

  --help   this text

Exit status: 0 when there is nothing to complain of, 1 when there is, 2 when a
file is of no use to a boot or the call was wrong.

Example: krun-init check bundle/config.json
`,
  run(args, caller) {
    const { positionals } = parseOptions(args, {});
    if (positionals.length === 0) throw new UsageError("No file to check");
    const verdicts = positionals.map((path) => checkFile(path, caller));
    return Promise.resolve(Math.max(...verdicts));
  },
};

function checkFile(path: string, caller: Caller): Verdict {
  let bytes: Uint8Array;
  try {
    bytes = readInput(path);
  } catch (error) {
    complain(`check: ${(error as Error).message}`);
    return 2;
  }
  const useless = (text: string, where = ""): Verdict => {
    print(`${path}${where}: ${text} (${fatalConsequence})\n`);
    return 2;
  };
  const text = decodeBytes(bytes);
  if (!isUnicode(text)) return useless("not UTF-8");
  let lines: Line[];
  let notes: Line[];
  try {
    const parsed = parseGuestConfig(text);
    const json = parseJsonText(withoutMark(text));
    lines = [...findingLines(parsed), ...stageLines(path, json, caller)];
    notes = noteLines(json, parsed.config);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [, line, column, reason = error.message] =
      /^line (\d+), column (\d+): (.*)$/s.exec(error.message) ?? [];
    return useless(reason, line === undefined ? "" : `:${line}:${column}`);
  }
  const sorted = [...lines, ...notes].sort((a, b) =>
    a.place.line - b.place.line || a.place.column - b.place.column
  );
  for (const { place, text } of sorted) {
    const where = place === end ? "" : `:${place.line}:${place.column}`;
    print(`${path}${where}: ${text}\n`);
  }
  return lines.length === 0 ? 0 : 1;
}

/**
 * What the reader of configs passes over.
 *
 * @throws SyntaxError when the text is no config
 */
export function fieldLines(text: string): Line[] {
  return findingLines(parseGuestConfig(text));
}

function findingLines({ findings, omitted }: ParsedConfig): Line[] {
  const lines = findings.map((finding) => ({
    place: finding.place ?? start,
    text: `${finding.path}: ${finding.message}${consequence(finding)}`,
  }));
  if (omitted > 0) {
    lines.push({ place: end, text: `${omitted} more such fields` });
  }
  return lines;
}

/** What becomes of a file that is the only one to name the command. */
const fatalConsequence =
  "the boot ends with 125, unless something else names the command";

function consequence({ message, isGrave }: Finding): string {
  if (isGrave) return ` (${fatalConsequence})`;
  return message.includes("the last one counts")
    ? ""
    : " (the boot ignores it)";
}

/** What a file asks for that a guest does not do: no mistakes of the file's. */
function noteLines({ value, locate }: JsonText, config: GuestConfig): Line[] {
  const notes = notesOf(value, config);
  const places = locate(notes.map(({ path }) => path));
  return notes.map(({ path, reason }, n) => ({
    place: places[n] ?? start,
    text: `note: ${path}: ${reason}`,
  }));
}

/** What the stages say of a config that could be read. */
function stageLines(
  path: string,
  { value, locate }: JsonText,
  caller: Caller,
): Line[] {
  const inputs = readInputs(
    // To see what the stages behind `config` say, too.
    parseOptions(
      [`--config=${path}`, "--env=KRUN_CONFIG_LENIENT=1"],
      inputOptions,
    ),
    caller,
  );
  const strings = stringsOf(value);
  const messages = makePlan(inputs).stages
    // Its own are the findings above.
    .filter(({ name }) => name !== "configFile")
    .flatMap(({ steps }) =>
      steps.flatMap((step) => "warn" in step ? [step.warn] : [])
    )
    // In a plan no server answers, whatever the config says.
    .filter((message) => !message.startsWith("DHCP on "));
  const paths = messages.map((message) =>
    strings.filter(({ value }) => names(message, value))
      .toSorted((a, b) => b.depth - a.depth || b.value.length - a.value.length)
      .at(0)?.path
  );
  const known = paths.filter((path) => path !== undefined);
  const places = new Map(
    locate(known).map((place, n) => [known[n], place] as const),
  );
  return messages.map((message, n) => {
    const at = paths[n];
    return {
      place: places.get(at) ?? start,
      text: at === undefined ? message : `${at}: ${message}`,
    };
  });
}

const start: Place = { line: 1, column: 1 };
/** Behind all others; not a place to show. */
const end: Place = { line: Infinity, column: Infinity };

/** True where a message has a text, and not only inside another word. */
function names(message: string, text: string): boolean {
  const isWord = (character = ""): boolean => /[\p{L}\p{N}_]/u.test(character);
  for (let at = 0; (at = message.indexOf(text, at)) >= 0; at++) {
    const isInside = isWord(text[0]) && isWord(message[at - 1]) ||
      isWord(text.at(-1)) && isWord(message[at + text.length]);
    if (!isInside) return true;
  }
  return false;
}

/** A string that stands in a config. */
interface Text {
  readonly path: string;
  readonly value: string;
  readonly depth: number;
}

/** Every string that a stage's message can be about. */
function stringsOf(value: unknown, path = "", depth = 0): Text[] {
  if (typeof value === "string") {
    return value === "" ? [] : [{ path, value, depth }];
  }
  if (typeof value !== "object" || value === null) return [];
  const inside = (key: string): string =>
    Array.isArray(value)
      ? `${path}[${key}]`
      : path === ""
      ? key
      : `${path}.${key}`;
  return Object.entries(value).flatMap(([key, item]) =>
    stringsOf(item, inside(key), depth + 1)
  );
}
