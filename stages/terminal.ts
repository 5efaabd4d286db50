import { decodeBytes } from "../ffi/bytes.ts";
import { OpenFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import type { Stage } from "./stage.ts";

const { readWrite, noctty, cloexec } = OpenFlag;

/**
 * Opens the console anew: the kernel has opened it in a /dev that nobody sees
 * later, so that no name leads to it.
 */
export const terminal: Stage = {
  name: "terminal",
  summary: "Open the console by its name",
  gates: { platforms: ["linux"] },
  policy: "warn",
  run({ sys, handover }) {
    handover.console = openConsole(sys);
  },
};

/** -1 where there is none, and what the kernel has opened stays. */
function openConsole(sys: Sys): number {
  const device = activeTerminal(sys, "console");
  // Where that is the terminal in front of others, it is one of them.
  const last = device && (activeTerminal(sys, device) ?? device);
  for (const name of last ? [last, "console"] : ["console"]) {
    try {
      return sys.open(`/dev/${name}`, readWrite | noctty | cloexec);
    } catch {
      // The next one may be there.
    }
  }
  return -1;
}

/** The device that stands behind one which stands for several. */
function activeTerminal(sys: Sys, name: string): string | undefined {
  try {
    const names = decodeBytes(sys.readFile(`/sys/class/tty/${name}/active`));
    return names.trim().split(" ").at(-1) || undefined;
  } catch {
    return undefined;
  }
}
