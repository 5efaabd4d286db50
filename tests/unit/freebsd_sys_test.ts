import assert from "#assert";
import { describe } from "../../ffi/describe.ts";
import { FreebsdSys } from "../../ffi/freebsd/sys.ts";
import type { Argument } from "../../ffi/shim.ts";
import {
  type Answer,
  cString,
  type RecordedCall,
  recordingKernel,
} from "./freebsd_kernel.ts";

const ENOENT = 2;
const EINVAL = 22;

/** The numbers of sys/syscall.h. */
const SYS = {
  exit: 1,
  read: 3,
  write: 4,
  open: 5,
  close: 6,
  sync: 36,
  ioctl: 54,
  reboot: 55,
  fcntl: 92,
  socket: 97,
  sysctl: 202,
  clockGettime: 232,
  nmount: 378,
  kenv: 390,
  openat: 499,
  getdirentries: 554,
};

/** What a use of the Sys asks of the kernel. */
function callsOf(
  use: (sys: FreebsdSys) => unknown,
  answers: Readonly<Record<number, readonly Answer[]>> = {},
): readonly RecordedCall[] {
  const kernel = recordingKernel(answers);
  use(new FreebsdSys(kernel));
  return kernel.calls;
}

/** Writes bytes into one of the arguments; the result is their number. */
function fill(position: number, bytes: Iterable<number>): Answer {
  return (args) => {
    const all = [...bytes];
    (args[position] as Uint8Array).set(all);
    return all.length;
  };
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

Deno.test("kenv() asks with a buffer of 129 bytes and gives the value", () => {
  let value: unknown;
  const calls = callsOf((sys) => value = sys.kenv("HOSTNAME"), {
    [SYS.kenv]: [fill(2, cString("box"))],
  });
  assert.deepEqual(calls, [
    [SYS.kenv, 0, cString("HOSTNAME"), zeros(129), 129],
  ]);
  assert.equal(value, "box");
});

Deno.test("kenv() gives undefined for what is not set, and the empty value", () => {
  const kenvOf = (answer: Answer): string | undefined =>
    new FreebsdSys(recordingKernel({ [SYS.kenv]: [answer] })).kenv("A");
  assert.equal(kenvOf(() => -ENOENT), undefined);
  assert.equal(kenvOf(fill(2, [0])), "");
  assert.throws(() => kenvOf(() => -EINVAL), {
    message: 'kenv("A"): EINVAL',
    errno: "EINVAL",
  });
});

Deno.test("kenv() gives what the kernel has cut as far as it goes", () => {
  const kenvOf = (answer: Answer): string | undefined =>
    new FreebsdSys(recordingKernel({ [SYS.kenv]: [answer] })).kenv("A");
  assert.equal(kenvOf(fill(2, cString("x".repeat(128)))), "x".repeat(128));
  const cut = new Array<number>(129).fill(0x78);
  assert.equal(kenvOf(fill(2, cut)), "x".repeat(129));
  assert.equal(kenvOf(fill(2, [0xff, 0])), "\udcff");
});

Deno.test("nmount() gives six vectors with their NULs counted", () => {
  const calls = callsOf((sys) =>
    sys.nmount({
      fstype: "cd9660",
      fspath: "/mnt",
      from: "/dev/iso9660/KRUN_CONFIG",
    }, 1)
  );
  const strings = [
    ...["fstype", "cd9660", "fspath", "/mnt", "from"],
    "/dev/iso9660/KRUN_CONFIG",
  ];
  const lengths = [7, 7, 7, 5, 5, 25];
  let at = 0x1000 + 6 * 16;
  const vectors = lengths.flatMap((length) => {
    const base = [at & 0xff, at >> 8, ...zeros(6)];
    at += length;
    return [...base, length, ...zeros(7)];
  });
  assert.deepEqual(calls, [
    [SYS.nmount, [...vectors, ...strings.flatMap(cString)], 6, 1],
  ]);
});

Deno.test("interfaceUp() adds IFF_UP to the flags that are there", () => {
  const before = [...cString("lo0"), ...zeros(28)];
  const after = [...before];
  after.splice(16, 2, 0x49, 0x80);
  const calls = callsOf((sys) => sys.interfaceUp("lo0"), {
    [SYS.socket]: [() => 7],
    [SYS.ioctl]: [(args) => {
      (args[2] as Uint8Array).set([0x48, 0x80], 16);
      return 0;
    }, () => 0],
  });
  assert.deepEqual(calls, [
    [SYS.socket, 2, 2 | 0x10000000, 0],
    [SYS.ioctl, 7, 0xc0206911, before],
    [SYS.ioctl, 7, 0x80206910, after],
    [SYS.close, 7],
  ]);
});

Deno.test("interfaceUp() closes its socket also where it fails", () => {
  const kernel = recordingKernel({ [SYS.ioctl]: [() => -6] });
  assert.throws(() => new FreebsdSys(kernel).interfaceUp("lo"), {
    message: 'interfaceUp("lo"): ENXIO',
  });
  assert.deepEqual(kernel.calls.at(-1), [SYS.close, 0]);
});

Deno.test("setBlocking() takes O_NONBLOCK from the flags, and nothing else", () => {
  const calls = callsOf((sys) => sys.setBlocking(5), {
    [SYS.fcntl]: [() => 2 | 4 | 8],
  });
  assert.deepEqual(calls, [[SYS.fcntl, 5, 3], [SYS.fcntl, 5, 4, 2 | 8]]);
});

Deno.test("sethostname() is the sysctl kern.hostname, without a NUL", () => {
  assert.deepEqual(callsOf((sys) => sys.sethostname("box")), [
    [
      SYS.sysctl,
      [...[1, 0, 0, 0], ...[10, 0, 0, 0]],
      2,
      null,
      null,
      [0x62, 0x6f, 0x78],
      3,
    ],
  ]);
});

Deno.test("exit() syncs and starts the guest again: PID 1 must not end", () => {
  const kernel = recordingKernel();
  assert.throws(() => new FreebsdSys(kernel).exit(125), {
    message: "exit returned",
  });
  assert.deepEqual(kernel.calls, [[SYS.sync], [SYS.reboot, 0], [
    SYS.exit,
    125,
  ]]);
});

/** Simple calls, each with its one system call. */
const simple: readonly (readonly [
  use: (sys: FreebsdSys) => unknown,
  call: RecordedCall,
])[] = [
  [(sys) => sys.unmount("/mnt"), [22, cString("/mnt"), 0]],
  [(sys) => sys.revoke("/dev/console"), [56, cString("/dev/console")]],
  [
    (sys) => sys.openAppending("/init.log"),
    [5, cString("/init.log"), 1 | 8 | 0x200, 0o644],
  ],
  [(sys) => sys.setsid(), [147]],
  [(sys) => sys.controllingTerminal(5), [54, 5, 0x20007461, null]],
  [(sys) => sys.dup2(5, 1), [90, 5, 1]],
  [(sys) => sys.setlogin("root"), [50, cString("root")]],
  [(sys) => sys.mkdir("/mnt", 0o755), [136, cString("/mnt"), 0o755]],
  [(sys) => sys.chmod("/f", 0o600), [15, cString("/f"), 0o600]],
  [(sys) => sys.symlink("/to", "/at"), [57, cString("/to"), cString("/at")]],
  [(sys) => sys.readLink("/at"), [58, cString("/at"), zeros(1024), 1024]],
  [(sys) => sys.open("/f", 2 | 4), [5, cString("/f"), 6]],
  [(sys) => sys.rename("/a", "/b"), [128, cString("/a"), cString("/b")]],
  [(sys) => sys.unlink("/f"), [10, cString("/f")]],
  [(sys) => sys.close(5), [6, 5]],
  [(sys) => sys.chdir("/w"), [12, cString("/w")]],
  [(sys) => sys.fchdir(5), [13, 5]],
  [(sys) => sys.chroot("."), [61, cString(".")]],
  [(sys) => sys.random(4), [563, zeros(4), 4, 0]],
  [
    (sys) => sys.sleep(2),
    [240, [...zeros(8), ...[0x80, 0x84, 0x1e], ...zeros(5)], null],
  ],
  [(sys) => sys.bootTime(), [232, 5, zeros(16)]],
];

for (const [use, call] of simple) {
  const name = String(use).replace("(sys) => sys.", "");
  Deno.test(`${name} is one system call, and fails with its errno`, () => {
    assert.deepEqual(callsOf(use), [call]);
    const failing = recordingKernel({ [Number(call[0])]: [() => -EINVAL] });
    assert.throws(() => use(new FreebsdSys(failing)), {
      name: "SysError",
      errno: "EINVAL",
    });
  });
}

Deno.test("open(), readLink() and bootTime() give what the kernel gives", () => {
  const sys = new FreebsdSys(recordingKernel({
    [SYS.open]: [() => 9],
    58: [fill(1, [0x2f, 0x74])],
    [SYS.clockGettime]: [
      (args) => {
        new DataView((args[1] as Uint8Array).buffer as ArrayBuffer)
          .setBigInt64(0, 3n, true);
        return 0;
      },
    ],
  }));
  assert.equal(sys.open("/f", 0), 9);
  assert.equal(sys.readLink("/l"), "/t");
  assert.equal(sys.bootTime(), 3e9);
});

Deno.test("readFile() opens once, reads to the end and closes", () => {
  let bytes: unknown;
  const calls = callsOf((sys) => bytes = sys.readFile("/f"), {
    [SYS.open]: [() => 9],
    [SYS.read]: [fill(1, [1, 2]), fill(1, [3]), () => 0],
  });
  assert.deepEqual(
    calls.map(([number, first]) => [number, first]),
    [
      [SYS.open, cString("/f")],
      ...[9, 9, 9].map((file) => [SYS.read, file]),
      [SYS.close, 9],
    ],
  );
  assert.equal(calls[0]?.[2], 0x100000);
  assert.deepEqual(bytes, new Uint8Array([1, 2, 3]));
});

Deno.test("readFile() closes also where it can't read", () => {
  const kernel = recordingKernel({ [SYS.read]: [() => -21] });
  assert.throws(() => new FreebsdSys(kernel).readFile("/d"), {
    message: 'read("/d"): EISDIR',
  });
  assert.deepEqual(kernel.calls.at(-1), [SYS.close, 0]);
});

Deno.test("readFileIn() begins at the directory, wherever the path does", () => {
  for (const path of ["/a/b", "a/b", "//a/b"]) {
    const [first] = callsOf((sys) => sys.readFileIn(3, path));
    assert.deepEqual(first, [SYS.openat, 3, cString("a/b"), 0x100000]);
  }
});

Deno.test("readDirectory() gives the names of getdirentries()", () => {
  const entry = [...zeros(16), 32, 0, 4, 0, 1, 0, 0, 0, 0x61, ...zeros(7)];
  const sys = new FreebsdSys(recordingKernel({
    [SYS.getdirentries]: [fill(1, entry), () => 0],
  }));
  assert.deepEqual(sys.readDirectory("/d"), ["a"]);
});

Deno.test("write() and writeFile() write until all is written", () => {
  const half: Answer = (args: readonly Argument[]) =>
    Math.ceil(Number(args[2]) / 2);
  const bytes = new Uint8Array([1, 2, 3]);
  const written = [
    [SYS.write, 9, [1, 2, 3], 3],
    [SYS.write, 9, [3], 1],
  ];
  const answers = { [SYS.open]: [() => 9], [SYS.write]: [half] };
  assert.deepEqual(callsOf((sys) => sys.write(9, bytes), answers), written);
  assert.deepEqual(callsOf((sys) => sys.writeFile("/f", bytes), answers), [
    [SYS.open, cString("/f"), 1 | 0x200 | 0x400 | 0x100000, 0o666],
    ...written,
    [SYS.close, 9],
  ]);
});

Deno.test("what only Linux has answers ENOSYS and asks nothing of the kernel", () => {
  const some = new Uint8Array(1);
  const kernel = recordingKernel();
  const sys = new FreebsdSys(kernel);
  const absent: readonly (readonly [() => unknown, string])[] = [
    [
      () => sys.mount(null, "/", null, 0, null),
      describe.mount(null, "/", null, 0, null),
    ],
    [() => sys.makeMount("proc", null, [], 0), 'makeMount("proc", null, 0)'],
    [() => sys.placeMount(3, "/"), 'placeMount("/")'],
    [() => sys.isMountPoint("/"), 'isMountPoint("/")'],
    [() => sys.fileSystemType(3), "fstatfs(3)"],
    [() => sys.mountFlags("/"), 'statfs("/")'],
    [() => sys.lstat("/"), 'lstat("/")'],
    [() => sys.readHead("/", 5), 'read("/", 5 bytes)'],
    [() => sys.lchown("/", 1, 2), 'lchown("/", 1, 2)'],
    [() => sys.mknod("/f", 0o010600, 0), 'mknod("/f", 010600, 0x0)'],
    [() => sys.copyFile("/a", "/b"), 'copy("/a", "/b")'],
    [() => sys.interfaceIndex("lo0"), 'interfaceIndex("lo0")'],
    [() => sys.hardwareAddress("lo0"), 'hardwareAddress("lo0")'],
    [() => sys.rtnetlink("mtu", some), 'rtnetlink("mtu")'],
    [() => sys.openPacket("lo0"), 'openPacket("lo0")'],
    [() => sys.send(3, some), "send(3, 1 bytes)"],
    [() => sys.receive(3, 1, 1), "receive(3, 1 bytes, 1 ms)"],
    [() => sys.openVsock(123), "openVsock(123)"],
    [() => sys.sendToHost(3, 123, some), "sendToHost(123, 1 bytes)"],
  ];
  for (const [use, operation] of absent) {
    assert.throws(use, { operation, errno: "ENOSYS" });
  }
  assert.deepEqual(kernel.calls, []);
});
