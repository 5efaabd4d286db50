/** A boot as a table of text. */

import { gapBefore, slowest, type Span, type Timeline } from "./timeline.ts";
import {
  beginningLine,
  headline,
  milliseconds,
  printable,
  share,
  skippedStages,
  slowestLine,
} from "./words.ts";

/** Returns the table, a line for each span and a few around them. */
export function tableOf(timeline: Timeline): string {
  const { spans, start, end } = timeline;
  const whole = end - start;
  const between = spans.reduce((sum, _, n) => sum + gapBefore(spans, n), 0);
  const stage = slowest(spans, "stage");
  const rows = [
    ["", "start ms", "took ms", "share", ""],
    ...spans.filter(({ outcome }) => outcome !== "skipped")
      .flatMap((span) => rowsOf(span, timeline, span === stage)),
    ["between them", "", milliseconds(between), share(between, whole), ""],
    ["together", "", milliseconds(whole), share(whole, whole), ""],
  ];
  const widths = [0, 1, 2, 3].map((n) =>
    Math.max(...rows.map((row) => row[n]?.length ?? 0))
  );
  const lines = rows.map((row) =>
    row.map((cell, n) => {
      const width = widths[n] ?? 0;
      return n === 0 ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd()
  );
  return [
    headline(timeline),
    "",
    ...lines,
    "",
    slowestLine(timeline),
    ...skippedStages(timeline).map((stages) => `Skipped: ${stages}`),
    beginningLine(timeline),
  ].map((line) => `${printable(line)}\n`).join("");
}

function rowsOf(
  span: Span,
  timeline: Timeline,
  isSlowest: boolean,
): string[][] {
  const { name, outcome, messages } = span;
  const at = milliseconds(span.start - timeline.start);
  const took = span.end - span.start;
  const remarks = [
    ...(isSlowest ? ["slowest stage"] : []),
    ...(outcome === "open" ? ["its end is missing"] : []),
    ...messages.map((message, n) =>
      outcome === "failed" && n === messages.length - 1
        ? `failed: ${message}`
        : `warning: ${message}`
    ),
  ];
  const [first = "", ...more] = remarks;
  return [
    [
      name,
      at,
      milliseconds(took),
      share(took, timeline.end - timeline.start),
      first,
    ],
    ...more.map((remark) => ["", "", "", "", remark]),
  ];
}
