import type { Part } from "./render.ts";

/** The lines of a part that only one of two plans has. */
export interface Change {
  readonly heading: string;
  readonly lines: readonly {
    readonly side: "-" | "+";
    readonly text: string;
  }[];
}

/** Compares two plans, part by part; parts without a difference are left out. */
export function changesOf(a: readonly Part[], b: readonly Part[]): Change[] {
  const left = new Map(a.map((part) => [nameOf(part), part]));
  const right = new Map(b.map((part) => [nameOf(part), part]));
  // In the order of the later plan; what only the first has comes behind it.
  const names = [...new Set([...right.keys(), ...left.keys()])];
  return names.flatMap((name): Change[] => {
    const lines = linesOf(textOf(left.get(name)), textOf(right.get(name)));
    return lines.length === 0 ? [] : [{ heading: name, lines }];
  });
}

/** What stays the same where a stage runs in one plan and not in the other. */
function nameOf({ heading }: Part): string {
  return heading.split(/:| on | \(/)[0] ?? heading;
}

function textOf(part: Part | undefined): readonly string[] {
  return part === undefined ? [] : [part.heading, ...part.lines];
}

/** The lines that are not in the longest common subsequence. */
function linesOf(a: readonly string[], b: readonly string[]): Change["lines"] {
  const lengths = a.map(() => b.map(() => 0));
  const length = (n: number, m: number): number => lengths[n]?.[m] ?? 0;
  for (let n = a.length - 1; n >= 0; n--) {
    for (let m = b.length - 1; m >= 0; m--) {
      const row = lengths[n] as number[];
      row[m] = a[n] === b[m]
        ? length(n + 1, m + 1) + 1
        : Math.max(length(n + 1, m), length(n, m + 1));
    }
  }
  const lines: { side: "-" | "+"; text: string }[] = [];
  let n = 0;
  let m = 0;
  while (n < a.length || m < b.length) {
    if (n < a.length && m < b.length && a[n] === b[m]) {
      n++;
      m++;
    } else if (
      m >= b.length || (n < a.length && length(n + 1, m) >= length(n, m + 1))
    ) {
      lines.push({ side: "-", text: a[n++] as string });
    } else {
      lines.push({ side: "+", text: b[m++] as string });
    }
  }
  return lines;
}
