/** Tests of a boot's trace in a VM, from the guest's clock to the chart. */

import assert from "#assert";
import { chartOf } from "../../tools/command_line/trace/chart.ts";
import { findEvents } from "../../tools/command_line/trace/events.ts";
import { tableOf } from "../../tools/command_line/trace/table.ts";
import { timelineOf } from "../../tools/command_line/trace/timeline.ts";
import { outside, overlaps, readSvg } from "../unit/svg_helper.ts";
import { bootScript } from "./vm_helper.ts";

Deno.test("a VM's console has a whole boot's trace, with the kernel's lines between", async () => {
  const { console, status, output } = await bootScript(
    "read up _ < /proc/uptime; echo $up; exit 7",
    { env: ["KRUN_INIT_TRACE=1"] },
  );
  assert.equal(status, 7);
  const boot = timelineOf(findEvents(console, "console"), "console");
  assert.equal(boot.complete, true);
  const names = boot.spans.map(({ name }) => name);
  assert.deepEqual(names.slice(0, 2), ["launcher", "runtime"]);
  assert.deepEqual(names.slice(-2), ["workload", "hand-over"]);
  // Both by CLOCK_BOOTTIME, of which /proc/uptime has hundredths of a second.
  assert.ok(boot.end / 1e9 < Number(output) + 0.01, `${boot.end}: ${output}`);
  assert.match(tableOf(boot), /^Slowest: /m);
  const picture = readSvg(chartOf(boot));
  assert.deepEqual([...outside(picture), ...overlaps(picture.texts)], []);
});

Deno.test("a VM's trace goes to a file of its root, exec included", async () => {
  const { output, console } = await bootScript(
    "until grep '\"exec\"' /tmp/trace; do usleep 10000; done; cat /tmp/trace",
    { env: ["KRUN_INIT_TRACE=/tmp/trace"] },
  );
  const text = output.slice(output.indexOf("\n") + 1);
  assert.ok(timelineOf(findEvents(text, "trace"), "trace").complete);
  assert.doesNotMatch(console, /\{"kind"/);
});
