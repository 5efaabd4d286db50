/**
 * Every operation as text, such as `mount("proc", "/proc", "proc", nosuid)`:
 * what errors name, plans print and tests compare.
 */

import { attributeNames, flagNames } from "./linux/constants.ts";
import type { Sys } from "./sys.ts";

const quote = (text: string | null): string => JSON.stringify(text);
const octal = (mode: number): string => `0${mode.toString(8)}`;

/** For each operation, its text for the arguments that it is called with. */
export const describe: {
  [Name in keyof Sys]: (...args: Parameters<Sys[Name]>) => string;
} = {
  mkdir: (path, mode) => `mkdir(${quote(path)}, ${octal(mode)})`,
  mount: (source, target, type, flags, data) =>
    `mount(${quote(source)}, ${quote(target)}, ${quote(type)}, ${
      flagNames(flags)
    }${data === null ? "" : `, ${quote(data)}`})`,
  makeMount: (type, source, options, attributes) =>
    `makeMount(${quote(type)}, ${quote(source)}, ${attributeNames(attributes)}${
      options.map((option) => `, ${quote(option)}`).join("")
    })`,
  placeMount: (_mount, target) => `placeMount(${quote(target)})`,
  isMountPoint: (path) => `isMountPoint(${quote(path)})`,
  fileSystemType: (descriptor) => `fstatfs(${descriptor})`,
  mountFlags: (path) => `statfs(${quote(path)})`,
  lstat: (path) => `lstat(${quote(path)})`,
  lchown: (path, uid, gid) => `lchown(${quote(path)}, ${uid}, ${gid})`,
  mknod: (path, mode, device) =>
    `mknod(${quote(path)}, ${octal(mode)}, 0x${device.toString(16)})`,
  copyFile: (from, to) => `copy(${quote(from)}, ${quote(to)})`,
  chmod: (path, mode) => `chmod(${quote(path)}, ${octal(mode)})`,
  symlink: (target, path) => `symlink(${quote(target)}, ${quote(path)})`,
  readLink: (path) => `readlink(${quote(path)})`,
  readFile: (path) => `read(${quote(path)})`,
  readHead: (path, size) => `read(${quote(path)}, ${size} bytes)`,
  readFileIn: (_root, path) => `read(${quote(path)}, first root)`,
  readDirectory: (path) => `list(${quote(path)})`,
  open: (path) => `open(${quote(path)})`,
  writeFile: (path, bytes) => `write(${quote(path)}, ${bytes.length} bytes)`,
  rename: (from, to) => `rename(${quote(from)}, ${quote(to)})`,
  unlink: (path) => `unlink(${quote(path)})`,
  close: (descriptor) => `close(${descriptor})`,
  chdir: (path) => `chdir(${quote(path)})`,
  fchdir: (directory) => `fchdir(${directory})`,
  chroot: (path) => `chroot(${quote(path)})`,
  sethostname: (name) => `sethostname(${quote(name)})`,
  interfaceUp: (name) => `interfaceUp(${quote(name)})`,
  interfaceIndex: (name) => `interfaceIndex(${quote(name)})`,
  hardwareAddress: (name) => `hardwareAddress(${quote(name)})`,
  rtnetlink: (purpose) => `rtnetlink(${quote(purpose)})`,
  openPacket: (device) => `openPacket(${quote(device)})`,
  send: (socket, bytes) => `send(${socket}, ${bytes.length} bytes)`,
  receive: (socket, size, timeout) =>
    `receive(${socket}, ${size} bytes, ${timeout} ms)`,
  openVsock: (port) => `openVsock(${port})`,
  sendToHost: (_socket, port, bytes) =>
    `sendToHost(${port}, ${bytes.length} bytes)`,
  random: (size) => `getrandom(${size} bytes)`,
  write: (descriptor, bytes) => `write(${descriptor}, ${bytes.length} bytes)`,
  sleep: (milliseconds) => `sleep(${milliseconds} ms)`,
  bootTime: () => "clock_gettime(boottime)",
  exit: (status) => `exit(${status})`,
};
