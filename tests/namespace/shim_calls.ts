/** What a boot asked of the kernel, as strace saw it. */

import { engineAddress } from "../../tools/engine.ts";

/** A call from the shim's text: its name, its arguments and what came of it. */
interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: string;
}

/** Calls that look, wait, or only concern the pipeline's own process. */
const harmless = new Set([
  ...["clock_gettime", "close", "exit_group", "fcntl", "fstatfs", "statfs"],
  ...["getdents64", "getrandom", "openat2", "ppoll", "read", "readlinkat"],
  ...["recvfrom", "setsockopt", "socket", "statx", "unshare"],
  // Of the engine's start.
  ...["arch_prctl", "madvise", "mmap", "pread64", "set_tid_address"],
]);

/** Names that strace has for bits, and those that plans have. */
const bits: Readonly<Record<string, string>> = {
  MS_REC: "recursive",
  MS_RDONLY: "readonly",
  MOUNT_ATTR_RDONLY: "readonly",
};

/**
 * Turns the output of `strace -f -i -s 4096` into the operations that change
 * something, as plans write them; see {@linkcode comparable}.
 *
 * @throws Error for a call that it does not know: no one may overlook it
 */
export function operationsOf(text: string): string[] {
  const operations: string[] = [];
  const contexts = new Map<string, string[]>();
  /** Descriptors of files that are written as a whole. */
  const files = new Set<string>();
  let interfaceName = "";
  for (const { name, args, result } of callsOf(text)) {
    const words = split(args);
    const word = (n: number): string => words[n] ?? "";
    const context = contexts.get(word(0)) ?? [];
    switch (name) {
      case "mkdirat":
        operations.push(`mkdir(${word(1)}, ${word(2)})`);
        break;
      case "mknodat":
        operations.push(`mknod(${words.slice(1).join(", ")})`);
        break;
      case "fchownat":
        operations.push(`lchown(${words.slice(1, 4).join(", ")})`);
        break;
      case "symlinkat":
        operations.push(`symlink(${word(0)}, ${word(2)})`);
        break;
      case "fchmodat":
        operations.push(`chmod(${word(1)}, ${word(2)})`);
        break;
      case "renameat":
        operations.push(`rename(${word(1)}, ${word(3)})`);
        break;
      case "unlinkat":
        operations.push(`unlink(${word(1)})`);
        break;
      case "chdir":
      case "chroot":
      case "fchdir":
        operations.push(`${name}(${args})`);
        break;
      case "sethostname":
        operations.push(`sethostname(${word(0)})`);
        break;
      case "mount": {
        const [source, target, type, flags] = words;
        operations.push(
          `mount(${source}, ${target}, ${type}, ${flagNames(flags)})`
            .replaceAll("NULL", "null"),
        );
        break;
      }
      case "fsopen":
        contexts.set(result, [word(0)]);
        // Where it fails there will be no mount.
        if (result.startsWith("-")) operations.push(`makeMount(${word(0)})`);
        break;
      case "fsconfig":
        if (word(1) === "FSCONFIG_SET_STRING" && word(2) !== '"source"') {
          context.push(`${word(2).slice(0, -1)}=${word(3).slice(1)}`);
        } else if (word(1) === "FSCONFIG_SET_FLAG") context.push(word(2));
        break;
      case "fsmount":
        operations.push(`makeMount(${context.join(", ")})`);
        break;
      case "move_mount":
        operations.push(`placeMount(${word(3)})`);
        break;
      case "openat":
        files.delete(result);
        if (args.includes("O_CREAT")) {
          operations.push(`write(${word(1)})`);
          files.add(result);
        }
        break;
      case "write":
        if (word(0) !== "2" && !files.has(word(0))) {
          operations.push(`write(${word(0)})`);
        }
        break;
      case "ioctl":
        if (word(1) === "SIOCGIFFLAGS") {
          interfaceName = /ifr_name=("[^"]*")/.exec(args)?.[1] ?? "";
          operations.push(`interfaceUp(${interfaceName})`);
        } else if (
          word(1) !== "SIOCSIFFLAGS" ||
          !args.includes(`ifr_name=${interfaceName}`)
        ) throw new Error(`Unknown: ${name}(${args})`);
        break;
      default:
        if (!harmless.has(name)) throw new Error(`Unknown: ${name}(${args})`);
    }
  }
  return operations;
}

/** Operations of a plan that only look, by the words that they begin with. */
const looks = new Set([
  ...["close", "fstatfs", "getrandom", "hardwareAddress", "interfaceIndex"],
  ...["isMountPoint", "list", "lstat", "open", "read", "readlink", "receive"],
  ...["sleep", "statfs"],
]);

/**
 * Makes an operation of a plan comparable: without descriptors, sizes and a
 * detached mount's source and attributes, which strace tells elsewhere.
 *
 * @returns undefined where it changes nothing
 */
export function comparable(operation: string): string | undefined {
  const end = operation.indexOf("(");
  const name = operation.slice(0, end);
  const words = split(operation.slice(end + 1, -1));
  if (looks.has(name)) return undefined;
  if (name === "write") return `write(${words[0]})`;
  if (name === "copy") return `write(${words[1]})`;
  if (name === "makeMount") {
    return `makeMount(${[words[0], ...words.slice(3)].join(", ")})`;
  }
  return operation;
}

/** Descriptors differ: the launcher's and the plan's are not the same. */
export function withoutDescriptors(operation: string): string {
  return operation.replace(/^(fchdir|write)\(\d+\)$/, "$1(descriptor)");
}

/** The calls from the text of the shim, or of the engine, in their order. */
function callsOf(text: string): Call[] {
  const unfinished = new Map<string, { ip: number; text: string }>();
  const calls: Call[] = [];
  let shim = "";
  let range: readonly [number, number] | undefined;
  for (const line of text.split("\n")) {
    const [, pid = "", address = "", rest = ""] =
      /^(\d+) +\[([\da-f?]+)\] (.*)$/.exec(line) ?? [];
    let ip = parseInt(address, 16);
    let call = rest;
    if (rest.endsWith(" <unfinished ...>")) {
      unfinished.set(pid, {
        ip,
        text: rest.slice(0, -" <unfinished ...>".length),
      });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    if (resumed) {
      const start = unfinished.get(pid);
      if (start === undefined) continue;
      ip = start.ip;
      call = start.text + resumed[1];
    }
    const [, name = "", args = "", result = ""] =
      /^(\w+)\((.*)\) += (\S+)/.exec(call) ?? [];
    if (name === "openat" && args.includes('/shim.so", O_RDONLY')) {
      shim = result;
    }
    if (
      name === "mmap" && args.includes(`PROT_EXEC, `) && range === undefined
    ) {
      const [, size = "", , , descriptor] = split(args);
      const start = parseInt(result, 16);
      if (descriptor === shim || start === engineAddress) {
        range = [start, start + Number(size)];
      }
    }
    if (range === undefined || !(ip >= range[0] && ip < range[1])) continue;
    calls.push({ name, args, result });
  }
  if (range === undefined) throw new Error("The shim was not mapped");
  return calls;
}

/** Splits at commas that stand in no string and in no braces. */
function split(text: string): string[] {
  const words = text.match(/("(?:\\.|[^"\\])*"|\{[^}]*\}|[^,"{])+/g) ?? [];
  return words.map((word) => word.trim());
}

function flagNames(flags = "0"): string {
  return flags.split("|").map((flag) =>
    bits[flag] ?? flag.replace(/^(MS|MOUNT_ATTR)_/, "").toLowerCase()
  ).join("|");
}
