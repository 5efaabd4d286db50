/** Holds what came of a guest against what must. */

import type { Case, Expectation, Init, Outcome } from "./case.ts";

/** What a case expects of an init. */
export function expectationOf(
  { expect, upstream }: Case,
  init: Init,
): Expectation {
  return init === "upstream" && upstream !== undefined ? upstream : expect;
}

/**
 * Says what is not as it must be.
 *
 * @returns a line for each difference
 */
export function differences(
  { status = 0, stdout = "", stderr }: Expectation,
  outcome: Outcome,
): string[] {
  const found: string[] = [];
  if (outcome.status !== status) {
    found.push(`status ${outcome.status}, not ${status}`);
  }
  const fits = typeof stdout === "string"
    ? outcome.stdout === stdout
    : stdout.test(outcome.stdout);
  if (!fits) {
    found.push(`standard output ${show(outcome.stdout)}, not ${show(stdout)}`);
  }
  if (stderr === undefined) {
    const said = outcome.stderr.split("\n").filter((line) =>
      line.includes("krun-init: ") && !line.includes("krun-init: exit-code ")
    );
    found.push(...said.map((line) => `a message: ${line}`));
  } else if (!stderr.test(outcome.stderr)) {
    found.push(`standard error ${show(outcome.stderr)}, not ${stderr}`);
  }
  return found;
}

function show(value: string | RegExp): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
