import assert from "#assert";
import { describe } from "../../ffi/describe.ts";
import { describeFreebsd } from "../../ffi/freebsd/describe.ts";
import { RecordedExit, recordingSys } from "../../ffi/recording_sys.ts";
import { isErrno, SysError } from "../../ffi/sys_error.ts";

Deno.test("recordingSys() notes every call in order", () => {
  const sys = recordingSys();
  sys.mkdir("/dev", 0o755);
  sys.mount("proc", "/proc", "proc", 0x20000e, null);
  sys.chdir("/");
  assert.deepEqual(sys.calls, [
    `mkdir("/dev", 0755)`,
    `mount("proc", "/proc", "proc", nosuid|nodev|noexec|relatime)`,
    `chdir("/")`,
  ]);
});

Deno.test("recordingSys() notes with what each call was made, and how it ended", () => {
  const sys = recordingSys({ failures: { chdir: "EACCES" } });
  sys.mkdir("/dev", 0o755);
  assert.throws(() => sys.chdir("/"));
  assert.throws(() => sys.readLink("/l"));
  assert.deepEqual(sys.records, [
    {
      name: "mkdir",
      args: ["/dev", 0o755],
      text: 'mkdir("/dev", 0755)',
      errno: undefined,
    },
    { name: "chdir", args: ["/"], text: 'chdir("/")', errno: "EACCES" },
    { name: "readLink", args: ["/l"], text: 'readlink("/l")', errno: "ENOENT" },
  ]);
});

Deno.test("recordingSys() has nothing to read, and all else succeeds", () => {
  const sys = recordingSys();
  const missing = {
    'readlink("/l")': () => sys.readLink("/l"),
    'read("/f")': () => sys.readFile("/f"),
    'read("/f", first root)': () => sys.readFileIn(3, "/f"),
    'list("/d")': () => sys.readDirectory("/d"),
    'open("/o")': () => sys.open("/o", 0),
    'lstat("/f")': () => sys.lstat("/f"),
    'read("/f", 5 bytes)': () => sys.readHead("/f", 5),
  };
  for (const [text, call] of Object.entries(missing)) {
    assert.throws(call, {
      name: "SysError",
      operation: text,
      errno: "ENOENT",
      message: `${text}: ENOENT`,
    });
  }
  const nothing = [
    sys.mkdir("/d", 0o755),
    sys.mount(null, "/", null, 0, null),
    sys.placeMount(3, "/"),
    sys.chmod("/f", 0o600),
    sys.symlink("/to", "/at"),
    sys.writeFile("/f", new Uint8Array(1)),
    sys.lchown("/f", 1, 2),
    sys.mknod("/f", 0o010600, 0),
    sys.copyFile("/a", "/b"),
    sys.rename("/a", "/b"),
    sys.unlink("/f"),
    sys.close(3),
    sys.chdir("/"),
    sys.fchdir(3),
    sys.chroot("."),
    sys.sethostname("name"),
    sys.interfaceUp("lo"),
    sys.rtnetlink("nothing", new Uint8Array(40)),
    sys.send(3, new Uint8Array(1)),
    sys.receive(3, 1500, 100),
    sys.sendToHost(3, 123, new Uint8Array(1)),
    sys.write(2, new Uint8Array(1)),
    sys.sleep(1),
    sys.kenv("NAME"),
    sys.nmount({ fstype: "cd9660" }, 1),
    sys.unmount("/mnt"),
    sys.revoke("/dev/console"),
    sys.setBlocking(3),
    sys.setsid(),
    sys.controllingTerminal(3),
    sys.dup2(3, 0),
    sys.setlogin("root"),
  ];
  for (const result of nothing) assert.equal(result, undefined);
  const descriptors = [
    sys.makeMount("proc", null, [], 0),
    sys.openPacket("eth0"),
    sys.openVsock(123),
    sys.openAppending("/log"),
  ];
  for (const descriptor of descriptors) assert.ok(descriptor > 2);
  assert.equal(sys.isMountPoint("/"), false);
  assert.equal(sys.fileSystemType(3), 0);
  assert.equal(sys.mountFlags("/"), 0);
  assert.equal(sys.interfaceIndex("lo"), 1);
  assert.equal(sys.hardwareAddress("lo").length, 6);
  assert.equal(sys.random(5).length, 5);
  assert.equal(sys.bootTime(), 0);
  // All of them but the exit.
  assert.equal(
    sys.calls.length,
    Object.keys({ ...describe, ...describeFreebsd }).length - 1,
  );
});

Deno.test("recordingSys() fails the calls with a given text, and no others", () => {
  const sys = recordingSys({ failures: { 'mkdir("/dev", 0755)': "EROFS" } });
  assert.throws(() => sys.mkdir("/dev", 0o755), {
    message: 'mkdir("/dev", 0755): EROFS',
    errno: "EROFS",
  });
  sys.mkdir("/dev", 0o700);
  assert.deepEqual(sys.calls, ['mkdir("/dev", 0755)', 'mkdir("/dev", 0700)']);
});

Deno.test("recordingSys() fails all calls of an operation", () => {
  const sys = recordingSys({ failures: { readFile: "EIO" } });
  assert.throws(() => sys.readFile("/a"), { message: 'read("/a"): EIO' });
  assert.throws(() => sys.readFile("/b"), { message: 'read("/b"): EIO' });
  sys.chdir("/a");
});

Deno.test("recordingSys() takes the failure of the text before that of the operation", () => {
  const sys = recordingSys({
    failures: { mkdir: "EIO", 'mkdir("/a", 00)': "EROFS" },
  });
  assert.throws(() => sys.mkdir("/a", 0), { errno: "EROFS" });
  assert.throws(() => sys.mkdir("/b", 0), { errno: "EIO" });
});

Deno.test("recordingSys() answers as it is told, with the call's arguments", () => {
  const sys = recordingSys({
    answers: {
      readLink: (path) => `${path} was asked for`,
      bootTime: () => 5,
      open: (_path, flags) => flags + 10,
    },
  });
  assert.equal(sys.readLink("/l"), "/l was asked for");
  assert.equal(sys.bootTime(), 5);
  assert.equal(sys.open("/o", 1), 11);
  assert.deepEqual(sys.calls, [
    'readlink("/l")',
    "clock_gettime(boottime)",
    'open("/o")',
  ]);
});

Deno.test("recordingSys() fails a call also where it has an answer for it", () => {
  const sys = recordingSys({
    answers: { readLink: () => "/to" },
    failures: { readLink: "EINVAL" },
  });
  assert.throws(() => sys.readLink("/l"), { errno: "EINVAL" });
});

Deno.test("recordingSys() ends in the place of the process", () => {
  const sys = recordingSys();
  assert.throws(() => sys.exit(125), {
    name: "RecordedExit",
    status: 125,
    message: "The recorded process ended with status 125",
  });
  assert.throws(() => sys.exit(0), RecordedExit);
  assert.deepEqual(sys.calls, ["exit(125)", "exit(0)"]);
});

Deno.test("isErrno() is true for a SysError with one of the names", () => {
  const error = new SysError('chdir("/")', "ENOENT");
  assert.equal(isErrno(error, "ENOENT"), true);
  assert.equal(isErrno(error, "EPERM", "ENOENT"), true);
  assert.equal(isErrno(error, "EPERM"), false);
  assert.equal(isErrno(error), false);
  assert.equal(isErrno(new Error("ENOENT"), "ENOENT"), false);
  assert.equal(isErrno(undefined, "ENOENT"), false);
});

Deno.test("SysError tells the operation, the error and what else the kernel says", () => {
  const plain = new SysError('chdir("/")', "ENOENT");
  assert.equal(plain.message, 'chdir("/"): ENOENT');
  assert.equal(plain.reason, "ENOENT");
  const detailed = new SysError('makeMount("x")', "EINVAL", "bad option");
  assert.equal(detailed.message, 'makeMount("x"): EINVAL, bad option');
  assert.equal(detailed.reason, "EINVAL, bad option");
  assert.equal(detailed.errno, "EINVAL");
  assert.equal(detailed.operation, 'makeMount("x")');
});
