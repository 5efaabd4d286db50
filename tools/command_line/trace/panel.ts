/** Rows of bars on one axis of time, and their numbers beside. */

import { element, escape, round, shorten, text } from "./svg.ts";
import { gapBefore, type Span } from "./timeline.ts";
import { milliseconds, share } from "./words.ts";

/** Where a chart's columns are, in pixels: names, bars, two of numbers. */
export const columns = {
  names: 32,
  bars: { from: 200, to: 796 },
  took: 884,
  share: 968,
} as const;

/** What a panel shows, and where. */
export interface Panel {
  /** In the order of time, without overlap, and none that was skipped. */
  readonly spans: readonly Span[];
  /** The axis: CLOCK_BOOTTIME at its two ends, in nanoseconds. */
  readonly from: number;
  readonly to: number;
  /** What is a share of 100 %, in nanoseconds. */
  readonly whole: number;
  /** The span that stands out. */
  readonly slowest: Span | undefined;
  /** Where it begins, in pixels from the top. */
  readonly top: number;
  /** The height of a row, in pixels. */
  readonly row: number;
}

/** The height of the axis' labels, in pixels. */
const head = 16;

const smallestBar = 2;
/** A narrower gap would be but a smudge. */
const smallestGap = 3;
/** A gap that is narrower has no place for its number. */
const labelledGap = 64;
const longestName = 18;

/** How much of the chart a panel takes, in pixels. */
export function panelHeight({ spans, row }: Panel): number {
  return head + spans.length * row;
}

/** Where a moment is on a panel's axis, in pixels. */
export function position({ from, to }: Panel, time: number): number {
  const { bars } = columns;
  return bars.from + (time - from) / Math.max(to - from, 1) *
      (bars.to - bars.from);
}

/**
 * Draws a panel.
 *
 * @param title stands over the names
 */
export function drawPanel(panel: Panel, title: string): string {
  return [
    drawAxis(panel, title),
    ...panel.spans.map((_, n) => drawRow(panel, n)),
  ].join("\n");
}

/** The nanoseconds between two ticks: 1, 2 or 5 times a power of ten. */
export function tickStep(whole: number): number {
  const rough = Math.max(whole, 1) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((factor) => factor * power >= rough);
  return (factor ?? 10) * power;
}

function drawAxis(panel: Panel, title: string): string {
  const { from, to, top } = panel;
  const bottom = top + panelHeight(panel);
  const step = tickStep(to - from);
  const decimals = Math.max(0, -Math.floor(Math.log10(step / 1e6) + 1e-9));
  const parts = [text("muted small", columns.names, top, title)];
  const upright = (classes: string, x: number): string =>
    element("line", classes, { x1: x, x2: x, y1: top + 7, y2: bottom });
  for (let n = 0; n * step <= to - from; n++) {
    const x = position(panel, from + n * step);
    const label = `${(n * step / 1e6).toFixed(decimals)} ms`;
    parts.push(upright("tick", x), text("muted small middle", x, top, label));
  }
  parts.push(
    upright("edge", columns.bars.to),
    text("muted small right", columns.took, top, "took ms"),
    text("muted small right", columns.share, top, "share"),
  );
  return parts.join("\n");
}

function drawRow(panel: Panel, n: number): string {
  const { row, whole } = panel;
  const span = panel.spans[n] as Span;
  const middle = panel.top + head + (n + 0.5) * row;
  const baseline = middle + 4.5;
  const isSlowest = span === panel.slowest;
  const tone = isSlowest ? "text strong" : "text";
  const took = span.end - span.start;
  const percent = share(took, whole);
  const parts = [
    `<g><title>${escape(tooltip(span))}</title>`,
    text(tone, columns.names, baseline, shorten(span.name, longestName)),
    drawGap(panel, n, middle),
    drawBar(panel, span, isSlowest ? "slowest" : span.kind, middle),
    text(`${tone} right`, columns.took, baseline, milliseconds(took)),
    text("muted right", columns.share, baseline, percent),
  ];
  if (span.warned) {
    const [cx, cy] = [columns.names - 12, middle];
    parts.push(element("circle", "warning", { cx, cy, r: 3.5 }));
  }
  return [...parts, "</g>"].filter((part) => part !== "").join("\n");
}

function drawBar(
  panel: Panel,
  { start, end, outcome }: Span,
  tone: string,
  middle: number,
): string {
  const width = Math.max(
    position(panel, end) - position(panel, start),
    smallestBar,
  );
  const height = barHeight(panel);
  return element("rect", outcome === "failed" ? "failed" : tone, {
    // At the very end the smallest bar would stand out of the axis.
    x: Math.min(position(panel, start), columns.bars.to - width),
    y: middle - height / 2,
    width,
    height,
    rx: Math.min(3, width / 2),
  });
}

/** What no one accounts for, from the bar before to this one. */
function drawGap(panel: Panel, n: number, middle: number): string {
  const took = gapBefore(panel.spans, n);
  const end = panel.spans[n]?.start ?? 0;
  const from = position(panel, end - took);
  const width = position(panel, end) - from;
  if (width < smallestGap) return "";
  const height = barHeight(panel) - 1;
  const outline = element("rect", "gap", {
    x: from + 0.5,
    y: middle - height / 2,
    width: width - 1,
    height,
    rx: Math.min(3, width / 2),
  });
  if (width < labelledGap) return outline;
  const label = `${milliseconds(took)} ms`;
  return outline +
    text("muted small middle", from + width / 2, middle + 4, label);
}

function barHeight({ row }: Panel): number {
  return round(row * 0.6);
}

function tooltip({ name, start, end, messages }: Span): string {
  return [`${name}: ${milliseconds(end - start)} ms`, ...messages].join("\n");
}
