/**
 * The kernel's command line as libkrun makes it, and what cannot be passed on
 * one: neither libkrun nor Linux has an escape.
 */

/**
 * Something that the guest gets byte for byte. A text is printable ASCII, as
 * libkrun demands; bytes may be whatever Linux itself lets through.
 */
export type Word = string | Uint8Array;

/** What the guest's init finds in its environment and arguments. */
export interface GuestWords {
  /** `NAME=VALUE` each. */
  readonly env?: readonly Word[];
  /** What krun_set_exec gets: KRUN_INIT and the init's arguments. */
  readonly command?: readonly Word[];
  /** The init's own arguments where KRUN_INIT is not to be set. */
  readonly args?: readonly Word[];
}

/** Linux: COMMAND_LINE_SIZE on x86_64 and arm64, with the final NUL. */
const maxLine = 2048;

/** Linux: CONFIG_INIT_ENV_ARG_LIMIT, for environment and arguments each. */
const maxWords = 32;

const encoder = new TextEncoder();

/**
 * Composes a kernel command line: the kernel's own parameters, the
 * environment, and after ` -- ` the arguments, each in double quotes.
 *
 * @param parameters the kernel's own
 * @throws Error that names the item that could not be passed
 */
export function kernelLine(
  parameters: readonly string[],
  { env = [], command = [], args = [] }: GuestWords,
): Uint8Array<ArrayBuffer> {
  const [program, ...programArgs] = command;
  const words = [...programArgs, ...args];
  for (const item of env) checkVariable(item);
  checkEnvironmentSize(env, program);
  if (words.length >= maxWords) {
    throw new Error(
      `Cannot pass ${words.length} arguments, Linux takes ${maxWords - 1}`,
    );
  }
  const items = [
    ...parameters.map((parameter) => encoder.encode(parameter)),
    ...(program === undefined ? [] : [initVariable(program)]),
    ...env.map((item) => quoted("environment variable", item)),
    encoder.encode("--"),
    ...words.map((item) => quoted("argument", item)),
  ];
  const line = joinWords(items);
  if (line.length >= maxLine) {
    const [longest = line] = items.toSorted((a, b) => b.length - a.length);
    throw new Error(
      `Cannot pass a kernel command line of ${line.length} bytes, Linux takes ${
        maxLine - 1
      }: its longest item has ${longest.length} bytes and begins with ${
        describe(longest.subarray(0, 40))
      }`,
    );
  }
  return line;
}

/** libkrun does not put the program in quotes, so a space would tear it. */
function initVariable(program: Word): Uint8Array {
  const path = plain("program", program);
  if (path.length === 0 || path.includes(0x20)) {
    throw new Error(
      `Cannot pass the program ${
        describe(program)
      }: it has a space or is empty`,
    );
  }
  return concat([encoder.encode("KRUN_INIT="), path]);
}

function checkVariable(item: Word): void {
  const name = variableName(item);
  if (name === undefined || name === "") {
    throw new Error(
      `Cannot pass the environment variable ${
        describe(item)
      }: it is not NAME=VALUE`,
    );
  }
  // Linux takes it for a parameter of a module.
  if (name.includes(".")) {
    throw new Error(
      `Cannot pass the environment variable ${
        describe(item)
      }: Linux drops names with a dot`,
    );
  }
}

function checkEnvironmentSize(
  env: readonly Word[],
  program: Word | undefined,
): void {
  // HOME and TERM are Linux's own; a name that comes again takes its place.
  const names = new Set(["HOME", "TERM", ...env.map(variableName)]);
  if (program !== undefined) names.add("KRUN_INIT");
  if (names.size > maxWords) {
    throw new Error(
      `Cannot pass ${names.size} environment variables, HOME and TERM among them: Linux takes ${maxWords}`,
    );
  }
}

function variableName(item: Word): string | undefined {
  const text = describe(item);
  const end = text.indexOf("=");
  return end < 0 ? undefined : text.slice(0, end);
}

function quoted(kind: string, item: Word): Uint8Array {
  return concat([
    encoder.encode('"'),
    plain(kind, item),
    encoder.encode('"'),
  ]);
}

/** Returns an item's bytes, or throws where the line could not carry them. */
function plain(kind: string, item: Word): Uint8Array {
  const bytes = typeof item === "string" ? encoder.encode(item) : item;
  const refuse = (reason: string): never => {
    throw new Error(`Cannot pass the ${kind} ${describe(item)}: ${reason}`);
  };
  for (const byte of bytes) {
    if (byte === 0x22) refuse("it has a double quote");
    if (byte < 0x20 || byte === 0x7f) refuse("it has a control character");
    if (byte > 0x7f && typeof item === "string") {
      refuse("it has a character that is not ASCII");
    }
  }
  return bytes;
}

function describe(item: Word): string {
  return typeof item === "string" ? item : new TextDecoder().decode(item);
}

function joinWords(words: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const space = encoder.encode(" ");
  return concat(words.flatMap((word, n) => n === 0 ? [word] : [space, word]));
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
