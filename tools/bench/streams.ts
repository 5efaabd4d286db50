/** How fast the workload's output reaches the host, with PID 1 in between. */

import { note } from "../note.ts";
import { bootVm } from "../vm/boot_vm.ts";
import { megabyte, runByRun, type Section } from "./measure.ts";

const rounds = 3;
/** In MB. */
const size = 256;
/** 80 % of the throughput of a port that is written directly. */
const ratioBound = 1 / 0.8;

/**
 * Has a workload write to its standard output, which is a pipe to PID 1, and in
 * turn one that has taken PID 1's place and writes to the port itself.
 *
 * @param init the path of an image
 */
export async function measureStreams(init: string): Promise<Section> {
  const [relayed, direct]: [number[], number[]] = [[], []];
  for (let n = 1; n <= rounds; n++) {
    note(`Writing ${size} MB to the host: ${n} of ${rounds}`);
    relayed.push(await writingTime(init, []));
    direct.push(await writingTime(init, ["KRUN_INIT_PID1=1"]));
  }
  return {
    title: `${size} MB of a workload's output, in a VM`,
    measures: [
      { name: "by way of PID 1", unit: "ms", values: relayed },
      { name: "to the port itself", unit: "ms", values: direct },
      {
        name: "one / other, run by run",
        unit: "times",
        values: runByRun(relayed, direct),
        bound: ratioBound,
      },
    ],
  };
}

/** In ms: from the first byte that the host gets to the last. */
async function writingTime(
  init: string,
  env: readonly string[],
): Promise<number> {
  let [first, last, bytes] = [0, 0, 0];
  const { console } = await bootVm({
    init,
    env,
    command: ["/bin/dd", "if=/dev/zero", "bs=1M", `count=${size}`],
    onStdout: (piece) => {
      last = performance.now();
      if (bytes === 0) first = last;
      bytes += piece.length;
    },
  });
  if (bytes !== size * megabyte) {
    throw new Error(`The host got ${bytes} bytes: ${console}`);
  }
  return last - first;
}
