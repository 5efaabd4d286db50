/** The pipeline as a whole: from the kernel's root to the hand-over record. */

import type { Sys } from "../ffi/sys.ts";
import { bootLog } from "./boot_log.ts";
import { encodeHandover } from "./formats/handover_record.ts";
import type { StartRecord } from "./formats/start_record.ts";
import { BootFailure, type EventSink, runStages } from "./runner.ts";
import type { BootFacts, Stage } from "./stage.ts";

/** With this status PID 1 knows that the reason has been told. */
const setupFailed = 125;

/** What the build and the place decide of a boot. */
export type BootPlace = Pick<BootFacts, "platform" | "features">;

/**
 * Boots the guest; at the end PID 1 finds the hand-over record complete.
 *
 * @param observe gets every event that the log gets
 * @returns the pipeline's exit status
 * @throws Error when the start record is not that of a boot
 * @throws SysError when what stands around the stages fails
 */
export function boot(
  stages: readonly Stage[],
  start: StartRecord,
  place: BootPlace,
  sys: Sys,
  observe: EventSink = () => {},
): number {
  const { root, handover, args, environment } = start;
  if (root === undefined || handover === undefined) {
    throw new Error("The start record lacks the descriptors of a boot");
  }
  // Out of the runtime's tmpfs, back to the root that the kernel gave.
  sys.fchdir(root);
  sys.chroot(".");
  const log = bootLog(environment, sys);
  const emit: EventSink = (event) => {
    observe(event);
    log.emit(event);
  };
  try {
    log.mark("launcher", start.started);
    log.mark("runtime", start.runtime);
    log.mark("pipeline", log.now());
    const facts: BootFacts = { ...place, args, root };
    const result = runStages(stages, sys, facts, environment, emit, log.now);
    result.trace = log.openTrace();
    sys.write(handover, encodeHandover(result));
    log.mark("handover", log.now());
    log.close();
  } catch (error) {
    log.close();
    if (!(error instanceof BootFailure)) throw error;
    return setupFailed;
  }
  return 0;
}
