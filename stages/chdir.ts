import { isErrno } from "../ffi/sys_error.ts";
import { makeDirectory } from "./make_directory.ts";
import type { Stage } from "./stage.ts";

/** Settles the workload's working directory. */
export const chdir: Stage = {
  name: "chdir",
  summary: "Enter the working directory",
  gates: {},
  policy: "fatal",
  run({ sys, environment, config, handover }) {
    // Empty counts as unset: it is what Docker writes for no directory.
    const named = environment.get("KRUN_WORKDIR") || undefined;
    const directory = named ?? config.cwd;
    if (directory === undefined) return;
    // The workload's own child enters it, and does so from wherever we are, so
    // the path must be absolute; what can't be entered shows here.
    const path = directory.startsWith("/") ? directory : `/${directory}`;
    try {
      sys.chdir(path);
    } catch (error) {
      // Container runtimes make it; what the host names has to be there.
      if (named !== undefined || !isErrno(error, "ENOENT")) throw error;
      makeDirectory(sys, path);
      sys.chdir(path);
    }
    handover.cwd = path;
  },
};
