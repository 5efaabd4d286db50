import { decodeBytes, encodeBytes } from "../ffi/bytes.ts";
import { MountAttribute, MountFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import { isErrno } from "../ffi/sys_error.ts";
import { findDevice } from "./find_device.ts";
import type { ConfigMount } from "./formats/guest_config.ts";
import { mountPoints } from "./formats/mount_info.ts";
import {
  type MountOptions,
  parseMountOptions,
} from "./formats/mount_options.ts";
import { namesOf } from "./formats/path_names.ts";
import {
  diskTypes,
  isBind,
  isTmpfs,
  isVolume,
  readOnlyDisks,
} from "./formats/volume_kinds.ts";
import { makeDirectory } from "./make_directory.ts";
import { honoured } from "./oci.ts";
import { flagsOf, remount } from "./remount.ts";
import type { BootContext, Stage } from "./stage.ts";
import { mountTmpfs } from "./tmpfs.ts";

/** An entry of the config that is for the guest to mount. */
interface Volume extends ConfigMount {
  /** As the list of mounts has it, but for symbolic links. */
  readonly destination: string;
  readonly parsed: MountOptions;
}

/** Mounts one kind of volume at a path that is there. */
type Mounter = (context: BootContext, volume: Volume, path: string) => void;

/**
 * Mounts what of the config's entries can only be meant for the guest. What
 * every guest has, and what was the host's to mount, is passed over. A volume
 * that can't be mounted ends the boot unless it says `nofail`: data must not
 * go to the wrong place. A tmpfs has nothing to lose.
 */
export const volumes: Stage = {
  name: "volumes",
  summary: "Mount the config's file systems",
  gates: { platforms: ["linux"] },
  policy: "fatal",
  run(context) {
    const wanted = parentsFirst(
      context.config.mounts.map(normalized)
        .filter((volume) => isTmpfs(volume) || mounterOf(context, volume)),
    );
    if (wanted.length === 0) return;
    const mounted = readMountPoints(context);
    for (const volume of wanted) {
      if (isTmpfs(volume)) {
        const { destination, options = [] } = volume;
        mountTmpfs(context, destination, options, mounted);
      } else {
        mountVolume(context, volume, mounted);
      }
    }
  },
};

function normalized(mount: ConfigMount): Volume {
  const names = namesOf(mount.destination);
  const options = mount.options?.join(",") ?? "";
  return {
    ...mount,
    destination: `/${names.join("/")}`,
    parsed: parseMountOptions(options),
  };
}

/** The listed order, but for what lies in another volume that comes later. */
function parentsFirst(list: readonly Volume[]): Volume[] {
  const ordered = new Set<Volume>();
  for (const volume of list) {
    const parents = list.filter(({ destination }) =>
      volume.destination.startsWith(`${destination}/`)
    );
    parents.sort((a, b) => a.destination.length - b.destination.length)
      .forEach((parent) => ordered.add(parent));
    ordered.add(volume);
  }
  return [...ordered];
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

/** Undefined for what cannot be meant for the guest, by its words alone. */
function mounterOf(context: BootContext, volume: Volume): Mounter | undefined {
  if (!isVolume(volume)) return undefined;
  if (!isBind(volume)) return mounters.get(volume.type ?? "");
  return honoured(context) === "all" ? mountBind : undefined;
}

/** What the host's runtime has mounted already comes from its own paths. */
function isHosts(sys: Sys, volume: Volume): boolean {
  if (isBind(volume)) return !isThere(sys, volume.source ?? "");
  return volume.type === "overlay" && !hasLayers(sys, volume.parsed);
}

function mountVolume(
  context: BootContext,
  volume: Volume,
  mounted: Set<string>,
): void {
  const { sys, warn } = context;
  const { destination, parsed } = volume;
  try {
    if (isHosts(sys, volume)) return;
    const isFile = isBind(volume) && !isDirectory(sys, volume.source ?? "");
    const path = isFile
      ? makeFile(sys, destination)
      : makeDirectory(sys, destination).path;
    // A guest has one of each, wherever it has been mounted.
    if (volume.type === "mqueue" && mounted.has(path)) return;
    mounterOf(context, volume)?.(context, volume, path);
    mounted.add(path);
    for (const flags of parsed.propagation) {
      sys.mount(null, path, null, flags, null);
    }
  } catch (error) {
    const isOptional = parsed.nofail || volume.type === "mqueue";
    if (!isOptional) throw failure(destination, error);
    // Kernels without the queues do without; no container asks for them.
    if (volume.type !== "mqueue") {
      warn(error, `going on without ${destination}`);
    }
  }
}

function failure(destination: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`${destination}: ${reason}`, { cause: error });
}

function place(
  sys: Sys,
  path: string,
  type: string,
  source: string | null,
  options: readonly string[],
  attributes: number,
): void {
  if (options.some(isLong)) {
    const own = options.filter((option) => option !== "ro" && option !== "rw");
    const data = own.join(",");
    if (encodeBytes(data).length > longestData) {
      throw new Error(`The options have more than ${longestData} bytes`);
    }
    sys.mount(source, path, type, flagsOf(attributes), data);
    return;
  }
  const made = sys.makeMount(type, source, options, attributes);
  try {
    sys.placeMount(made, path);
  } finally {
    sys.close(made);
  }
}

/** In bytes, of a value: what fsconfig(2) takes. */
const longestValue = 255;
/** In bytes, of all: what mount(2) takes before it cuts the rest off. */
const longestData = 4095;

/** True for what an overlay of many layers has, and what fsconfig(2) refuses. */
function isLong(option: string): boolean {
  const value = option.slice(option.indexOf("=") + 1);
  return encodeBytes(value).length > longestValue;
}

const mountPlain: Mounter = ({ sys }, volume, path) => {
  const { type = "", source = null, parsed } = volume;
  place(sys, path, type, source, parsed.options, parsed.attributes);
};

/** The defaults are those of the devices that hosts give their guests. */
const mount9p: Mounter = ({ sys }, { source = null, parsed }, path) => {
  const has = (name: string): boolean =>
    parsed.options.some((option) => option.startsWith(`${name}=`));
  const options = [
    ...parsed.options,
    ...has("trans") ? [] : ["trans=virtio"],
    ...has("version") ? [] : ["version=9p2000.L"],
  ];
  place(sys, path, "9p", source, options, parsed.attributes);
};

const mountQueues: Mounter = ({ sys }, { parsed }, path) => {
  place(sys, path, "mqueue", "mqueue", parsed.options, parsed.attributes);
};

const mountDisk: Mounter = ({ sys }, volume, path) => {
  const { type = "", source = "", parsed } = volume;
  const device = findDevice(sys, source);
  const isReadOnly = readOnlyDisks.includes(type);
  const options = isReadOnly && !parsed.options.includes("ro")
    ? [...parsed.options, "ro"]
    : parsed.options;
  const attributes = isReadOnly
    ? parsed.attributes | MountAttribute.readonly
    : parsed.attributes;
  place(sys, path, type, device, options, attributes);
};

/** The layers that an overlay is made of (Documentation/filesystems/overlayfs.rst). */
function layersOf({ options }: MountOptions): {
  lower: readonly string[];
  upper: readonly string[];
} {
  const value = (name: string): string | undefined =>
    options.findLast((option) => option.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  return {
    lower: value("lowerdir")?.split(":").filter((path) => path !== "") ?? [],
    upper: [value("upperdir"), value("workdir")]
      .filter((path) => path !== undefined),
  };
}

/** Layers that are not in the guest are in the host. */
function hasLayers(sys: Sys, parsed: MountOptions): boolean {
  const { lower, upper } = layersOf(parsed);
  return [...lower, ...upper].some((path) =>
    path.startsWith("/") && isThere(sys, path)
  );
}

const mountOverlay: Mounter = ({ sys }, { source = null, parsed }, path) => {
  for (const layer of layersOf(parsed).upper) makeDirectory(sys, layer);
  place(sys, path, "overlay", source, parsed.options, parsed.attributes);
};

/** Options that a bind understands beside those for any mount. */
const bindWords = ["bind", "rbind", "ro", "rw"];

const mountBind: Mounter = (context, volume, path) => {
  const { sys, warn } = context;
  const { source = "", type, options = [], parsed, destination } = volume;
  const isDeep = type === "rbind" || options.includes("rbind");
  const deep = isDeep ? MountFlag.recursive : 0;
  sys.mount(source, path, null, MountFlag.bind | deep, null);
  for (const option of parsed.options) {
    if (bindWords.includes(option)) continue;
    warn(`${destination}: ${option} is no option of a bind (ignored)`);
  }
  change(context, path, options);
  if (!isDeep || parsed.deep.length === 0) return;
  for (const point of readMountPoints(context)) {
    if (!point.startsWith(`${path}/`)) continue;
    try {
      change(context, point, parsed.deep);
    } catch (error) {
      // The list has mounts that others cover: there the path leads elsewhere.
      if (!isErrno(error, "ENOENT", "ENOTDIR", "EINVAL")) throw error;
    }
  }
};

/** Has a mount allow what options say; else as it is. */
function change(
  { sys, warn }: BootContext,
  path: string,
  options: readonly string[],
): void {
  const text = options.join(",");
  const set = parseMountOptions(text).attributes;
  const keep = parseMountOptions(text, -1).attributes;
  try {
    remount(sys, path, set, keep);
  } catch (error) {
    // In a user namespace, what the host's mount does not allow stays so.
    if (!isErrno(error, "EPERM")) throw error;
    warn(error, "going on with no more than its source allows");
    remount(sys, path, set, -1);
  }
}

const mounters = new Map<string, Mounter>([
  ["virtiofs", mountPlain],
  ["9p", mount9p],
  ["hugetlbfs", mountPlain],
  ["mqueue", mountQueues],
  ["overlay", mountOverlay],
  ...diskTypes.map((type): [string, Mounter] => [type, mountDisk]),
]);

function isThere(sys: Sys, path: string): boolean {
  try {
    sys.lstat(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** Of a symbolic link, what it leads to. */
function isDirectory(sys: Sys, path: string): boolean {
  try {
    sys.readDirectory(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOTDIR")) return false;
    throw error;
  }
}

/** Makes a file to be mounted on, where nothing is yet. */
function makeFile(sys: Sys, path: string): string {
  const end = path.lastIndexOf("/");
  const parent = makeDirectory(sys, path.slice(0, end)).path;
  const file = `${parent === "/" ? "" : parent}/${path.slice(end + 1)}`;
  if (!isThere(sys, file)) sys.writeFile(file, new Uint8Array());
  return file;
}
