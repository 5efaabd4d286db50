/** How long it takes to plan a boot, beside a bare `deno run`. */

import { note } from "../note.ts";
import { run } from "../run.ts";
import {
  bareDenoArgs,
  runtimeEnvironment,
  withoutV8Flags,
} from "../runtime.ts";
import { runByRun, type Section } from "./measure.ts";

/** A plan may take so many times what Deno takes for nothing. */
const ratioBound = 2.5;

/**
 * Has the image plan a boot, and Deno run an empty module, in turn.
 *
 * @param image the path of the image
 * @param runs how often each is called
 */
export async function measurePlan(
  image: string,
  runs: number,
): Promise<Section> {
  const empty = await Deno.makeTempFile({ suffix: ".js" });
  const [, ...words] = withoutV8Flags(bareDenoArgs);
  const args = words.map((word) => word === "@main.js" ? empty : word);
  const env = Object.fromEntries(
    runtimeEnvironment.map((item) => {
      const end = item.indexOf("=");
      return [item.slice(0, end), item.slice(end + 1)];
    }),
  );
  const plans: number[] = [];
  const bares: number[] = [];
  try {
    for (let n = 1; n <= runs; n++) {
      note(`Planning a boot: ${n} of ${runs}`);
      plans.push(await timeOf(() => run(image, ["plan"])));
      bares.push(await timeOf(() => run(Deno.execPath(), args, { env })));
    }
  } finally {
    await Deno.remove(empty);
  }
  return {
    title: "The command-line tool",
    measures: [
      { name: "image plan", unit: "ms", values: plans },
      { name: "bare deno", unit: "ms", values: bares },
      {
        name: "image plan / bare deno, run by run",
        unit: "times",
        values: runByRun(plans, bares),
        bound: ratioBound,
      },
    ],
  };
}

/** In milliseconds. */
async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}
