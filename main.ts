/**
 * The program in the image: as a guest's init it boots, for a person it
 * fetches the command-line tool. (On the deno base the module that Deno starts
 * with has done that; see tools/runtime.ts.)
 *
 * Arguments, from the launcher: the paths of the start record and of the
 * syscall shim, the build's facts as JSON, and the path of the command-line
 * tool, which a boot does not have.
 */

import { encodeBytes } from "./ffi/bytes.ts";
import { LinuxSys } from "./ffi/linux/sys.ts";
import { Shim } from "./ffi/shim.ts";
import { boot } from "./stages/boot.ts";
import type { BuildFacts } from "./stages/formats/build_facts.ts";
import { readStartRecord } from "./stages/formats/start_record.ts";
import { stages } from "./stages/mod.ts";

// Messages name the operation; a stack that no one prints costs time to take.
Error.stackTraceLimit = 0;

/** With this status PID 1 knows that the reason has been told. */
const setupFailed = 125;

function main(): void {
  const [startPath = "", shim = "", factsText = "{}", tool = ""] = Deno.args;
  const { features }: BuildFacts = JSON.parse(factsText);
  const start = readStartRecord(Deno.readFileSync(startPath));
  if (start.root !== undefined) {
    const sys = new LinuxSys(new Shim(shim));
    // The runtime's other threads stay in its tmpfs, so that one that is late
    // finds no file of the guest's, and makes none there.
    sys.unshareFs();
    sys.exit(boot(stages, start, { platform: "linux", features }, sys));
  }
  // A text of its own, so that no boot has to parse it: an expression that is a
  // function.
  new Function(`return ${Deno.readTextFileSync(tool)}`)()();
}

try {
  main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  Deno.stderr.writeSync(encodeBytes(`krun-init: ${message}\n`));
  Deno.exit(setupFailed);
}
