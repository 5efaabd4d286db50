import { decodeBytes } from "../ffi/bytes.ts";
import { MountAttribute } from "../ffi/linux/constants.ts";
import { isErrno } from "../ffi/sys_error.ts";
import type { ConfigMount } from "./formats/guest_config.ts";
import { mountPoints } from "./formats/mount_info.ts";
import { parseMountOptions } from "./formats/mount_options.ts";
import type { BootContext, Stage } from "./stage.ts";

/** What a tmpfs has unless its options say exec, suid or dev. */
const careful = MountAttribute.nosuid | MountAttribute.nodev |
  MountAttribute.noexec;

/** tmpfs' own options (tmpfs(5)); others, such as `tmpcopyup`, are not its. */
const ownOptions = ["size", "mode", "nr_inodes", "uid", "gid", "ro", "rw"];

/** Mounts the tmpfs file systems that the config asks for. */
export const tmpfs: Stage = {
  name: "tmpfs",
  summary: "Mount the config's tmpfs file systems",
  gates: { platforms: ["linux"] },
  policy: "warn",
  run(context) {
    const wanted = new Map<string, ConfigMount>();
    for (const mount of context.config.mounts) {
      const isTmpfs = mount.type === "tmpfs" && mount.source === "tmpfs";
      const path = normalize(mount.destination);
      if (isTmpfs && !wanted.has(path)) wanted.set(path, mount);
    }
    if (wanted.size === 0) return;
    const mounted = readMountPoints(context);
    for (const path of [...wanted.keys()].sort(byDepth)) {
      if (mounted.has(path)) continue;
      mount(context, path, wanted.get(path)?.options ?? []);
    }
  },
};

/** The form that paths have in the list of mounts: `/a/b`. */
function normalize(path: string): string {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return `/${names.join("/")}`;
}

/**
 * The list instead of a look at each path: that look could trigger an
 * automount.
 */
function readMountPoints({ sys, warn }: BootContext): Set<string> {
  try {
    return mountPoints(decodeBytes(sys.readFile("/proc/self/mountinfo")));
  } catch (error) {
    warn(error, "taking nothing as mounted");
    return new Set();
  }
}

function mount(
  { sys, warn }: BootContext,
  path: string,
  given: readonly string[],
): void {
  const parsed = parseMountOptions(given.join(","), careful);
  const options = parsed.options.filter((option) => {
    const isOwn = ownOptions.includes(option.replace(/=.*/s, ""));
    if (!isOwn) warn(`${path}: ${option} is no option of tmpfs (ignored)`);
    return isOwn;
  });
  try {
    makeDirectories(sys, path);
    const made = sys.makeMount("tmpfs", "tmpfs", options, parsed.attributes);
    try {
      sys.placeMount(made, path);
    } finally {
      sys.close(made);
    }
  } catch (error) {
    warn(error, `going on without ${path}`);
  }
}

function makeDirectories(sys: BootContext["sys"], path: string): void {
  const names = path.split("/").filter((name) => name !== "");
  for (let count = 1; count <= names.length; count++) {
    try {
      sys.mkdir(`/${names.slice(0, count).join("/")}`, 0o755);
    } catch (error) {
      // What is read-only may still have the directory, or the mount fails.
      if (!isErrno(error, "EEXIST", "EROFS", "ENOSYS")) throw error;
    }
  }
}

/** Parents before what lies in them. */
function byDepth(a: string, b: string): number {
  return a.split("/").length - b.split("/").length;
}
