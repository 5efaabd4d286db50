/** What a bench finds out, as numbers and as a table. */

/** What a measure's values are in. */
export type Unit = "ms" | "KB" | "MB" | "times" | "boots";

/** Something that was measured, once or several times. */
export interface Measure {
  readonly name: string;
  readonly unit: Unit;
  readonly values: readonly number[];
  /** What the median must not exceed, where there is such a bound. */
  readonly bound?: number;
}

/** Measures that belong together. */
export interface Section {
  readonly title: string;
  readonly measures: readonly Measure[];
}

/** Sizes are counted in powers of two, as the kernel's own figures are. */
export const kilobyte = 1024;
/** See {@linkcode kilobyte}. */
export const megabyte = 1024 * kilobyte;

/** The value in the middle, or between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)] ?? NaN;
  const high = sorted[Math.ceil(middle)] ?? NaN;
  return (low + high) / 2;
}

/** How many times one takes what the other takes, run by run. */
export function runByRun(
  ones: readonly number[],
  others: readonly number[],
): number[] {
  return ones.map((one, n) => one / (others[n] ?? NaN));
}

/** True where a measure has no bound or keeps to it. */
export function isMet({ values, bound }: Measure): boolean {
  return bound === undefined || median(values) <= bound;
}

const nameWidth = 38;
const unitWidth = 5;
const numberWidth = 8;
const columns = 3;
const decimals: Readonly<Record<Unit, number>> = {
  ms: 2,
  KB: 1,
  MB: 2,
  times: 3,
  boots: 0,
};

/** Renders sections as a table of at most 80 columns. */
export function table(sections: readonly Section[]): string {
  return sections.map(({ title, measures }) => {
    const head = row("", "", ["median", "min", "max"], "");
    return `${title}\n${head}${measures.map(measureRow).join("")}`;
  }).join("\n");
}

function measureRow(measure: Measure): string {
  const { name, unit, values, bound } = measure;
  const numbers = values.length === 1
    ? values
    : [median(values), Math.min(...values), Math.max(...values)];
  const verdict = bound === undefined
    ? ""
    : `${isMet(measure) ? "ok" : "OVER"} (${bound})`;
  const digits = decimals[unit];
  return row(name, unit, numbers.map((n) => n.toFixed(digits)), verdict);
}

function row(
  name: string,
  unit: string,
  numbers: readonly string[],
  verdict: string,
): string {
  const cells = numbers.map((text) => text.padStart(numberWidth)).join("");
  const line = name.padEnd(nameWidth) + unit.padEnd(unitWidth) +
    cells.padEnd(columns * numberWidth);
  return `${`${line}  ${verdict}`.trimEnd()}\n`;
}
