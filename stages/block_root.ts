import { decodeBytes } from "../ffi/bytes.ts";
import { MountAttribute } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import { SysError } from "../ffi/sys_error.ts";
import { teeFeatures } from "./features.ts";
import { findDevice } from "./find_device.ts";
import {
  type MountOptions,
  parseMountOptions,
} from "./formats/mount_options.ts";
import type { BootContext, Stage } from "./stage.ts";

const { nosuid, noexec } = MountAttribute;

/** In /proc/filesystems like the others, but of no use without a daemon. */
const daemonTypes = ["fuseblk"];

/** The block device that is wanted as the root. */
interface WantedRoot {
  readonly device: string;
  /** Undefined: whatever file system of the kernel's fits. */
  readonly type: string | undefined;
  readonly options: MountOptions;
}

/**
 * Switches to a root on a block device. The mounts that it needs to get there
 * have no place in any tree, so the first root need not have a directory for
 * them, and `mounts` has all its work still to do in the new root.
 */
export const blockRoot: Stage = {
  name: "blockRoot",
  summary: "Make a block device the root",
  gates: {
    platforms: ["linux"],
    features: teeFeatures,
    variable: "KRUN_BLOCK_ROOT_DEVICE",
  },
  policy: "fatal",
  run(context) {
    const { sys, handover } = context;
    let current = context.root;
    for (const wanted of wantedRoots(context)) {
      const next = mountRoot(sys, current, wanted);
      sys.placeMount(next, "/");
      enter(sys, next);
      if (current !== context.root) sys.close(current);
      current = next;
    }
    handover.root = current;
  },
};

/** What libkrun's guests for a TEE have as their disk; it needs no asking. */
const teeRoot: WantedRoot = {
  device: "/dev/vda",
  type: "ext4",
  options: parseMountOptions(""),
};

/** One after the other: each is looked for in the root before it. */
function wantedRoots({ features, environment }: BootContext): WantedRoot[] {
  const roots: WantedRoot[] = [];
  if (features.some((name) => teeFeatures.includes(name))) roots.push(teeRoot);
  const device = environment.get("KRUN_BLOCK_ROOT_DEVICE");
  if (device === undefined) return roots;
  if (device === "") throw new Error("KRUN_BLOCK_ROOT_DEVICE names no device");
  const options = environment.get("KRUN_BLOCK_ROOT_OPTIONS") ?? "";
  roots.push({
    device,
    type: environment.get("KRUN_BLOCK_ROOT_FSTYPE") || undefined,
    options: parseMountOptions(options),
  });
  return roots;
}

/** Mounts a root that has no place yet; `current` is where things stand. */
function mountRoot(sys: Sys, current: number, wanted: WantedRoot): number {
  const types = wanted.type === undefined
    ? diskTypes(sys, current)
    : [wanted.type];
  return withDevices(sys, current, () => {
    findDevice(sys, wanted.device);
    return mountFirst(sys, types, wanted);
  });
}

/** Makes an open directory the root and the working directory. */
function enter(sys: Sys, directory: number): void {
  sys.fchdir(directory);
  sys.chroot(".");
}

/** Does something in a root where /dev has the kernel's devices. */
function withDevices<T>(sys: Sys, root: number, action: () => T): T {
  const devices = sys.makeMount("devtmpfs", null, [], nosuid | noexec);
  enter(sys, devices);
  // The file system shows the path of its device, so that has to be /dev/….
  sys.symlink(".", "/dev");
  try {
    return action();
  } finally {
    sys.unlink("/dev");
    enter(sys, root);
    sys.close(devices);
  }
}

/** The types that need a device, in the kernel's order (proc(5)). */
function diskTypes(sys: Sys, root: number): string[] {
  const proc = sys.makeMount("proc", null, [], nosuid | noexec);
  sys.fchdir(proc);
  const text = decodeBytes(sys.readFile("filesystems"));
  sys.fchdir(root);
  sys.close(proc);
  return text.split("\n")
    .filter((line) => line !== "" && !line.startsWith("nodev"))
    .map((line) => line.trim())
    .filter((type) => !daemonTypes.includes(type));
}

/** Mounts the device with the first type that fits. */
function mountFirst(
  sys: Sys,
  types: readonly string[],
  { device, options: { options, attributes } }: WantedRoot,
): number {
  const refusals: string[] = [];
  for (const type of types) {
    try {
      return sys.makeMount(type, device, options, attributes);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      refusals.push(`${type}: ${error.reason}`);
    }
  }
  throw new Error(`Cannot mount ${device} (${refusals.join("; ")})`);
}
