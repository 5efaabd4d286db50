import { MountFlag } from "../ffi/freebsd/constants.ts";
import { isErrno } from "../ffi/sys_error.ts";
import type { FreebsdContext, FreebsdStage } from "./stage.ts";
import { takeConfig } from "./take_config.ts";

const directory = "/mnt";
const path = `${directory}/krun_config.json`;
/** By its label: which disk it is depends on how many there are. */
const device = "/dev/iso9660/KRUN_CONFIG";

/** Reads the config file from the disk that libkrun makes for it. */
export const configIso: FreebsdStage = {
  name: "configIso",
  summary: "Read the config file from its disk",
  gates: { platforms: ["freebsd"], unset: "KRUN_CONFIG" },
  policy: "fatal",
  run(context) {
    const mounted = mount(context);
    try {
      takeConfig(context, path, (path) => context.sys.readFile(path));
    } finally {
      if (mounted) unmount(context);
    }
    // Then the root may have one.
    if (!context.hasConfig) delete context.hasConfig;
  },
};

/** A guest need not have the disk; somebody may have mounted it before. */
function mount({ sys, info, warn }: FreebsdContext): boolean {
  try {
    sys.mkdir(directory, 0o755);
  } catch (error) {
    // What is read-only may still have the directory, or the mount fails.
    if (!isErrno(error, "EEXIST", "EROFS")) {
      warn(error, `taking ${directory} to be there`);
    }
  }
  const parameters = { fstype: "cd9660", fspath: directory, from: device };
  try {
    sys.nmount(parameters, MountFlag.readonly);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) info(`No disk ${device}`);
    else warn(error, "going on without the disk");
    return false;
  }
}

function unmount({ sys, warn }: FreebsdContext): void {
  try {
    sys.unmount(directory);
  } catch (error) {
    warn(error);
  }
}
