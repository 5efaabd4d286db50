/**
 * The guest of a plan: what the stages find when they look, as in a guest of
 * libkrun's. It answers the recording Sys.
 */

import {
  attributeNames,
  FileType,
  flagNames,
  MountAttribute,
  MountFlag,
} from "../../../ffi/linux/constants.ts";
import { type RecordingOptions, Refusal } from "../../../ffi/recording_sys.ts";
import type { FileStatus } from "../../../ffi/sys.ts";
import { firstNamespaces } from "../../../stages/first_namespace.ts";
import type { Platform } from "../../../stages/platform.ts";
import { assumedDisks } from "./assumed_disks.ts";
import {
  contentOf,
  type Entry,
  type Look,
  type Mount,
  Tree,
} from "./file_system.ts";
import { isRefusedByTmpfs } from "./tmpfs_options.ts";
import { usualRoot } from "./usual_root.ts";

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
  /** True where the root as it is now is one that was given. */
  knowsRoot(): boolean;
  /**
   * Gives what stands at an absolute path.
   *
   * @throws Refusal where nothing does
   */
  find(path: string): Entry;
  /** Another guest, in the state of this one. */
  fork(): Guest;
}

/** What a boot changes of a guest. */
interface State {
  /** By the descriptors that stand for them. */
  readonly trees: Map<number, Tree>;
  root: Tree;
  /** The tree of the working directory, which is always its root. */
  cwd: Tree;
  /** In nanoseconds. */
  now: number;
  /** The next descriptor. */
  next: number;
  record: Uint8Array | undefined;
}

/** The descriptors that the launcher gives. */
export const descriptors = { root: 3, handover: 5 };

const firstFree = 10;
const nanosecondsPerMs = 1e6;

/** Type and flags of Linux' network interfaces, in the order of their numbers. */
const links = {
  lo: ["772", "0x8"],
  eth0: ["1", "0x1002"],
  dummy0: ["1", "0x82"],
};

/** The root and the devices as a platform has them, and libkrun's network devices. */
const platforms = {
  linux: {
    root: "virtiofs",
    devices: "devtmpfs",
    interfaces: Object.keys(links),
  },
  freebsd: { root: "ufs", devices: "devfs", interfaces: ["lo0", "vtnet0"] },
} as const;

/** libkrun's first MAC address. */
const hardwareAddress = [0x5a, 0x94, 0xef, 0xe4, 0x0c, 0xee];

/** The ports that a workload without a terminal gets. */
const ports = ["krun-stdin", "krun-stdout", "krun-stderr"];

const sysfs = contentOf(
  {
    "/class/tty/console/active": "hvc0\n",
    ...Object.fromEntries(
      Object.entries(links).flatMap(([name, [type, flags]], n) => [
        [`/class/net/${name}/type`, `${type}\n`],
        [`/class/net/${name}/flags`, `${flags}\n`],
        [`/class/net/${name}/ifindex`, `${n + 1}\n`],
      ]),
    ),
    ...Object.fromEntries(
      ports.map((name, n) => [
        `/class/virtio-ports/vport0p${n}/name`,
        `${name}\n`,
      ]),
    ),
  },
  {},
  ["/fs/cgroup"],
);

const directory: Entry = { list: () => [] };

/** Makes a guest that has just been started. */
export function planGuest(options: GuestOptions): Guest {
  const place = platforms[options.platform];
  const usual = usualRoot(options.config?.bytes);
  const first = new Tree([{
    ...{ type: place.root, source: "/dev/root", target: "/", options: "rw" },
    content: options.root ?? usual,
    changes: new Map(),
  }]);
  if (options.config !== undefined && configDisk(options) === undefined) {
    const { path, bytes } = options.config;
    first.change(absolute(path), { read: () => bytes });
  }
  const guest = guestIn(options, kernelContents(options), usual, {
    trees: new Map([[descriptors.root, first]]),
    ...{ root: first, cwd: first },
    ...{ now: 0, next: firstFree, record: undefined },
  });
  // FreeBSD does so itself, and libkrun's Linux is built with DEVTMPFS_MOUNT.
  try {
    guest.answers.mount?.(place.devices, "/dev", place.devices, 0, null);
  } catch (error) {
    // A kernel that can't do it goes on, too.
    if (!(error instanceof Refusal)) throw error;
  }
  return guest;
}

/** A guest in some state, which is its own from now on. */
function guestIn(
  options: GuestOptions,
  contents: Contents,
  usual: Look,
  state: State,
): Guest {
  const disk = configDisk(options);
  const { root } = options;
  const isAssumed = root === undefined;
  const make = (
    type: string,
    source: string | null,
    target: string,
    options: string,
  ): Mount => ({
    ...{ type, source, target, options, changes: new Map() },
    content: contents[type] ?? contentOf({}),
  });

  const open = (): number => state.next++;
  const treeOf = (path: string): Tree =>
    path.startsWith("/") ? state.root : state.cwd;
  /** An unknown root is taken to have what it is asked for. */
  const resolve = (path: string, last = true): string => {
    try {
      return treeOf(path).resolve(path, last);
    } catch (error) {
      if (!isAssumed || !(error instanceof Refusal)) throw error;
      return absolute(path);
    }
  };
  const find = (path: string, last = true): Entry => {
    const entry = treeOf(path).look(resolve(path, last));
    if (entry === undefined) throw new Refusal("ENOENT");
    return entry;
  };
  const read = (entry: Entry | undefined): Uint8Array => {
    if (entry === undefined) throw new Refusal("ENOENT");
    if ("list" in entry) throw new Refusal("EISDIR");
    if (!("read" in entry)) throw new Refusal("ELOOP");
    return entry.read(state.root);
  };
  const add = (path: string, entry: Entry): void => {
    const target = resolve(path, false);
    if (treeOf(path).look(target) !== undefined) throw new Refusal("EEXIST");
    treeOf(path).change(target, entry);
  };
  const bind = (source: string, target: string, flags: number): void => {
    const tree = state.root;
    const place = tree.look(target);
    if (place === undefined) throw new Refusal("ENOENT");
    if ("list" in place && !("list" in find(source))) {
      throw new Refusal("ENOTDIR");
    }
    const start = resolve(source);
    const own = tree.mountOf(start).options.split(",")
      .filter((option) => option === "ro" || isKept(option));
    const deep = (flags & MountFlag.recursive) === 0 ? [] : ["recursive"];
    const options = [
      ...own.includes("ro") ? own : ["rw", ...own],
      ...["bind", ...deep],
    ];
    const mount = make("bind", source, target, options.join(","));
    // As it is now: it may have been made of itself, or of what lies around it.
    const before = new Tree([...tree.mounts]);
    const content: Look = (path) =>
      before.look(
        path === "/" ? start : `${start === "/" ? "" : start}${path}`,
      );
    tree.mounts.push({ ...mount, content });
  };
  /** Gives the mount at a path other flags. */
  const allow = (target: string, flags: number): void => {
    const { mounts } = state.root;
    const at = mounts.findLastIndex((mount) => mount.target === target);
    const mount = mounts[at];
    if (mount === undefined) throw new Refusal("EINVAL");
    const own = mount.options.split(",").filter((option) =>
      option !== "ro" && option !== "rw" && !isKept(option)
    );
    const { remount, bind } = MountFlag;
    const names = flagNames(flags & ~(remount | bind));
    const options = [listOf(names, flags & MountFlag.readonly), ...own];
    mounts[at] = { ...mount, options: options.join(",") };
  };
  const interfaceNumber = (name: string): number => {
    const { interfaces }: { interfaces: readonly string[] } =
      platforms[options.platform];
    const index = interfaces.indexOf(name);
    if (index < 0) throw new Refusal("ENODEV");
    return index + 1;
  };
  const descriptorsTree = (descriptor: number): Tree => {
    const tree = state.trees.get(descriptor);
    if (tree === undefined) throw new Refusal("EBADF");
    return tree;
  };

  const answers: Answers = {
    kenv: options.variable,
    mkdir: (path) => add(path, directory),
    symlink: (target, path) => add(path, { link: target }),
    mount(source, target, type, flags) {
      if (type === null) {
        const binds = (flags & MountFlag.bind) !== 0;
        if ((flags & MountFlag.remount) !== 0) allow(resolve(target), flags);
        else if (binds && source !== null) bind(source, resolve(target), flags);
        return;
      }
      const path = resolve(target);
      if (state.root.look(path) === undefined) throw new Refusal("ENOENT");
      const isThere = state.root.mounts.some((mount) =>
        mount.target === path && mount.type === type
      );
      if (isThere) throw new Refusal("EBUSY");
      const options = listOf(flagNames(flags), flags & MountFlag.readonly);
      state.root.mounts.push(make(type, source, path, options));
    },
    makeMount(type, source, own, attributes) {
      if (type === "tmpfs" && own.some(isRefusedByTmpfs)) {
        throw new Refusal("EINVAL");
      }
      const descriptor = open();
      const options = [
        listOf(attributeNames(attributes), attributes & MountFlag.readonly),
        ...own.filter((option) => option !== "ro" && option !== "rw"),
      ].join(",");
      const mount = make(type, source, "/", options);
      const isDisk = contents[type] === undefined && source !== null &&
        source.startsWith("/");
      state.trees.set(
        descriptor,
        new Tree([isDisk ? { ...mount, content: usual } : mount]),
      );
      return descriptor;
    },
    placeMount(descriptor, target) {
      const [mount] = descriptorsTree(descriptor).mounts;
      const path = resolve(target);
      if (state.root.look(path) === undefined) throw new Refusal("ENOENT");
      if (mount) state.root.mounts.push({ ...mount, target: path });
    },
    nmount({ fstype = "", fspath = "", from = "" }) {
      if (disk === undefined) throw new Refusal("ENOENT");
      const mount = make(fstype, from, resolve(fspath), "ro");
      state.root.mounts.push({ ...mount, content: disk });
    },
    unmount(path) {
      const target = resolve(path);
      const at = state.root.mounts.findLastIndex((mount) =>
        mount.target === target
      );
      if (at < 0) throw new Refusal("EINVAL");
      state.root.mounts.splice(at, 1);
    },
    isMountPoint: (path) => state.root.isMountPoint(resolve(path)),
    lstat: (path) => statusOf(find(path, false)),
    lchown: (path) => void find(path, false),
    mknod: (path) => add(path, { read: () => new Uint8Array() }),
    copyFile(from, to) {
      const bytes = read(find(from));
      treeOf(to).change(resolve(to), { read: () => bytes });
    },
    chmod: (path) => void find(path),
    mountFlags(path) {
      const { options } = state.root.mountOf(resolve(path));
      return options.split(",").reduce((flags, option) => {
        const name = option === "ro" ? "readonly" : option;
        return flags | (isKept(name) ? MountFlag[name] : 0);
      }, 0);
    },
    readLink(path) {
      const entry = find(path, false);
      if (!("link" in entry)) throw new Refusal("EINVAL");
      return entry.link;
    },
    readFile: (path) => read(find(path)),
    readHead: (path, size) => read(find(path)).subarray(0, size),
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
      // It is taken to have all parameters of the kernel's (sysctl(8)).
      if (path.startsWith("/proc/sys/")) return;
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
      const entry = state.root.look(resolve(path));
      if (entry === undefined && !isAssumed) throw new Refusal("ENOENT");
      if (entry !== undefined && !("list" in entry)) {
        throw new Refusal("ENOTDIR");
      }
      state.cwd = state.root;
    },
    fchdir(descriptor) {
      state.cwd = descriptorsTree(descriptor);
    },
    chroot() {
      state.root = state.cwd;
    },
    interfaceUp: (name) => void interfaceNumber(name),
    interfaceIndex: interfaceNumber,
    hardwareAddress: () => new Uint8Array(hardwareAddress),
    openAppending: open,
    openPacket: open,
    openVsock: open,
    receive(_socket, _size, timeout) {
      state.now += timeout * nanosecondsPerMs;
      return undefined;
    },
    sleep(milliseconds) {
      state.now += milliseconds * nanosecondsPerMs;
    },
    bootTime: () => state.now,
    write(descriptor, bytes) {
      if (descriptor === descriptors.handover) state.record = bytes;
    },
  };
  return {
    answers,
    record: () => state.record,
    mounts: () => state.root.mounts,
    knowsRoot: () =>
      !isAssumed &&
      state.root.mounts.findLast(({ target }) => target === "/")?.content ===
        root,
    find,
    fork: () => guestIn(options, contents, usual, copyOf(state)),
  };
}

/** What new ones are made with (umask(2)). */
function statusOf(entry: Entry): FileStatus {
  const mode = "list" in entry
    ? FileType.directory | 0o755
    : "link" in entry
    ? FileType.link | 0o777
    : FileType.regular | 0o644;
  return entry.status ?? { mode, uid: 0, gid: 0, device: 0 };
}

/** A state of its own; what is one tree, or one mount, is one again. */
function copyOf(state: State): State {
  const changes = once((old: Mount["changes"]) => new Map(old));
  const trees = once((old: Tree) =>
    new Tree(old.mounts.map((mount) => ({
      ...mount,
      changes: changes(mount.changes),
    })))
  );
  return {
    ...state,
    trees: new Map([...state.trees].map(([key, tree]) => [key, trees(tree)])),
    root: trees(state.root),
    cwd: trees(state.cwd),
  };
}

/** A function that gives the same for the same argument. */
function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
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

function deviceContent(disk: string | undefined): Look {
  const nodes = ["/null", "/zero", "/console", "/hvc0", "/vda"];
  const named = ports.map((_, n) => `/vport0p${n}`);
  const disks = disk?.startsWith("/dev/") ? [disk.slice("/dev".length)] : [];
  return contentOf(
    Object.fromEntries(
      [...nodes, ...named, ...disks].map((path) => [path, ""]),
    ),
  );
}

/** What file systems hold, by their types. */
type Contents = Readonly<Record<string, Look>>;

/** Files that container engines mask or make read-only. */
const masked = ["/kcore", "/keys", "/sysrq-trigger", "/timer_list"];

/** Of the kernel's own file systems. */
function kernelContents(
  { cmdline, device, config }: GuestOptions,
): Contents {
  const disks = assumedDisks(config?.bytes);
  const known = deviceContent(device);
  const devices: Look = (path) => known(path) ?? disks.devices.get(path);
  return {
    devtmpfs: devices,
    devfs: devices,
    proc: contentOf(
      {
        "/cmdline": `${cmdline}\n`,
        "/filesystems": "nodev\tproc\nnodev\tvirtiofs\n\text4\n",
        "/self/mountinfo": mountInfo,
        ...Object.fromEntries(masked.map((path) => [path, ""])),
      },
      Object.fromEntries(
        Object.entries(firstNamespaces).map(([kind, link]) => [
          `/self/ns/${kind}`,
          link,
        ]),
      ),
      ["/self/fd", "/bus", "/fs", "/irq", "/sys"],
    ),
    sysfs: (path) => disks.sysfs.get(path) ?? sysfs(path),
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

/** True for what a mount does not allow, or how it notes access times. */
function isKept(
  name: string,
): name is keyof typeof MountAttribute | "relatime" {
  return Object.hasOwn(MountAttribute, name) || name === "relatime";
}

/** Flags as a list of mount options. */
function listOf(names: string, isReadOnly: number): string {
  const others = names.split("|").filter((name) =>
    name !== "0" && name !== "readonly"
  );
  return [isReadOnly ? "ro" : "rw", ...others].join(",");
}
