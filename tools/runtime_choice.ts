/** The bases that an image may have, by the names that the tools take. */

/** What runs the pipeline. */
export type RuntimeKind = "denort" | "deno" | "quickjs";

/** A base that can be asked for: `auto` takes denort where it can be had. */
export type RuntimeChoice = "auto" | RuntimeKind;

/** Every base that can be asked for. */
export const runtimeChoices: readonly RuntimeChoice[] = [
  "auto",
  "denort",
  "deno",
  "quickjs",
];

/**
 * Reads the value of `--runtime`.
 *
 * @throws Error when there is no such base
 */
export function runtimeOf(value: string): RuntimeChoice {
  const found = runtimeChoices.find((name) => name === value);
  if (found !== undefined) return found;
  throw new Error(
    `Unknown value for --runtime: ${value} (known: ${
      runtimeChoices.join(", ")
    })`,
  );
}
