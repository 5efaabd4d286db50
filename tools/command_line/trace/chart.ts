/** A boot as a chart: an SVG that needs nothing beside itself. */

import {
  columns,
  drawPanel,
  type Panel,
  panelHeight,
  position,
} from "./panel.ts";
import { element, escape, shorten, style, text } from "./svg.ts";
import { slowest, type Span, type Timeline } from "./timeline.ts";
import {
  beginningLine,
  headline,
  skippedStages,
  slowestLine,
} from "./words.ts";

/** The chart's width; every other length is in the same pixels. */
const width = 1000;
const margin = columns.names;

/** Lines of text, from the top. */
const headingAt = 46;
const slowestAt = 70;
const legendAt = 100;
const overviewAt = 136;

const overviewRow = 28;
/** Few stages are comfortable, many still fit on a screen. */
const roomyRow = 28;
const denseRow = 18;
const roomyRows = 14;
const denseRows = 36;

/** From the overview to the enlarged part: the funnel, and a label's room. */
const funnel = 30;
const belowFunnel = 20;

const longestHeading = 72;

/** Below all: which stages were skipped. */
const footerLine = 16;
const footerLength = 138;

/**
 * Draws a boot: its great parts on one axis of time, and below them the
 * stages, enlarged; what lies between them as dashed gaps; the numbers beside.
 *
 * @returns the SVG document
 */
export function chartOf(timeline: Timeline): string {
  const { start, end } = timeline;
  const stages = timeline.spans.filter(({ kind, outcome }) =>
    kind === "stage" && outcome !== "skipped"
  );
  const together = asOne(stages);
  const overview: Panel = {
    spans: [
      ...timeline.spans.filter(({ kind }) => kind !== "stage"),
      ...(together ? [together] : []),
    ].sort((a, b) => a.start - b.start),
    from: start,
    to: end,
    whole: end - start,
    slowest: undefined,
    top: overviewAt,
    row: overviewRow,
  };
  const overviewEnd = overviewAt + panelHeight(overview);
  const enlarged: Panel | undefined = together && {
    spans: stages,
    from: together.start,
    to: together.end,
    whole: end - start,
    slowest: slowest(stages),
    top: overviewEnd + funnel + belowFunnel,
    row: rowHeight(stages.length),
  };
  const bottom = enlarged ? enlarged.top + panelHeight(enlarged) : overviewEnd;
  const skipped = skippedStages(timeline).join("; ");
  const footer = skipped === ""
    ? []
    : wrap(`Skipped: ${skipped}`, footerLength);
  const height = bottom + margin + footer.length * footerLine;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(headline(timeline))}</title>`,
    `<desc>${escape(beginningLine(timeline))}</desc>`,
    style(),
    element("rect", "background", { width, height }),
    text(
      "text heading",
      margin,
      headingAt,
      shorten(headline(timeline), longestHeading),
    ),
    text("muted", margin, slowestAt, slowestLine(timeline)),
    drawLegend(timeline),
    enlarged ? drawFunnel(overview, enlarged) : "",
    drawPanel(overview, "the boot"),
    enlarged ? drawPanel(enlarged, magnification(overview, enlarged)) : "",
    ...footer.map((line, n) =>
      text("muted small", margin, bottom + 24 + n * footerLine, line)
    ),
    "</svg>",
    "",
  ].join("\n");
}

/** Cuts a text into lines between its words. */
function wrap(content: string, longest: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= longest) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(shorten(word, longest));
    }
  }
  return lines;
}

/** All stages as one span; undefined where they took no time. */
function asOne(stages: readonly Span[]): Span | undefined {
  const [first] = stages;
  const last = stages.at(-1);
  if (first === undefined || last === undefined || last.end <= first.start) {
    return undefined;
  }
  return {
    name: "stages",
    kind: "stage",
    start: first.start,
    end: last.end,
    outcome: last.outcome === "failed" ? "failed" : "done",
    messages: [],
    warned: stages.some(({ warned }) => warned),
  };
}

function rowHeight(rows: number): number {
  const crowd = (rows - roomyRows) / (denseRows - roomyRows);
  const part = Math.min(Math.max(crowd, 0), 1);
  return Math.round(roomyRow - part * (roomyRow - denseRow));
}

function magnification(overview: Panel, enlarged: Panel): string {
  const times = (overview.to - overview.from) / (enlarged.to - enlarged.from);
  return times < 1.05 ? "the stages" : `the stages, × ${times.toFixed(1)}`;
}

/** Leads from the stages' place in the overview to where they are enlarged. */
function drawFunnel(overview: Panel, enlarged: Panel): string {
  const { spans, row } = overview;
  const left = position(overview, enlarged.from);
  const right = position(overview, enlarged.to);
  const n = spans.findIndex(({ kind }) => kind === "stage");
  const bottom = overview.top + panelHeight(overview);
  const top = bottom - (spans.length - n - 0.5) * row;
  const { from, to } = columns.bars;
  const points = [
    [left, top],
    [left, bottom],
    [from, bottom + funnel],
    [to, bottom + funnel],
    [right, bottom],
    [right, top],
  ].map(([x = 0, y = 0]) => `${x.toFixed(2)},${y}`).join(" ");
  return `<polygon class="zoom" points="${points}"/>`;
}

/** One line of coloured marks, of what there is to see. */
function drawLegend({ spans }: Timeline): string {
  const has = (test: (span: Span) => boolean): boolean => spans.some(test);
  const entries: readonly [mark: string, name: string, shown: boolean][] = [
    ["native", "native program", true],
    ["runtime", "runtime's start", true],
    ["stage", "stage", has(({ kind }) => kind === "stage")],
    ["slowest", "slowest stage", slowest(spans, "stage") !== undefined],
    ["failed", "failed", has(({ outcome }) => outcome === "failed")],
    ["warning", "warned", has(({ warned }) => warned)],
    ["gap", "gap", true],
  ];
  let at: number = margin;
  return entries.filter(([, , shown]) => shown).map(([mark, name]) => {
    const symbol = mark === "warning"
      ? element("circle", mark, { cx: at + 5, cy: legendAt - 4, r: 3.5 })
      : element("rect", mark, {
        x: at + 0.5,
        y: legendAt - 8.5,
        width: 9,
        height: 9,
        rx: 2,
      });
    const label = text("muted small", at + 16, legendAt, name);
    at += 16 + name.length * 6.2 + 20;
    return symbol + label;
  }).join("\n");
}
