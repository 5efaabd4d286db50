/**
 * The Sys of FreeBSD: raw system calls. What only Linux has answers ENOSYS;
 * the gates keep the stages that call it away from FreeBSD.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { describe } from "../describe.ts";
import type { Argument, Kernel } from "../shim.ts";
import type { Sys } from "../sys.ts";
import { SysError } from "../sys_error.ts";
import {
  AF_INET,
  CLOCK_BOOTTIME,
  errnoName,
  F_GETFL,
  F_SETFL,
  IFF_UP,
  KENV_GET,
  KENV_MVALLEN,
  KERN_HOSTNAME,
  OpenFlag,
  RB_AUTOBOOT,
  SIOCGIFFLAGS,
  SIOCSIFFLAGS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  TIOCSCTTY,
} from "./constants.ts";
import { describeFreebsd } from "./describe.ts";
import type { FreebsdOperations } from "./operations.ts";
import {
  addIfreqFlags,
  directoryNames,
  ifreq,
  ints,
  iovecs,
  timespec,
  TIMESPEC_SIZE,
  timespecNanoseconds,
} from "./structs.ts";
import { type CallName, callNumbers } from "./symbols.ts";

const readSize = 65536;
const PATH_MAX = 1024;
const newFileMode = 0o666;
const newLogMode = 0o644;

/** Makes FreeBSD's system calls. */
export class FreebsdSys implements Sys, FreebsdOperations {
  readonly #kernel: Kernel;

  /** @param kernel FreeBSD's shim, or a recording of the calls */
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  kenv(name: string): string | undefined {
    const value = new Uint8Array(KENV_MVALLEN + 1);
    const result = this.#call("kenv", [
      KENV_GET,
      name,
      value,
      value.length,
    ]);
    if (errnoName(-result) === "ENOENT") return undefined;
    this.#check(() => describeFreebsd.kenv(name), result);
    // A value that is too long is cut, and its NUL with the rest.
    const end = value.subarray(0, result).indexOf(0);
    return decodeBytes(value.subarray(0, end < 0 ? result : end));
  }

  nmount(parameters: Readonly<Record<string, string>>, flags: number): void {
    const strings = Object.entries(parameters).flat();
    const vectors = iovecs(strings, (bytes) => this.#kernel.address(bytes));
    this.#must(() => describeFreebsd.nmount(parameters, flags), "nmount", [
      vectors,
      strings.length,
      flags,
    ]);
  }

  unmount(path: string): void {
    const flags = 0;
    this.#must(() => describeFreebsd.unmount(path), "unmount", [
      path,
      flags,
    ]);
  }

  revoke(path: string): void {
    this.#must(() => describeFreebsd.revoke(path), "revoke", [path]);
  }

  openAppending(path: string): number {
    return this.#must(() => describeFreebsd.openAppending(path), "open", [
      path,
      OpenFlag.writeOnly | OpenFlag.append | OpenFlag.create,
      newLogMode,
    ]);
  }

  setBlocking(descriptor: number): void {
    const name = (): string => describeFreebsd.setBlocking(descriptor);
    const flags = this.#must(name, "fcntl", [descriptor, F_GETFL]);
    this.#must(name, "fcntl", [
      descriptor,
      F_SETFL,
      flags & ~OpenFlag.nonblock,
    ]);
  }

  setsid(): void {
    this.#must(describeFreebsd.setsid, "setsid", []);
  }

  controllingTerminal(descriptor: number): void {
    const name = (): string => describeFreebsd.controllingTerminal(descriptor);
    this.#must(name, "ioctl", [descriptor, TIOCSCTTY, null]);
  }

  dup2(descriptor: number, other: number): void {
    this.#must(() => describeFreebsd.dup2(descriptor, other), "dup2", [
      descriptor,
      other,
    ]);
  }

  setlogin(name: string): void {
    this.#must(() => describeFreebsd.setlogin(name), "setlogin", [name]);
  }

  mkdir(path: string, mode: number): void {
    this.#must(() => describe.mkdir(path, mode), "mkdir", [path, mode]);
  }

  chmod(path: string, mode: number): void {
    this.#must(() => describe.chmod(path, mode), "chmod", [path, mode]);
  }

  symlink(target: string, path: string): void {
    this.#must(() => describe.symlink(target, path), "symlink", [
      target,
      path,
    ]);
  }

  readLink(path: string): string {
    const target = new Uint8Array(PATH_MAX);
    const size = this.#must(() => describe.readLink(path), "readlink", [
      path,
      target,
      target.length,
    ]);
    return decodeBytes(target.subarray(0, size));
  }

  readFile(path: string): Uint8Array {
    const name = (): string => describe.readFile(path);
    const flags = OpenFlag.readOnly | OpenFlag.cloexec;
    const file = this.#must(name, "open", [path, flags]);
    return this.#readAndClose(name, "read", file);
  }

  /** No stage gives FreeBSD another root, so an absolute link leads to it too. */
  readFileIn(root: number, path: string): Uint8Array {
    const name = (): string => describe.readFileIn(root, path);
    const below = path.replace(/^\/+/, "");
    const flags = OpenFlag.readOnly | OpenFlag.cloexec;
    const file = this.#must(name, "openat", [root, below, flags]);
    return this.#readAndClose(name, "read", file);
  }

  readDirectory(path: string): string[] {
    const name = (): string => describe.readDirectory(path);
    const flags = OpenFlag.readOnly | OpenFlag.cloexec;
    const directory = this.#must(name, "open", [path, flags]);
    const bytes = this.#readAndClose(name, "getdirentries", directory);
    return directoryNames(bytes);
  }

  open(path: string, flags: number): number {
    return this.#must(() => describe.open(path, flags), "open", [
      path,
      flags,
    ]);
  }

  writeFile(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    const name = (): string => describe.writeFile(path, bytes);
    const { writeOnly, create, truncate, cloexec } = OpenFlag;
    const file = this.#must(name, "open", [
      path,
      writeOnly | create | truncate | cloexec,
      newFileMode,
    ]);
    try {
      this.#writeAll(name, file, bytes);
    } finally {
      this.#call("close", [file]);
    }
  }

  rename(from: string, to: string): void {
    this.#must(() => describe.rename(from, to), "rename", [
      from,
      to,
    ]);
  }

  unlink(path: string): void {
    this.#must(() => describe.unlink(path), "unlink", [path]);
  }

  close(descriptor: number): void {
    this.#must(() => describe.close(descriptor), "close", [descriptor]);
  }

  chdir(path: string): void {
    this.#must(() => describe.chdir(path), "chdir", [path]);
  }

  fchdir(directory: number): void {
    this.#must(() => describe.fchdir(directory), "fchdir", [directory]);
  }

  chroot(path: string): void {
    this.#must(() => describe.chroot(path), "chroot", [path]);
  }

  sethostname(name: string): void {
    const bytes = encodeBytes(name);
    this.#must(() => describe.sethostname(name), "__sysctl", [
      ints(KERN_HOSTNAME),
      KERN_HOSTNAME.length,
      null,
      null,
      bytes,
      bytes.length,
    ]);
  }

  interfaceUp(interfaceName: string): void {
    const name = (): string => describe.interfaceUp(interfaceName);
    const type = SOCK_DGRAM | SOCK_CLOEXEC;
    const socket = this.#must(name, "socket", [AF_INET, type, 0]);
    try {
      const request = ifreq(interfaceName);
      this.#must(name, "ioctl", [socket, SIOCGIFFLAGS, request]);
      addIfreqFlags(request, IFF_UP);
      this.#must(name, "ioctl", [socket, SIOCSIFFLAGS, request]);
    } finally {
      this.#call("close", [socket]);
    }
  }

  random(size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    const flags = 0;
    this.#must(() => describe.random(size), "getrandom", [bytes, size, flags]);
    return bytes;
  }

  write(descriptor: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#writeAll(() => describe.write(descriptor, bytes), descriptor, bytes);
  }

  sleep(milliseconds: number): void {
    this.#must(() => describe.sleep(milliseconds), "nanosleep", [
      timespec(milliseconds),
      null,
    ]);
  }

  bootTime(): number {
    const time = new Uint8Array(TIMESPEC_SIZE);
    this.#must(describe.bootTime, "clock_gettime", [CLOCK_BOOTTIME, time]);
    return timespecNanoseconds(time);
  }

  /**
   * PID 1 itself runs the stages, and the kernel panics when that ends: so
   * this ends the guest.
   */
  exit(status: number): never {
    this.#call("sync", []);
    this.#call("reboot", [RB_AUTOBOOT]);
    this.#call("exit", [status]);
    throw new Error("exit returned");
  }

  mount(...args: Parameters<Sys["mount"]>): never {
    return absent(describe.mount(...args));
  }

  makeMount(...args: Parameters<Sys["makeMount"]>): never {
    return absent(describe.makeMount(...args));
  }

  placeMount(...args: Parameters<Sys["placeMount"]>): never {
    return absent(describe.placeMount(...args));
  }

  isMountPoint(...args: Parameters<Sys["isMountPoint"]>): never {
    return absent(describe.isMountPoint(...args));
  }

  mountFlags(...args: Parameters<Sys["mountFlags"]>): never {
    return absent(describe.mountFlags(...args));
  }

  fileSystemType(...args: Parameters<Sys["fileSystemType"]>): never {
    return absent(describe.fileSystemType(...args));
  }

  readHead(...args: Parameters<Sys["readHead"]>): never {
    return absent(describe.readHead(...args));
  }

  lstat(...args: Parameters<Sys["lstat"]>): never {
    return absent(describe.lstat(...args));
  }

  lchown(...args: Parameters<Sys["lchown"]>): never {
    return absent(describe.lchown(...args));
  }

  mknod(...args: Parameters<Sys["mknod"]>): never {
    return absent(describe.mknod(...args));
  }

  copyFile(...args: Parameters<Sys["copyFile"]>): never {
    return absent(describe.copyFile(...args));
  }

  interfaceIndex(...args: Parameters<Sys["interfaceIndex"]>): never {
    return absent(describe.interfaceIndex(...args));
  }

  hardwareAddress(...args: Parameters<Sys["hardwareAddress"]>): never {
    return absent(describe.hardwareAddress(...args));
  }

  rtnetlink(...args: Parameters<Sys["rtnetlink"]>): never {
    return absent(describe.rtnetlink(...args));
  }

  openPacket(...args: Parameters<Sys["openPacket"]>): never {
    return absent(describe.openPacket(...args));
  }

  send(...args: Parameters<Sys["send"]>): never {
    return absent(describe.send(...args));
  }

  receive(...args: Parameters<Sys["receive"]>): never {
    return absent(describe.receive(...args));
  }

  openVsock(...args: Parameters<Sys["openVsock"]>): never {
    return absent(describe.openVsock(...args));
  }

  sendToHost(...args: Parameters<Sys["sendToHost"]>): never {
    return absent(describe.sendToHost(...args));
  }

  /** Reads with `call` until it gives nothing more, and closes. */
  #readAndClose(
    name: () => string,
    call: "read" | "getdirentries",
    file: number,
  ): Uint8Array<ArrayBuffer> {
    // getdirentries would note its place there.
    const rest = call === "getdirentries" ? [null] : [];
    try {
      const all: number[] = [];
      for (;;) {
        const piece = new Uint8Array(readSize);
        const args = [file, piece, piece.length, ...rest];
        const size = this.#must(name, call, args);
        if (size === 0) return new Uint8Array(all);
        for (const byte of piece.subarray(0, size)) all.push(byte);
      }
    } finally {
      this.#call("close", [file]);
    }
  }

  #writeAll(
    name: () => string,
    file: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): void {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      at += this.#must(name, "write", [file, rest, rest.length]);
    }
  }

  /** @param name names the operation, should it fail */
  #must(name: () => string, call: CallName, args: Argument[]): number {
    return this.#check(name, this.#call(call, args));
  }

  #check(name: () => string, result: number): number {
    if (result < 0) throw new SysError(name(), errnoName(-result));
    return result;
  }

  #call(call: CallName, args: Argument[]): number {
    return this.#kernel.call(callNumbers[call], args);
  }
}

function absent(operation: string): never {
  throw new SysError(operation, "ENOSYS");
}
