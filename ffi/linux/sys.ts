/** The real Sys of Linux: raw system calls. */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { describe } from "../describe.ts";
import type { Argument, Kernel } from "../shim.ts";
import type { FileStatus, Sys } from "../sys.ts";
import { SysError } from "../sys_error.ts";
import {
  AF_INET,
  AF_NETLINK,
  AF_PACKET,
  AF_VSOCK,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  CLOCK_BOOTTIME,
  CLONE_FS,
  EAGAIN,
  EINTR,
  errnoName,
  ETH_P_IP,
  FS_CLOEXEC,
  FsConfig,
  GRND_INSECURE,
  IFF_UP,
  MOVE_MOUNT_F_EMPTY_PATH,
  MSG_DONTWAIT,
  NETLINK_ROUTE,
  OpenFlag,
  POLLIN,
  POLLOUT,
  RESOLVE_IN_ROOT,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCSIFFLAGS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_RAW,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BASIC_STATS,
  VMADDR_CID_ANY,
  VMADDR_CID_HOST,
} from "./constants.ts";
import {
  directoryNames,
  ifreq,
  ifreqFlags,
  ifreqHardwareAddress,
  ifreqIndex,
  netlinkErrno,
  openHow,
  pollfd,
  sockaddrLl,
  sockaddrVm,
  STATFS_SIZE,
  statfsFlags,
  statfsType,
  STATX_SIZE,
  statxAttributes,
  statxStatus,
  timespec,
  TIMESPEC_SIZE,
  timespecNanoseconds,
} from "./structs.ts";
import { type CallName, callNumbers } from "./symbols.ts";

/** Of the first piece that is read of a file; later ones are larger. */
const firstReadSize = 4096;
const largestReadSize = 1 << 20;
/** An error repeats the request, which is never larger than a page. */
const netlinkAnswerSize = 4096;
const PATH_MAX = 4096;
/** A pipe that has room has it for this much, PIPE_BUF (pipe(7)). */
const roomForSure = 4096;
const newFileMode = 0o666;

/** Makes Linux's system calls. */
export class LinuxSys implements Sys {
  readonly #kernel: Kernel;

  /** @param kernel Linux's shim, or the engine of the small image */
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  mkdir(path: string, mode: number): void {
    this.#must(() => describe.mkdir(path, mode), "mkdirat", [
      AT_FDCWD,
      path,
      mode,
    ]);
  }

  mount(
    source: string | null,
    target: string,
    type: string | null,
    flags: number,
    data: string | null,
  ): void {
    this.#must(
      () => describe.mount(source, target, type, flags, data),
      "mount",
      [source, target, type, flags, data],
    );
  }

  makeMount(
    type: string,
    source: string | null,
    options: readonly string[],
    attributes: number,
  ): number {
    const text = (): string =>
      describe.makeMount(type, source, options, attributes);
    const context = this.#must(text, "fsopen", [type, FS_CLOEXEC]);
    const configure = (...args: Argument[]): void => {
      this.#must(text, "fsconfig", [context, ...args]);
    };
    try {
      if (source !== null) {
        configure(FsConfig.setString, "source", source, 0);
      }
      for (const option of options) {
        const end = option.indexOf("=");
        if (end < 0) configure(FsConfig.setFlag, option, null, 0);
        else {
          configure(
            FsConfig.setString,
            option.slice(0, end),
            option.slice(end + 1),
            0,
          );
        }
      }
      configure(FsConfig.create, null, null, 0);
      return this.#must(text, "fsmount", [context, FS_CLOEXEC, attributes]);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      const detail = this.#readMessages(context);
      throw new SysError(error.operation, error.errno, detail);
    } finally {
      this.#call("close", [context]);
    }
  }

  placeMount(mount: number, target: string): void {
    this.#must(() => describe.placeMount(mount, target), "move_mount", [
      mount,
      "",
      AT_FDCWD,
      target,
      MOVE_MOUNT_F_EMPTY_PATH,
    ]);
  }

  isMountPoint(path: string): boolean {
    const mask = 0;
    const status = this.#statx(() => describe.isMountPoint(path), path, mask);
    return (statxAttributes(status) & STATX_ATTR_MOUNT_ROOT) !== 0n;
  }

  lstat(path: string): FileStatus {
    const text = (): string => describe.lstat(path);
    return statxStatus(this.#statx(text, path, STATX_BASIC_STATS));
  }

  lchown(path: string, uid: number, gid: number): void {
    this.#must(() => describe.lchown(path, uid, gid), "fchownat", [
      AT_FDCWD,
      path,
      uid,
      gid,
      AT_SYMLINK_NOFOLLOW,
    ]);
  }

  mknod(path: string, mode: number, device: number): void {
    this.#must(() => describe.mknod(path, mode, device), "mknodat", [
      AT_FDCWD,
      path,
      mode,
      device,
    ]);
  }

  copyFile(from: string, to: string): void {
    const text = (): string => describe.copyFile(from, to);
    const source = this.#open(text, from);
    try {
      const target = this.#create(text, to);
      try {
        const piece = new Uint8Array(largestReadSize);
        for (;;) {
          const size = this.#must(text, "read", [source, piece, piece.length]);
          if (size === 0) break;
          this.#writeAll(text, target, piece.subarray(0, size));
        }
      } finally {
        this.#call("close", [target]);
      }
    } finally {
      this.#call("close", [source]);
    }
  }

  fileSystemType(descriptor: number): number {
    const status = new Uint8Array(STATFS_SIZE);
    this.#must(() => describe.fileSystemType(descriptor), "fstatfs", [
      descriptor,
      status,
    ]);
    return statfsType(status);
  }

  mountFlags(path: string): number {
    const text = (): string => describe.mountFlags(path);
    const status = new Uint8Array(STATFS_SIZE);
    this.#must(text, "statfs", [path, status]);
    return statfsFlags(status);
  }

  chmod(path: string, mode: number): void {
    this.#must(() => describe.chmod(path, mode), "fchmodat", [
      AT_FDCWD,
      path,
      mode,
    ]);
  }

  symlink(target: string, path: string): void {
    this.#must(() => describe.symlink(target, path), "symlinkat", [
      target,
      AT_FDCWD,
      path,
    ]);
  }

  readLink(path: string): string {
    const target = new Uint8Array(PATH_MAX);
    const size = this.#must(() => describe.readLink(path), "readlinkat", [
      AT_FDCWD,
      path,
      target,
      target.length,
    ]);
    return decodeBytes(target.subarray(0, size));
  }

  readFile(path: string): Uint8Array {
    const text = (): string => describe.readFile(path);
    return this.#readAndClose(text, "read", this.#open(text, path));
  }

  readHead(path: string, size: number): Uint8Array {
    const text = (): string => describe.readHead(path, size);
    const file = this.#open(text, path);
    try {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size;) {
        const rest = bytes.subarray(at);
        const count = this.#must(text, "read", [file, rest, rest.length]);
        if (count === 0) return bytes.subarray(0, at);
        at += count;
      }
      return bytes;
    } finally {
      this.#call("close", [file]);
    }
  }

  readFileIn(root: number, path: string): Uint8Array {
    const text = (): string => describe.readFileIn(root, path);
    const how = openHow(OpenFlag.cloexec, RESOLVE_IN_ROOT);
    const file = this.#must(text, "openat2", [root, path, how, how.length]);
    return this.#readAndClose(text, "read", file);
  }

  /**
   * Reads all of an open file, wherever its offset is (pread(2)).
   *
   * @throws SysError
   */
  readDescriptor(descriptor: number): Uint8Array<ArrayBuffer> {
    const text = (): string => `pread(${descriptor})`;
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0;;) {
      const piece = new Uint8Array(firstReadSize);
      const args = [descriptor, piece, piece.length, at];
      const size = this.#must(text, "pread64", args);
      if (size === 0) return concatenate(pieces);
      pieces.push(piece.subarray(0, size));
      at += size;
    }
  }

  readDirectory(path: string): string[] {
    const text = (): string => describe.readDirectory(path);
    const directory = this.#open(text, path);
    return directoryNames(this.#readAndClose(text, "getdents64", directory));
  }

  open(path: string, flags: number): number {
    return this.#open(() => describe.open(path, flags), path, flags);
  }

  writeFile(path: string, bytes: Uint8Array<ArrayBuffer>): void {
    const text = (): string => describe.writeFile(path, bytes);
    const file = this.#create(text, path);
    try {
      this.#writeAll(text, file, bytes);
    } finally {
      this.#call("close", [file]);
    }
  }

  rename(from: string, to: string): void {
    this.#must(() => describe.rename(from, to), "renameat", [
      AT_FDCWD,
      from,
      AT_FDCWD,
      to,
    ]);
  }

  unlink(path: string): void {
    const flags = 0;
    this.#must(() => describe.unlink(path), "unlinkat", [
      AT_FDCWD,
      path,
      flags,
    ]);
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
    this.#must(() => describe.sethostname(name), "sethostname", [
      bytes,
      bytes.length,
    ]);
  }

  interfaceUp(name: string): void {
    const text = (): string => describe.interfaceUp(name);
    const type = SOCK_DGRAM | SOCK_CLOEXEC;
    const socket = this.#must(text, "socket", [AF_INET, type, 0]);
    try {
      const request = ifreq(name);
      this.#must(text, "ioctl", [socket, SIOCGIFFLAGS, request]);
      const flags = ifreqFlags(request) | IFF_UP;
      this.#must(text, "ioctl", [socket, SIOCSIFFLAGS, ifreq(name, flags)]);
    } finally {
      this.#call("close", [socket]);
    }
  }

  interfaceIndex(name: string): number {
    const text = (): string => describe.interfaceIndex(name);
    return ifreqIndex(this.#askInterface(text, name, SIOCGIFINDEX));
  }

  hardwareAddress(name: string): Uint8Array<ArrayBuffer> {
    const text = (): string => describe.hardwareAddress(name);
    return ifreqHardwareAddress(this.#askInterface(text, name, SIOCGIFHWADDR));
  }

  rtnetlink(purpose: string, message: Uint8Array<ArrayBuffer>): void {
    const text = (): string => describe.rtnetlink(purpose, message);
    const type = SOCK_RAW | SOCK_CLOEXEC;
    const socket = this.#must(text, "socket", [
      AF_NETLINK,
      type,
      NETLINK_ROUTE,
    ]);
    try {
      const answer = new Uint8Array(netlinkAnswerSize);
      // A socket that is not connected talks to the kernel.
      this.#must(text, "sendto", [socket, message, message.length]);
      const size = this.#must(text, "recvfrom", [
        socket,
        answer,
        answer.length,
      ]);
      const errno = netlinkErrno(answer.subarray(0, size));
      if (errno === undefined) throw new SysError(text(), "EBADMSG");
      if (errno !== 0) throw new SysError(text(), errnoName(errno));
    } finally {
      this.#call("close", [socket]);
    }
  }

  openPacket(device: string): number {
    const text = (): string => describe.openPacket(device);
    const type = SOCK_RAW | SOCK_CLOEXEC;
    // No protocol yet: nothing of other interfaces before it is bound.
    const socket = this.#must(text, "socket", [AF_PACKET, type, 0]);
    try {
      const index = this.#askInterface(text, device, SIOCGIFINDEX);
      const address = sockaddrLl(ETH_P_IP, ifreqIndex(index));
      this.#must(text, "bind", [socket, address, address.length]);
      return socket;
    } catch (error) {
      this.#call("close", [socket]);
      throw error;
    }
  }

  send(socket: number, bytes: Uint8Array<ArrayBuffer>): void {
    const to = [MSG_DONTWAIT, null, 0];
    const args = [socket, bytes, bytes.length, ...to];
    this.#must(() => describe.send(socket, bytes), "sendto", args);
  }

  receive(
    socket: number,
    size: number,
    timeout: number,
  ): Uint8Array<ArrayBuffer> | undefined {
    const text = (): string => describe.receive(socket, size, timeout);
    const bytes = new Uint8Array(size);
    // The kernel writes back what is left of the time.
    const rest = timespec(timeout);
    for (;;) {
      const waiting = pollfd(socket, POLLIN);
      const ready = this.#unless(EINTR, text, "ppoll", [waiting, 1, rest]);
      if (ready === 0) return undefined;
      if (ready === undefined) continue;
      // It is gone again where it is a datagram with a wrong checksum.
      const received = this.#unless(EAGAIN, text, "recvfrom", [
        socket,
        bytes,
        size,
        MSG_DONTWAIT,
      ]);
      if (received !== undefined) return bytes.subarray(0, received);
    }
  }

  openVsock(port: number): number {
    const text = (): string => describe.openVsock(port);
    const type = SOCK_DGRAM | SOCK_CLOEXEC;
    const socket = this.#must(text, "socket", [AF_VSOCK, type, 0]);
    try {
      const address = sockaddrVm(VMADDR_CID_ANY, port);
      this.#must(text, "bind", [socket, address, address.length]);
      return socket;
    } catch (error) {
      this.#call("close", [socket]);
      throw error;
    }
  }

  sendToHost(
    socket: number,
    port: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): void {
    const address = sockaddrVm(VMADDR_CID_HOST, port);
    this.#must(() => describe.sendToHost(socket, port, bytes), "sendto", [
      socket,
      bytes,
      bytes.length,
      MSG_DONTWAIT,
      address,
      address.length,
    ]);
  }

  random(size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    this.#must(() => describe.random(size), "getrandom", [
      bytes,
      size,
      GRND_INSECURE,
    ]);
    return bytes;
  }

  write(
    descriptor: number,
    bytes: Uint8Array<ArrayBuffer>,
    patience?: number,
  ): void {
    const text = (): string => describe.write(descriptor, bytes);
    if (patience === undefined) return this.#writeAll(text, descriptor, bytes);
    for (let at = 0; at < bytes.length; at += roomForSure) {
      this.#waitForRoom(text, descriptor, patience);
      this.#writeAll(text, descriptor, bytes.subarray(at, at + roomForSure));
    }
  }

  sleep(milliseconds: number): void {
    const time = timespec(milliseconds);
    this.#must(() => describe.sleep(milliseconds), "ppoll", [null, 0, time]);
  }

  bootTime(): number {
    const time = new Uint8Array(TIMESPEC_SIZE);
    this.#must(describe.bootTime, "clock_gettime", [CLOCK_BOOTTIME, time]);
    return timespecNanoseconds(time);
  }

  /**
   * Gives the calling thread a root, working directory and umask of its own
   * (unshare(2)), out of reach of the process' other threads.
   *
   * @throws SysError
   */
  unshareFs(): void {
    this.#must(() => "unshare(CLONE_FS)", "unshare", [CLONE_FS]);
  }

  exit(status: number): never {
    this.#call("exit_group", [status]);
    throw new Error("exit_group returned");
  }

  #open(
    text: () => string,
    path: string,
    flags: number = OpenFlag.cloexec,
  ): number {
    return this.#must(text, "openat", [AT_FDCWD, path, flags]);
  }

  /** Opens a file for writing that is empty then, and made where it is not there. */
  #create(text: () => string, path: string): number {
    const flags = OpenFlag.writeOnly | OpenFlag.create | OpenFlag.truncate |
      OpenFlag.cloexec;
    return this.#must(text, "openat", [AT_FDCWD, path, flags, newFileMode]);
  }

  #statx(
    text: () => string,
    path: string,
    mask: number,
  ): Uint8Array<ArrayBuffer> {
    const status = new Uint8Array(STATX_SIZE);
    const args = [AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, mask, status];
    this.#must(text, "statx", args);
    return status;
  }

  /** Reads with `call` until it gives nothing more, and closes. */
  #readAndClose(
    text: () => string,
    call: "read" | "getdents64",
    file: number,
  ): Uint8Array<ArrayBuffer> {
    try {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      for (
        let room = firstReadSize;;
        room = Math.min(room * 4, largestReadSize)
      ) {
        const piece = new Uint8Array(room);
        const size = this.#must(text, call, [file, piece, piece.length]);
        if (size === 0) return concatenate(pieces);
        pieces.push(piece.subarray(0, size));
      }
    } finally {
      this.#call("close", [file]);
    }
  }

  #waitForRoom(text: () => string, file: number, patience: number): void {
    // The kernel writes back what is left of the time.
    const rest = timespec(patience);
    for (;;) {
      const waiting = pollfd(file, POLLOUT);
      const ready = this.#unless(EINTR, text, "ppoll", [waiting, 1, rest]);
      if (ready === 0) throw new SysError(text(), "ETIMEDOUT");
      if (ready !== undefined) return;
    }
  }

  #writeAll(
    text: () => string,
    file: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): void {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      at += this.#must(text, "write", [file, rest, rest.length]);
    }
  }

  /** The answer to an ioctl that reads something of an interface. */
  #askInterface(
    text: () => string,
    name: string,
    request: number,
  ): Uint8Array<ArrayBuffer> {
    const type = SOCK_DGRAM | SOCK_CLOEXEC;
    const socket = this.#must(text, "socket", [AF_INET, type, 0]);
    try {
      const answer = ifreq(name);
      this.#must(text, "ioctl", [socket, request, answer]);
      return answer;
    } finally {
      this.#call("close", [socket]);
    }
  }

  /** Like `#must`, but one error is an answer: undefined. */
  #unless(
    errno: number,
    text: () => string,
    name: CallName,
    args: Argument[],
  ): number | undefined {
    const result = this.#call(name, args);
    if (result === -errno) return undefined;
    if (result < 0) throw new SysError(text(), errnoName(-result));
    return result;
  }

  /** What a file system context has to say, a message for each read. */
  #readMessages(context: number): string {
    const messages: string[] = [];
    for (;;) {
      const message = new Uint8Array(256);
      const size = this.#call("read", [context, message, message.length]);
      if (size <= 0) return messages.join(", ");
      // The first two characters are its severity.
      messages.push(decodeBytes(message.subarray(2, size)).trim());
    }
  }

  /** @param text names the operation, should it fail */
  #must(text: () => string, name: CallName, args: Argument[]): number {
    const result = this.#call(name, args);
    if (result < 0) throw new SysError(text(), errnoName(-result));
    return result;
  }

  #call(name: CallName, args: Argument[]): number {
    return this.#kernel.call(callNumbers[name], args);
  }
}

function concatenate(
  pieces: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer> {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
