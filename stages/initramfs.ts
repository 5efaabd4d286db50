import { RAMFS_MAGIC, TMPFS_MAGIC } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import { isErrno } from "../ffi/sys_error.ts";
import { teeFeatures } from "./features.ts";
import type { Stage } from "./stage.ts";

/** What an initramfs can be (Documentation/filesystems/ramfs-rootfs-initramfs.rst). */
const initramfsTypes: readonly number[] = [RAMFS_MAGIC, TMPFS_MAGIC];

/**
 * Gives the memory of the initramfs back, a hundred megabytes with this image
 * in it: the kernel's first root cannot be unmounted, so its files are removed,
 * as switch_root(8) does. Comes after `config`, which may be among them. The
 * image itself is gone when PID 1 becomes the supervisor and lets go of it.
 */
export const initramfs: Stage = {
  name: "initramfs",
  summary: "Give the memory of the initramfs back",
  gates: { platforms: ["linux"], features: teeFeatures },
  policy: "warn",
  run({ sys, root, warn }) {
    if (!initramfsTypes.includes(sys.fileSystemType(root))) {
      warn("The first root is no initramfs: it is left alone");
      return;
    }
    sys.fchdir(root);
    try {
      removeFiles(sys, ".");
    } finally {
      sys.chdir("/");
    }
  },
};

/**
 * Removes all files below a directory but those of other file systems. The
 * directories stay: they have next to no memory.
 */
function removeFiles(sys: Sys, directory: string): void {
  for (const name of sys.readDirectory(directory)) {
    const path = `${directory}/${name}`;
    // Also of a file, such as a device node that another is mounted on.
    if (sys.isMountPoint(path)) continue;
    try {
      sys.unlink(path);
    } catch (error) {
      if (!isErrno(error, "EISDIR")) throw error;
      removeFiles(sys, path);
    }
  }
}
