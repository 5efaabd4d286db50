/** What is wrong with a configuration, and where. */

/** What kind of problem it is; the C library has the same codes. */
export type ConfigErrorCode =
  /** Has a NUL, with which the kernel ends every string. */
  | "nul"
  /** Is not Unicode, and JSON can carry nothing else. */
  | "not_unicode"
  /** Is empty and may not be. */
  | "empty"
  /** Is not `NAME=VALUE`. */
  | "not_name_value"
  /** A path that does not begin at the root. */
  | "not_absolute"
  /** A path that is `/`, or has an empty name, `.` or `..` in it. */
  | "not_normal"
  /** A number that is not whole, or too small or too large. */
  | "out_of_range"
  /** A resource limit that is not RESOURCE=SOFT:HARD. */
  | "bad_limit"
  /** A mount option that tmpfs does not have. */
  | "unknown_option"
  /** A value that its option or place does not take. */
  | "bad_value"
  /** Has a character that the kernel's command line cannot carry. */
  | "bad_character"
  /** There already. */
  | "duplicate"
  /** Another setting would win over it. */
  | "conflict"
  /** The init would never read it there. */
  | "no_effect"
  /** Has too many bytes. */
  | "too_long"
  /** One of too many. */
  | "too_many";

/** One thing that is wrong. */
export interface ConfigProblem {
  readonly code: ConfigErrorCode;
  /**
   * Where it stands in the JSON, such as `process.args[1]`, or among the
   * config's other parts: `files[2].path`, `kernel.environment[0]`,
   * `kernel.arguments[0]`, `kernel.line`.
   */
  readonly path: string;
  /** What is wrong with it. */
  readonly message: string;
}

/** A configuration that no guest should be started with. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Of the first problem. */
  readonly code: ConfigErrorCode;
  /** Of the first problem. */
  readonly path: string;
  /** All of them, in the order of the configuration's parts. */
  readonly problems: readonly ConfigProblem[];

  /** @param problems at least one */
  constructor(problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    super(
      problems.map(({ path, message }) => `${path}: ${message}`).join("; "),
    );
    this.code = problems[0].code;
    this.path = problems[0].path;
    this.problems = problems;
  }
}
