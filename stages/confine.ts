import { encodeBytes } from "../ffi/bytes.ts";
import { MountFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import { isErrno } from "../ffi/sys_error.ts";
import { honoured } from "./oci.ts";
import { remountReadOnly } from "./remount.ts";
import type { Stage } from "./stage.ts";

const { readonly, nosuid, nodev, noexec, bind, recursive } = MountFlag;

/**
 * Confines the workload as its config says, where that is asked for. It comes
 * last of all that changes the root, which is read-only then.
 */
export const confine: Stage = {
  name: "confine",
  summary: "Confine the workload",
  gates: { platforms: ["linux"] },
  policy: "fatal",
  run(context) {
    if (honoured(context) !== "all") return;
    const { sys, config, handover, warn } = context;
    const confinement = config.confinement ?? {};
    handover.capabilities = confinement.capabilities;
    handover.oomScoreAdj = confinement.oomScoreAdj;
    handover.ioPriority = confinement.ioPriority;
    handover.scheduler = confinement.scheduler;
    for (const [name, value] of confinement.sysctl ?? []) {
      try {
        sys.writeFile(sysctlPath(name), encodeBytes(value));
      } catch (error) {
        warn(error, `going on without ${name}`);
      }
    }
    for (const path of confinement.maskedPaths ?? []) mask(sys, path);
    for (const path of confinement.readonlyPaths ?? []) makeReadOnly(sys, path);
    if (confinement.readonlyRoot) {
      remountReadOnly(sys, "/");
    }
  },
};

/** As runc has it: dots are slashes (sysctl(8)). */
function sysctlPath(name: string): string {
  return `/proc/sys/${name.replaceAll(".", "/")}`;
}

/** Files are empty then, and directories; what is not there needs no mask. */
function mask(sys: Sys, path: string): void {
  try {
    sys.mount("/dev/null", path, null, bind, null);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    if (!isErrno(error, "ENOTDIR")) throw error;
    const flags = readonly | nosuid | nodev | noexec;
    sys.mount("tmpfs", path, "tmpfs", flags, null);
  }
}

function makeReadOnly(sys: Sys, path: string): void {
  try {
    sys.mount(path, path, null, bind | recursive, null);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  remountReadOnly(sys, path);
}
