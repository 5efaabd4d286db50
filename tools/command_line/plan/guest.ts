/**
 * The guest of a plan: what the stages find when they look, as in a guest of
 * libkrun's. It answers the recording Sys.
 */

import { describe } from "../../../ffi/describe.ts";
import { describeFreebsd } from "../../../ffi/freebsd/describe.ts";
import {
  attributeNames,
  FIRST_PID_NAMESPACE,
  flagNames,
  MountFlag,
} from "../../../ffi/linux/constants.ts";
import type { RecordingOptions } from "../../../ffi/recording_sys.ts";
import { SysError } from "../../../ffi/sys_error.ts";
import type { Platform } from "../../../stages/platform.ts";
import {
  contentOf,
  type Entry,
  type Look,
  type Mount,
  Refusal,
  Tree,
} from "./file_system.ts";

/** What is given of a guest. */
export interface GuestOptions {
  readonly platform: Platform;
  /** The kernel's command line. */
  readonly cmdline: string;
  /** The value of a variable that the kernel was given. */
  variable(name: string): string | undefined;
  /** The block device that it has, if any. */
  readonly device: string | undefined;
  /** What the first root holds; undefined: what most roots do. */
  readonly root: Look | undefined;
  /** The config file and its path. */
  readonly config: { path: string; bytes: Uint8Array } | undefined;
}

type Answers = NonNullable<RecordingOptions["answers"]>;

/** A guest that a boot can be planned in. */
export interface Guest {
  readonly answers: Answers;
  /** What was written as the hand-over record; undefined before. */
  record(): Uint8Array | undefined;
  /** What is mounted in the root as it is now. */
  mounts(): readonly Mount[];
}

/** The descriptors that the launcher gives. */
export const descriptors = { root: 3, handover: 5 };

const firstFree = 10;
const nanosecondsPerMs = 1e6;

/** The root and the devices as a platform has them, and libkrun's network devices. */
const platforms = {
  linux: {
    root: "virtiofs",
    devices: "devtmpfs",
    interfaces: ["lo", "eth0", "dummy0"],
  },
  freebsd: { root: "ufs", devices: "devfs", interfaces: ["lo0", "vtnet0"] },
} as const;

/** libkrun's first MAC address. */
const hardwareAddress = [0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xee];

/** The ports that a workload without a terminal gets. */
const ports = ["krun-stdin", "krun-stdout", "krun-stderr"];

/** The directories of most roots (hier(7)). */
const usualRoot = contentOf({}, {}, [
  ...["/bin", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sbin"],
  ...["/sys", "/tmp", "/usr", "/var"],
]);

const sysfs = contentOf(
  Object.fromEntries(
    ports.map((name, n) => [
      `/class/virtio-ports/vport0p${n}/name`,
      `${name}\n`,
    ]),
  ),
  {},
  ["/fs/cgroup"],
);

const directory: Entry = { list: () => [] };

/** Makes a guest that has just been started. */
export function planGuest(options: GuestOptions): Guest {
  const contents = kernelContents(options, () => mountInfo(root));
  const make = (
    type: string,
    source: string | null,
    target: string,
    options: string,
  ): Mount => ({
    ...{ type, source, target, options, changes: new Map() },
    content: contents[type] ?? contentOf({}),
  });
  const place = platforms[options.platform];
  const isAssumed = options.root === undefined;
  const first = new Tree({
    ...make(place.root, "/dev/root", "/", "rw"),
    content: options.root ?? usualRoot,
  });
  const disk = configDisk(options);
  if (options.config !== undefined && disk === undefined) {
    const { path, bytes } = options.config;
    first.change(absolute(path), { read: () => bytes });
  }
  // FreeBSD does so itself, and libkrun's Linux is built with DEVTMPFS_MOUNT.
  if (first.look("/dev") !== undefined) {
    first.mounts.push(make(place.devices, place.devices, "/dev", "rw"));
  }
  const trees = new Map([[descriptors.root, first]]);
  let root = first;
  let cwd = first;
  let now = 0;
  let next = firstFree;
  let record: Uint8Array | undefined;

  const open = (): number => next++;
  /** An unknown root is taken to have what it is asked for. */
  const resolve = (path: string, last = true, tree = root): string => {
    const where = path.startsWith("/") ? tree : cwd;
    try {
      return where.resolve(path, last);
    } catch (error) {
      if (!isAssumed || !(error instanceof Refusal)) throw error;
      return absolute(path);
    }
  };
  const treeOf = (path: string): Tree => path.startsWith("/") ? root : cwd;
  const find = (path: string, last = true): Entry => {
    const entry = treeOf(path).look(resolve(path, last));
    if (entry === undefined) throw new Refusal("ENOENT");
    return entry;
  };
  const read = (entry: Entry | undefined): Uint8Array => {
    if (entry === undefined) throw new Refusal("ENOENT");
    if ("list" in entry) throw new Refusal("EISDIR");
    if (!("read" in entry)) throw new Refusal("ELOOP");
    return entry.read();
  };
  const add = (path: string, entry: Entry): void => {
    const target = resolve(path, false);
    if (treeOf(path).look(target) !== undefined) throw new Refusal("EEXIST");
    treeOf(path).change(target, entry);
  };
  const interfaceNumber = (name: string): number => {
    const index = (place.interfaces as readonly string[]).indexOf(name);
    if (index < 0) throw new Refusal("ENODEV");
    return index + 1;
  };
  const descriptorsTree = (descriptor: number): Tree => {
    const tree = trees.get(descriptor);
    if (tree === undefined) throw new Refusal("EBADF");
    return tree;
  };

  const answers: Answers = {
    kenv: options.variable,
    mkdir: (path) => add(path, directory),
    symlink: (target, path) => add(path, { link: target }),
    mount(source, target, type, flags) {
      if (type === null) return;
      const path = resolve(target);
      if (root.look(path) === undefined) throw new Refusal("ENOENT");
      const isThere = root.mounts.some((mount) =>
        mount.target === path && mount.type === type
      );
      if (isThere) throw new Refusal("EBUSY");
      const options = listOf(flagNames(flags), flags & MountFlag.readonly);
      root.mounts.push(make(type, source, path, options));
    },
    makeMount(type, source, own, attributes) {
      const descriptor = open();
      const options = [
        listOf(attributeNames(attributes), attributes & MountFlag.readonly),
        ...own.filter((option) => option !== "ro" && option !== "rw"),
      ].join(",");
      const mount = make(type, source, "/", options);
      const isDisk = contents[type] === undefined && source !== null &&
        source.startsWith("/");
      trees.set(
        descriptor,
        new Tree(isDisk ? { ...mount, content: usualRoot } : mount),
      );
      return descriptor;
    },
    placeMount(descriptor, target) {
      const [mount] = descriptorsTree(descriptor).mounts;
      const path = resolve(target);
      if (root.look(path) === undefined) throw new Refusal("ENOENT");
      if (mount) root.mounts.push({ ...mount, target: path });
    },
    nmount({ fstype = "", fspath = "", from = "" }) {
      if (disk === undefined) throw new Refusal("ENOENT");
      const mount = make(fstype, from, resolve(fspath), "ro");
      root.mounts.push({ ...mount, content: disk });
    },
    unmount(path) {
      const target = resolve(path);
      const at = root.mounts.findLastIndex((mount) => mount.target === target);
      if (at < 0) throw new Refusal("EINVAL");
      root.mounts.splice(at, 1);
    },
    isMountPoint: (path) => root.isMountPoint(resolve(path)),
    chmod: (path) => void find(path),
    readLink(path) {
      const entry = find(path, false);
      if (!("link" in entry)) throw new Refusal("EINVAL");
      return entry.link;
    },
    readFile: (path) => read(find(path)),
    readFileIn(descriptor, path) {
      const tree = descriptorsTree(descriptor);
      return read(tree.look(tree.resolve(absolute(path))));
    },
    readDirectory(path) {
      const entry = find(path);
      if (!("list" in entry)) throw new Refusal("ENOTDIR");
      return [...entry.list()];
    },
    open(path) {
      find(path);
      return open();
    },
    writeFile(path, bytes) {
      treeOf(path).change(resolve(path), { read: () => bytes });
    },
    rename(from, to) {
      const entry = find(from, false);
      treeOf(to).change(resolve(to, false), entry);
      treeOf(from).change(resolve(from, false), undefined);
    },
    unlink(path) {
      find(path, false);
      treeOf(path).change(resolve(path, false), undefined);
    },
    chdir(path) {
      const entry = root.look(resolve(path));
      if (entry === undefined && !isAssumed) throw new Refusal("ENOENT");
      if (entry !== undefined && !("list" in entry)) {
        throw new Refusal("ENOTDIR");
      }
      cwd = root;
    },
    fchdir(descriptor) {
      cwd = descriptorsTree(descriptor);
    },
    chroot() {
      root = cwd;
    },
    interfaceUp: (name) => void interfaceNumber(name),
    interfaceIndex: interfaceNumber,
    hardwareAddress: () => new Uint8Array(hardwareAddress),
    openAppending: open,
    openUdp: open,
    openVsock: open,
    receive(_socket, _size, timeout) {
      now += timeout * nanosecondsPerMs;
      return undefined;
    },
    sleep(milliseconds) {
      now += milliseconds * nanosecondsPerMs;
    },
    bootTime: () => now,
    write(descriptor, bytes) {
      if (descriptor === descriptors.handover) record = bytes;
    },
  };
  return {
    answers: refusing(answers),
    record: () => record,
    mounts: () => root.mounts,
  };
}

/** The disk with the config file, where there is one (FreeBSD). */
function configDisk(
  { platform, config, variable }: GuestOptions,
): Look | undefined {
  const isNamed = variable("KRUN_CONFIG") !== undefined;
  if (platform !== "freebsd" || config === undefined || isNamed) {
    return undefined;
  }
  const file: Entry = { read: () => config.bytes };
  const entries = new Map([["/", directory], ["/krun_config.json", file]]);
  return (path) => entries.get(path);
}

/** One for each disk: a plan is made of many runs. */
const deviceContents = new Map<string | undefined, Look>();

function deviceContent(disk: string | undefined): Look {
  const known = deviceContents.get(disk);
  if (known !== undefined) return known;
  const nodes = ["/null", "/zero", "/console", "/vda"];
  const named = ports.map((_, n) => `/vport0p${n}`);
  const disks = disk?.startsWith("/dev/") ? [disk.slice("/dev".length)] : [];
  const content = contentOf(
    Object.fromEntries(
      [...nodes, ...named, ...disks].map((path) => [path, ""]),
    ),
  );
  deviceContents.set(disk, content);
  return content;
}

/** What the kernel's own file systems hold, by their types. */
function kernelContents(
  { cmdline, device }: GuestOptions,
  mountInfo: () => string,
): Readonly<Record<string, Look>> {
  const devices = deviceContent(device);
  return {
    devtmpfs: devices,
    devfs: devices,
    proc: contentOf(
      {
        "/cmdline": `${cmdline}\n`,
        "/filesystems": "nodev\tproc\nnodev\tvirtiofs\n\text4\n",
        "/self/mountinfo": mountInfo,
      },
      { "/self/ns/pid": FIRST_PID_NAMESPACE },
      ["/self/fd"],
    ),
    sysfs,
  };
}

/** /proc/self/mountinfo (proc_pid_mountinfo(5)). */
function mountInfo({ mounts }: Tree): string {
  return mounts.map(({ source, target, type, options }, n) => {
    const point = target.replaceAll("\\", "\\134").replaceAll(" ", "\\040");
    return `${n + 21} 1 0:${n + 20} / ${point} ${options} - ${type} ${
      source ?? "none"
    } rw\n`;
  }).join("");
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** Flags as a list of mount options. */
function listOf(names: string, isReadOnly: number): string {
  const others = names.split("|").filter((name) =>
    name !== "0" && name !== "readonly"
  );
  return [isReadOnly ? "ro" : "rw", ...others].join(",");
}

const texts = { ...describe, ...describeFreebsd };

/** Turns refusals into what a system would throw. */
function refusing(answers: Answers): Answers {
  return Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (...args: unknown[]) => {
        try {
          return (answer as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          const text = texts[name as keyof typeof texts] as (
            ...args: unknown[]
          ) => string;
          throw new SysError(text(...args), error.errno);
        }
      },
    ]),
  );
}
