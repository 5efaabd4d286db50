import assert from "#assert";
import {
  isMet,
  type Measure,
  median,
  type Section,
  table,
} from "../../tools/bench/measure.ts";
import { readGuestMemory } from "../../tools/bench/memory.ts";

/** A measure of milliseconds. */
const measure = (...values: readonly number[]): Measure => ({
  name: "start",
  unit: "ms",
  values,
});

Deno.test("median() takes the middle, or the mean of the two there", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([10, 2, 9, 1]), 5.5);
  assert.equal(median([7]), 7);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("isMet() holds the median, not the worst, against the bound", () => {
  assert.ok(isMet(measure(1, 2, 99)));
  assert.ok(isMet({ ...measure(1, 2, 99), bound: 2 }));
  assert.ok(!isMet({ ...measure(1, 2, 99), bound: 1.9 }));
});

Deno.test("table() shows median, least and most, and whether a bound is kept", () => {
  const section: Section = {
    title: "Times",
    measures: [
      measure(3, 1, 2),
      { ...measure(3, 1, 2), bound: 2 },
      { ...measure(3), bound: 2 },
    ],
  };
  assert.deepEqual(
    table([section]).split("\n").map((line) => line.split(/ {2,}/)),
    [
      ["Times"],
      ["", "median", "min", "max"],
      ["start", "ms", "2.00", "1.00", "3.00"],
      ["start", "ms", "2.00", "1.00", "3.00", "ok (2)"],
      ["start", "ms", "3.00", "OVER (2)"],
      [""],
    ],
  );
});

Deno.test("table() has at most 80 columns for the longest of its cells", () => {
  const longest: Measure = {
    name: "by processor time, to its end",
    unit: "boots",
    values: [12345.678],
    bound: 1.15,
  };
  const lines = table([{ title: "Title", measures: [longest] }]).split("\n");
  for (const line of lines) assert.ok(line.length <= 80, line);
});

Deno.test("readGuestMemory() finds the line between those of a console", () => {
  const memory = { cached: -1, free: 5, processes: [{ name: "x", pss: 1 }] };
  const text = `boot\r\n${JSON.stringify(memory)}\r\nkrun-init: exit-code 0\n`;
  assert.deepEqual(readGuestMemory(text), memory);
  assert.equal(readGuestMemory("boot\n"), undefined);
});
