import { MountFlag } from "../ffi/linux/constants.ts";
import { isErrno } from "../ffi/sys_error.ts";
import type { BootContext, Policy, Stage } from "./stage.ts";

const { nosuid, nodev, noexec, relatime } = MountFlag;

/** A row of the table of what every guest has. */
type Row =
  | { readonly directory: string }
  | {
    readonly mount: string;
    readonly type: string;
    readonly flags: number;
    readonly policy: Policy;
  }
  | { readonly link: string; readonly to: string };

const table: readonly Row[] = [
  { directory: "/dev" },
  { directory: "/proc" },
  { directory: "/sys" },
  // Not noexec: some programs map /dev/zero as executable memory.
  { mount: "/dev", type: "devtmpfs", flags: relatime, policy: "fatal" },
  {
    mount: "/proc",
    type: "proc",
    flags: nosuid | nodev | noexec | relatime,
    policy: "fatal",
  },
  {
    mount: "/sys",
    type: "sysfs",
    flags: nosuid | nodev | noexec | relatime,
    policy: "fatal",
  },
  // A kernel without control groups still runs most workloads.
  {
    mount: "/sys/fs/cgroup",
    type: "cgroup2",
    flags: nosuid | nodev | noexec | relatime,
    policy: "warn",
  },
  { directory: "/dev/pts" },
  { directory: "/dev/shm" },
  // Devices live here, hence without nodev.
  {
    mount: "/dev/pts",
    type: "devpts",
    flags: nosuid | noexec | relatime,
    policy: "warn",
  },
  {
    mount: "/dev/shm",
    type: "tmpfs",
    flags: nosuid | noexec | relatime,
    policy: "warn",
  },
  { link: "/dev/fd", to: "/proc/self/fd" },
  { link: "/dev/stdin", to: "/proc/self/fd/0" },
  { link: "/dev/stdout", to: "/proc/self/fd/1" },
  { link: "/dev/stderr", to: "/proc/self/fd/2" },
];

/** Mounts what every workload expects below /dev, /proc and /sys. */
export const mounts: Stage = {
  name: "mounts",
  summary: "Mount /dev, /proc, /sys and what belongs in them",
  gates: { platforms: ["linux"] },
  policy: "fatal",
  run(context) {
    for (const row of table) {
      if ("directory" in row) makeDirectory(context, row.directory);
      else if ("link" in row) makeLink(context, row.link, row.to);
      else mount(context, row.mount, row.type, row.flags, row.policy);
    }
  },
};

/** A directory that is missing and can't be made fails where it is used. */
function makeDirectory({ sys, warn }: BootContext, path: string): void {
  try {
    sys.mkdir(path, 0o755);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) warn(error, `taking ${path} to be there`);
  }
}

function makeLink({ sys, warn }: BootContext, path: string, to: string): void {
  try {
    sys.symlink(to, path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) warn(error, `going on without ${path}`);
  }
}

function mount(
  { sys, warn }: BootContext,
  target: string,
  type: string,
  flags: number,
  policy: Policy,
): void {
  try {
    sys.mount(type, target, type, flags, null);
  } catch (error) {
    if (isMounted(error)) return;
    if (policy === "fatal") throw error;
    warn(error, `going on without ${target}`);
  }

  /** Whoever came first, such as a kernel with DEVTMPFS_MOUNT, did the work. */
  function isMounted(error: unknown): boolean {
    if (isErrno(error, "EBUSY")) return true;
    try {
      return sys.isMountPoint(target);
    } catch {
      return false;
    }
  }
}
