/**
 * The program in the image: as PID 1 it boots the guest, for a person it
 * fetches the command-line tool.
 *
 * Arguments, from the launcher: the paths of the start record and of the
 * syscall shim, the build's facts as JSON, and the path of the command-line
 * tool, which a boot does not have.
 */

import { encodeBytes } from "./ffi/bytes.ts";
import { LinuxSys } from "./ffi/linux/sys.ts";
import type { Sys } from "./ffi/sys.ts";
import { bootLog } from "./stages/boot_log.ts";
import type { BuildFacts } from "./stages/formats/build_facts.ts";
import { encodeHandover } from "./stages/formats/handover_record.ts";
import {
  readStartRecord,
  type StartRecord,
} from "./stages/formats/start_record.ts";
import { stages } from "./stages/mod.ts";
import { BootFailure, runStages } from "./stages/runner.ts";

// Messages name the operation; a stack that no one prints costs time to take.
Error.stackTraceLimit = 0;

/** With this status PID 1 knows that the reason has been told. */
const setupFailed = 125;

/** Boots the guest; at the end PID 1 finds the hand-over record complete. */
function boot(start: StartRecord, facts: BuildFacts, sys: Sys): never {
  const { root, handover } = start;
  if (root === undefined || handover === undefined) {
    throw new Error("The start record lacks the descriptors of a boot");
  }
  // Out of the runtime's tmpfs, back to the root that the kernel gave.
  sys.fchdir(root);
  sys.chroot(".");
  const log = bootLog(start.environment, sys);
  try {
    log.mark("launcher", start.started);
    log.mark("runtime", start.runtime);
    log.mark("pipeline", sys.bootTime());
    const result = runStages(
      stages,
      sys,
      { platform: "linux", features: facts.features, args: start.args, root },
      start.environment,
      log.emit,
    );
    result.trace = log.openTrace();
    sys.write(handover, encodeHandover(result));
    log.mark("handover", sys.bootTime());
    log.close();
  } catch (error) {
    log.close();
    if (!(error instanceof BootFailure)) throw error;
    sys.exit(setupFailed);
  }
  sys.exit(0);
}

function main(): void {
  const [startPath = "", shim = "", factsText = "{}", tool = ""] = Deno.args;
  const facts: BuildFacts = JSON.parse(factsText);
  const start = readStartRecord(Deno.readFileSync(startPath));
  if (start.pid === 1) boot(start, facts, new LinuxSys(shim));
  // A text of its own, so that no boot has to parse it.
  new Function(Deno.readTextFileSync(tool))();
}

try {
  main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  Deno.stderr.writeSync(encodeBytes(`krun-init: ${message}\n`));
  Deno.exit(setupFailed);
}
