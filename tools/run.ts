/** Other programs, run to their end. */

/** What a program may be given. */
export interface RunOptions {
  /** Its working directory. */
  readonly cwd?: string;
  /** Variables added to its environment. */
  readonly env?: Record<string, string>;
  /** `env` is its whole environment. */
  readonly clearEnv?: boolean;
  /** What it can read from its standard input. Default: nothing. */
  readonly stdin?: string;
  /** Show its messages on the standard error while it runs, instead of keeping them for the error. */
  readonly live?: boolean;
}

/**
 * Runs a program and returns what it wrote to its standard output.
 *
 * @param program its name or path
 * @param args its arguments
 * @throws Error that names the program, its arguments, its status and its messages when it fails
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { stdin } = options;
  const child = new Deno.Command(program, {
    args: [...args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? {},
    clearEnv: options.clearEnv ?? false,
    stdin: stdin ? "piped" : "null",
    stdout: "piped",
    stderr: options.live ? "inherit" : "piped",
  }).spawn();
  const [output] = await Promise.all([
    child.output(),
    stdin && feed(child.stdin, stdin),
  ]);
  if (!output.success) {
    const messages = options.live
      ? ""
      : `: ${new TextDecoder().decode(output.stderr).trim()}`;
    throw new Error(
      `Cannot run ${
        [program, ...args].join(" ")
      }, status ${output.code}${messages}`,
    );
  }
  return new TextDecoder().decode(output.stdout);
}

/** Gives a program its input, of which it need not read all. */
export async function feed(
  stream: WritableStream<Uint8Array>,
  input: string | Uint8Array,
): Promise<void> {
  try {
    const bytes = typeof input === "string"
      ? new TextEncoder().encode(input)
      : input;
    await ReadableStream.from([bytes]).pipeTo(stream);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
