import { decodeBytes } from "../ffi/bytes.ts";
import { droppedWords } from "./formats/command_line.ts";
import type { Stage } from "./stage.ts";

/** COMMAND_LINE_SIZE of Linux on x86_64 and arm64, without the final NUL. */
const mostBytes = 2047;

/**
 * Looks at the kernel's command line where the command comes from there: Linux
 * keeps what comes behind a second `--` from its init, and cuts a line that is
 * too long, maybe in the middle of the command.
 */
export const commandLine: Stage = {
  name: "commandLine",
  summary: "Complete the command of the kernel's command line",
  gates: { platforms: ["linux"] },
  policy: "fatal",
  run(context) {
    const { sys, environment, config, args, warn } = context;
    const init = environment.get("KRUN_INIT");
    if (init === undefined && config.args.length > 0) return;
    let bytes: Uint8Array;
    try {
      bytes = sys.readFile("/proc/cmdline");
    } catch (error) {
      warn(error, "taking the kernel's arguments as they are");
      return;
    }
    if (bytes.length - (bytes.at(-1) === newline ? 1 : 0) >= mostBytes) {
      throw new Error(
        `The kernel's command line has been cut at ${mostBytes} bytes, and the command may be missing: give it by a config file`,
      );
    }
    context.args = [...args, ...droppedWords(decodeBytes(bytes), args)];
  },
};

const newline = 0x0a;
