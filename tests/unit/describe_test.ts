import assert from "#assert";
import { describe } from "../../ffi/describe.ts";
import { describeFreebsd } from "../../ffi/freebsd/describe.ts";
import type { FreebsdOperations } from "../../ffi/freebsd/operations.ts";
import type { Sys } from "../../ffi/sys.ts";

/** Calls of an operation of `Interface` and the text of each. */
type Texts<Interface, Name extends keyof Interface> = readonly (readonly [
  args: Interface[Name] extends (...args: infer Args) => unknown ? Args : never,
  text: string,
])[];

const some = new Uint8Array(5);

const texts: { readonly [Name in keyof Sys]: Texts<Sys, Name> } = {
  mkdir: [[["/dev", 0o755], 'mkdir("/dev", 0755)']],
  mount: [
    [
      ["proc", "/proc", "proc", 0x20000e, null],
      'mount("proc", "/proc", "proc", nosuid|nodev|noexec|relatime)',
    ],
    [
      [null, "/", null, 0x104000, null],
      'mount(null, "/", null, recursive|shared)',
    ],
    [
      ["tmpfs", "/t", "tmpfs", 0, "size=1m"],
      'mount("tmpfs", "/t", "tmpfs", 0, "size=1m")',
    ],
  ],
  makeMount: [
    [["proc", null, [], 0], 'makeMount("proc", null, 0)'],
    [
      ["ext4", "/dev/vda", ["a", "b=c"], 2 | 8],
      'makeMount("ext4", "/dev/vda", nosuid|noexec, "a", "b=c")',
    ],
  ],
  placeMount: [[[5, "/mnt"], 'placeMount("/mnt")']],
  isMountPoint: [[["/proc"], 'isMountPoint("/proc")']],
  fileSystemType: [[[3], "fstatfs(3)"]],
  mountFlags: [[["/f"], 'statfs("/f")']],
  lstat: [[["/f"], 'lstat("/f")']],
  lchown: [[["/f", 33, 34], 'lchown("/f", 33, 34)']],
  mknod: [[["/f", 0o020600, 0x103], 'mknod("/f", 020600, 0x103)']],
  copyFile: [[["/from", "/to"], 'copy("/from", "/to")']],
  chmod: [[["/dev/kvm", 0o666], 'chmod("/dev/kvm", 0666)']],
  symlink: [[["/to", "/at"], 'symlink("/to", "/at")']],
  readLink: [[["/at"], 'readlink("/at")']],
  readFile: [[["/f"], 'read("/f")']],
  readHead: [[["/f", 512], 'read("/f", 512 bytes)']],
  readFileIn: [[[3, "/f"], 'read("/f", first root)']],
  readDirectory: [[["/d"], 'list("/d")']],
  open: [[["/dev/vport0p1", 1], 'open("/dev/vport0p1")']],
  writeFile: [[["/f", some], 'write("/f", 5 bytes)']],
  rename: [[["/from", "/to"], 'rename("/from", "/to")']],
  unlink: [[["/f"], 'unlink("/f")']],
  close: [[[3], "close(3)"]],
  chdir: [
    [["/w"], 'chdir("/w")'],
    [['/a"b\n\udcff'], String.raw`chdir("/a\"b\n\udcff")`],
  ],
  fchdir: [[[3], "fchdir(3)"]],
  chroot: [[["."], 'chroot(".")']],
  sethostname: [[["name"], 'sethostname("name")']],
  interfaceUp: [[["lo"], 'interfaceUp("lo")']],
  interfaceIndex: [[["eth0"], 'interfaceIndex("eth0")']],
  hardwareAddress: [[["eth0"], 'hardwareAddress("eth0")']],
  rtnetlink: [
    [["mtu 1500 on eth0", some], 'rtnetlink("mtu 1500 on eth0")'],
  ],
  openPacket: [[["eth0"], 'openPacket("eth0")']],
  send: [[[3, some], "send(3, 5 bytes)"]],
  receive: [[[3, 1501, 25], "receive(3, 1501 bytes, 25 ms)"]],
  openVsock: [[[123], "openVsock(123)"]],
  sendToHost: [[[3, 123, some], "sendToHost(123, 5 bytes)"]],
  random: [[[4], "getrandom(4 bytes)"]],
  write: [[[2, some], "write(2, 5 bytes)"]],
  sleep: [[[20], "sleep(20 ms)"]],
  bootTime: [[[], "clock_gettime(boottime)"]],
  exit: [[[125], "exit(125)"]],
};

const freebsdTexts: {
  readonly [Name in keyof FreebsdOperations]: Texts<FreebsdOperations, Name>;
} = {
  kenv: [[["HOSTNAME"], 'kenv("HOSTNAME")']],
  nmount: [
    [
      [{ fstype: "cd9660", fspath: "/mnt" }, 1],
      'nmount("fstype", "cd9660", "fspath", "/mnt", readonly)',
    ],
  ],
  unmount: [[["/mnt"], 'unmount("/mnt")']],
  revoke: [[["/dev/console"], 'revoke("/dev/console")']],
  openAppending: [[["/init.log"], 'open("/init.log", append)']],
  setBlocking: [[[3], "fcntl(3, blocking)"]],
  setsid: [[[], "setsid()"]],
  controllingTerminal: [[[3], "ioctl(3, TIOCSCTTY)"]],
  dup2: [[[3, 0], "dup2(3, 0)"]],
  setlogin: [[["root"], 'setlogin("root")']],
};

Deno.test("describe gives every operation its text", () => {
  const all = [
    [texts, describe],
    [freebsdTexts, describeFreebsd],
  ] as const;
  for (const [expectations, descriptions] of all) {
    const table = descriptions as Readonly<
      Record<string, (...args: unknown[]) => string>
    >;
    for (const [name, calls] of Object.entries(expectations)) {
      for (const [args, expected] of calls) {
        assert.equal(table[name]?.(...args), expected);
      }
    }
  }
});
