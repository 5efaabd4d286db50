/** Colour, where the one who reads can see it. */

import type { Caller } from "./command.ts";

/** What a piece of text is; each has its own look. */
export type Style = "heading" | "warning" | "failure" | "added" | "removed";

/** Gives a text the look of what it is. */
export type Painter = (style: Style, text: string) => string;

/** SGR parameters (ECMA-48). */
const looks: Readonly<Record<Style, number>> = {
  heading: 1,
  warning: 33,
  failure: 31,
  added: 32,
  removed: 31,
};

/** No looks at all. */
export const plain = (_: Style, text: string): string => text;

/**
 * Chooses how the standard output is painted: on a terminal, unless NO_COLOR
 * is set to anything (no-color.org).
 */
export function painter({ environment }: Caller): Painter {
  const isUnwanted = environment.some((item) => /^NO_COLOR=./s.test(item));
  if (isUnwanted || !Deno.stdout.isTerminal()) return plain;
  return (style, text) => `\x1b[${looks[style]}m${text}\x1b[0m`;
}
