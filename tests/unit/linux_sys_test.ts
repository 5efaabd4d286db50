import assert from "#assert";
import fc from "fast-check";
import { decodeBytes, encodeBytes } from "../../ffi/bytes.ts";
import { LinuxSys } from "../../ffi/linux/sys.ts";
import { Shim } from "../../ffi/shim.ts";
import { compileNative } from "../../tools/native.ts";
import { run } from "../../tools/run.ts";
import { kernelText } from "./arbitraries.ts";

const native = new URL("../../native", import.meta.url).pathname;
const child = new URL("../fixtures/linux_sys_process.ts", import.meta.url);

const privileged = new URL(
  "../fixtures/linux_sys_namespaces.ts",
  import.meta.url,
);
const unshare = ["--user", "--map-root-user", "--mount", "--net", "--uts"];

/** False where the kernel or a container keeps namespaces from users. */
function mayUnshare(): Promise<boolean> {
  return run("unshare", [...unshare, "true"]).then(() => true, () => false);
}

/** Holds the shim and all that the tests make. */
const folder = await Deno.makeTempDir({ prefix: "krun-unit-sys-" });
const shim = `${folder}/shim.so`;
await Deno.writeFile(
  shim,
  (await compileNative(Deno.build.arch, native)).shim,
);
const sys = new LinuxSys(new Shim(shim));

Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

/** A path that no test has used before. */
let used = 0;
function fresh(name = "file"): string {
  return `${folder}/${name}${used++}`;
}

/** What the fixture program answers, or its exit status for `exit`. */
async function inProcess(
  what: string,
  argument: string,
): Promise<{ code: number; answer: unknown }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", child.pathname, shim, what, argument],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(new TextDecoder().decode(stderr), "");
  return { code, answer: text === "" ? undefined : JSON.parse(text) };
}

Deno.test("LinuxSys opens the shim at the first call, not before", () => {
  const without = new LinuxSys(new Shim(`${folder}/none.so`));
  assert.throws(() => without.bootTime(), /none\.so/);
});

Deno.test("LinuxSys.readFile() reads whole files of any size", async () => {
  for (const size of [0, 1, 65535, 65536, 65537, 300_000]) {
    const path = fresh();
    const bytes = Uint8Array.from({ length: size }, (_, n) => n * 7 % 251);
    await Deno.writeFile(path, bytes);
    const read = sys.readFile(path);
    assert.equal(read.length, size);
    assert.ok(read.every((byte, n) => byte === bytes[n]));
  }
});

Deno.test("LinuxSys.readFile() reads files that have no size", () => {
  const status = decodeBytes(sys.readFile("/proc/self/status"));
  assert.match(status, /^Name:\t/);
  assert.match(status, new RegExp(`^Pid:\\t${Deno.pid}$`, "m"));
});

Deno.test("LinuxSys.readDescriptor() reads all of an open file, wherever it stands", () => {
  for (const size of [0, 1, 4096, 10_000]) {
    const path = fresh();
    const bytes = Uint8Array.from({ length: size }, (_, n) => n * 7 % 251);
    Deno.writeFileSync(path, bytes);
    const descriptor = sys.open(path, 2);
    // Where a writer leaves it.
    sys.write(descriptor, bytes);
    assert.deepEqual(sys.readDescriptor(descriptor), bytes);
    sys.close(descriptor);
    assert.throws(() => sys.readDescriptor(descriptor), {
      message: `pread(${descriptor}): EBADF`,
    });
  }
});

Deno.test("LinuxSys names the operation and the error of what fails", () => {
  const file = fresh();
  const missing = fresh("missing");
  Deno.writeTextFileSync(file, "");
  const failures: readonly (readonly [() => unknown, string, string])[] = [
    [() => sys.readFile(missing), `read("${missing}")`, "ENOENT"],
    [() => sys.readFile(`${file}/x`), `read("${file}/x")`, "ENOTDIR"],
    [() => sys.readFile(folder), `read("${folder}")`, "EISDIR"],
    [
      () => sys.readFileIn(-1, "x"),
      'read("x", first root)',
      "EBADF",
    ],
    [() => sys.readDirectory(file), `list("${file}")`, "ENOTDIR"],
    [() => sys.readDirectory(missing), `list("${missing}")`, "ENOENT"],
    [() => sys.readLink(file), `readlink("${file}")`, "EINVAL"],
    [() => sys.mkdir(folder, 0o755), `mkdir("${folder}", 0755)`, "EEXIST"],
    [() => sys.symlink("/to", file), `symlink("/to", "${file}")`, "EEXIST"],
    [() => sys.fileSystemType(-1), "fstatfs(-1)", "EBADF"],
    [() => sys.mountFlags(missing), `statfs("${missing}")`, "ENOENT"],
    [() => sys.chmod(missing, 0o600), `chmod("${missing}", 0600)`, "ENOENT"],
    [() => sys.chdir(missing), `chdir("${missing}")`, "ENOENT"],
    [() => sys.chdir(file), `chdir("${file}")`, "ENOTDIR"],
    [() => sys.fchdir(-1), "fchdir(-1)", "EBADF"],
    [() => sys.open(missing, 0), `open("${missing}")`, "ENOENT"],
    [() => sys.open(folder, 1), `open("${folder}")`, "EISDIR"],
    [() => sys.isMountPoint(missing), `isMountPoint("${missing}")`, "ENOENT"],
    [() => sys.write(-1, encodeBytes("x")), "write(-1, 1 bytes)", "EBADF"],
    [
      () => sys.readFile("x".repeat(300)),
      `read("${"x".repeat(300)}")`,
      "ENAMETOOLONG",
    ],
    [
      () => sys.interfaceUp("no-such-one"),
      'interfaceUp("no-such-one")',
      "ENODEV",
    ],
  ];
  for (const [call, operation, errno] of failures) {
    assert.throws(call, { name: "SysError", operation, errno });
  }
});

Deno.test("LinuxSys.readDirectory() lists every name, valid UTF-8 or not", () => {
  const path = fresh("folder");
  sys.mkdir(path, 0o755);
  assert.deepEqual(sys.readDirectory(path), []);
  const names = ["a", ".hidden", "ä", "b\udcff", "x".repeat(255)];
  for (const name of names) sys.symlink("/", `${path}/${name}`);
  // More than fits into one buffer of getdents64().
  const many = Array.from({ length: 300 }, (_, n) => `${n}-`.padEnd(250, "x"));
  for (const name of many) sys.symlink("/", `${path}/${name}`);
  assert.deepEqual(
    sys.readDirectory(path).toSorted(),
    [...names, ...many].toSorted(),
  );
});

Deno.test("LinuxSys.symlink() and readLink() keep any path byte for byte", () => {
  fc.assert(
    fc.property(
      kernelText.filter((text) => text !== "" && text.length < 4000),
      (target) => {
        const path = fresh("link");
        sys.symlink(target, path);
        assert.equal(sys.readLink(path), target);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("LinuxSys finds a file again by a name that is not UTF-8", () => {
  const path = `${fresh()}\udcff\udc80`;
  sys.symlink("/proc/self/status", path);
  assert.match(decodeBytes(sys.readFile(path)), /^Name:/);
  assert.throws(() => sys.readFile(`${path}\udc80`), { errno: "ENOENT" });
});

Deno.test("LinuxSys.mkdir() and chmod() set the bits of the mode", () => {
  const path = fresh("folder");
  sys.mkdir(path, 0o700);
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o7777, 0o700);
  sys.chmod(path, 0o1751);
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o7777, 0o1751);
});

Deno.test("LinuxSys.mkdir() leaves out the bits of the umask", async () => {
  const { answer } = await inProcess("umask", folder);
  assert.equal(answer, 0o750);
});

Deno.test("LinuxSys.chdir() and fchdir() change the working directory", async () => {
  const path = Deno.realPathSync(folder);
  const { answer } = await inProcess("directories", path);
  assert.deepEqual(answer, { inner: `${path}/inner`, outer: path });
});

Deno.test("LinuxSys.readFileIn() stays within the root that it is given", () => {
  const root = fresh("root");
  sys.mkdir(root, 0o755);
  Deno.writeTextFileSync(`${root}/file`, "inside");
  sys.symlink("/file", `${root}/absolute`);
  sys.symlink("../../../../file", `${root}/upwards`);
  sys.symlink("/etc/passwd", `${root}/outside`);
  const descriptor = sys.open(root, 0);
  try {
    for (const path of ["/file", "file", "/absolute", "upwards", "../file"]) {
      assert.equal(decodeBytes(sys.readFileIn(descriptor, path)), "inside");
    }
    for (const path of ["/outside", "/etc/passwd", ""]) {
      assert.throws(() => sys.readFileIn(descriptor, path), {
        operation: `read("${path}", first root)`,
        errno: "ENOENT",
      });
    }
  } finally {
    sys.close(descriptor);
  }
});

Deno.test("LinuxSys.open() opens as its flags say, close-on-exec too", () => {
  const path = fresh();
  Deno.writeTextFileSync(path, "");
  const readable = sys.open(path, 0);
  const writable = sys.open(path, 1);
  const flagsOf = (descriptor: number): string => {
    const info = sys.readFile(`/proc/self/fdinfo/${descriptor}`);
    return /^flags:\t(\d+)$/m.exec(decodeBytes(info))?.[1] ?? "";
  };
  try {
    const close = 0o2000000;
    const flags = [readable, writable].map((fd) => parseInt(flagsOf(fd), 8));
    assert.deepEqual(flags.map((bits) => bits & 3), [0, 1]);
    assert.deepEqual(flags.map((bits) => bits & close), [0, 0]);
    assert.throws(() => sys.write(readable, encodeBytes("x")), {
      errno: "EBADF",
    });
    sys.write(writable, encodeBytes("x"));
    assert.equal(Deno.readTextFileSync(path), "x");
  } finally {
    sys.close(readable);
    sys.close(writable);
  }
  // A number that nobody has: another thread may have got those above.
  const nobodys = 1_000_000_000;
  assert.throws(() => sys.close(nobodys), {
    operation: `close(${nobodys})`,
    errno: "EBADF",
  });
});

Deno.test("LinuxSys.write() writes all bytes, of a part of a buffer too", () => {
  const path = fresh();
  Deno.writeTextFileSync(path, "");
  const descriptor = sys.open(path, 1);
  try {
    sys.write(descriptor, new Uint8Array());
    sys.write(descriptor, encodeBytes("[hello]").subarray(1, 6));
    const large = new Uint8Array(1_000_000).fill(0x61);
    sys.write(descriptor, large);
  } finally {
    sys.close(descriptor);
  }
  assert.equal(Deno.readTextFileSync(path), `hello${"a".repeat(1_000_000)}`);
});

Deno.test("LinuxSys.write() gives up where there is no room in time", async () => {
  const path = fresh();
  await new Deno.Command("mkfifo", { args: [path] }).output();
  using reader = await Deno.open(path, { read: true, write: true });
  const descriptor = sys.open(path, 1);
  try {
    const started = performance.now();
    assert.throws(
      () => sys.write(descriptor, new Uint8Array(100_000).fill(0x61), 50),
      {
        operation: `write(${descriptor}, 100000 bytes)`,
        errno: "ETIMEDOUT",
      },
    );
    const took = performance.now() - started;
    assert.ok(took >= 50 && took < 1000, `${took} ms`);
    const buffer = new Uint8Array(100_000);
    let taken = 0;
    while (taken < 65536) taken += await reader.read(buffer) ?? 0;
    assert.equal(taken, 65536);
    // With room again it writes, however little time there is.
    sys.write(descriptor, encodeBytes("room"), 0);
    assert.equal(await reader.read(buffer), 4);
  } finally {
    sys.close(descriptor);
  }
});

Deno.test("LinuxSys.isMountPoint() knows the root of a mount", () => {
  assert.equal(sys.isMountPoint("/proc"), true);
  assert.equal(sys.isMountPoint("/"), true);
  assert.equal(sys.isMountPoint("/proc/self"), false);
  assert.equal(sys.isMountPoint(folder), false);
  // The link itself, which is no mount.
  const link = fresh("link");
  sys.symlink("/proc", link);
  assert.equal(sys.isMountPoint(link), false);
});

Deno.test("LinuxSys.bootTime() is the time since the boot, and goes on", () => {
  const [uptime = ""] = Deno.readTextFileSync("/proc/uptime").split(" ");
  let last = sys.bootTime();
  assert.ok(Math.abs(last / 1e9 - Number(uptime)) < 60);
  for (let n = 0; n < 1000; n++) {
    const now = sys.bootTime();
    assert.ok(now >= last);
    last = now;
  }
});

Deno.test("LinuxSys.writeFile() makes a file, or empties the one that is there", () => {
  const path = fresh();
  sys.writeFile(path, encodeBytes("longer text\n"));
  assert.equal(Deno.readTextFileSync(path), "longer text\n");
  sys.writeFile(path, encodeBytes("short\n"));
  assert.equal(Deno.readTextFileSync(path), "short\n");
  sys.writeFile(path, new Uint8Array());
  assert.equal(Deno.readTextFileSync(path), "");
  assert.throws(() => sys.writeFile(folder, encodeBytes("x")), {
    operation: `write("${folder}", 1 bytes)`,
    errno: "EISDIR",
  });
});

Deno.test("LinuxSys.rename() and unlink() change names", () => {
  const from = fresh();
  const to = fresh();
  sys.writeFile(from, encodeBytes("new"));
  sys.writeFile(to, encodeBytes("old"));
  sys.rename(from, to);
  assert.equal(Deno.readTextFileSync(to), "new");
  assert.throws(() => sys.rename(from, to), {
    operation: `rename("${from}", "${to}")`,
    errno: "ENOENT",
  });
  sys.unlink(to);
  assert.throws(() => sys.unlink(to), {
    operation: `unlink("${to}")`,
    errno: "ENOENT",
  });
});

Deno.test("LinuxSys.lstat() tells type, bits, owner and device, of a link itself", () => {
  const path = fresh("link");
  Deno.symlinkSync("/nowhere", path);
  assert.equal(sys.lstat(path).mode, 0o120777);
  const file = fresh();
  Deno.writeTextFileSync(file, "");
  Deno.chmodSync(file, 0o4751);
  const { uid, gid } = Deno.lstatSync(file);
  assert.deepEqual(sys.lstat(file), { mode: 0o104751, uid, gid, device: 0 });
  assert.equal(sys.lstat(folder).mode & 0o170000, 0o040000);
  // Character device 1:3 (null(4)).
  const { mode, device } = sys.lstat("/dev/null");
  assert.deepEqual([mode, device], [0o020666, 0x103]);
});

Deno.test("LinuxSys.copyFile() copies any number of bytes over what was there", () => {
  const [from, to] = [fresh(), fresh()];
  Deno.writeTextFileSync(to, "of old ".repeat(1000));
  for (const size of [3_000_000, 1, 0]) {
    const bytes = Uint8Array.from({ length: size }, (_, n) => n * 7 % 251);
    Deno.writeFileSync(from, bytes);
    sys.copyFile(from, to);
    const copied = Deno.readFileSync(to);
    assert.ok(
      copied.length === size && copied.every((byte, n) => byte === bytes[n]),
    );
  }
  assert.throws(() => sys.copyFile(`${from}-missing`, to), {
    operation: `copy("${from}-missing", "${to}")`,
    errno: "ENOENT",
  });
});

Deno.test("LinuxSys.mknod() makes a FIFO, and lchown() gives it back to its owner", () => {
  const path = fresh("fifo");
  sys.mknod(path, 0o010640, 0);
  const { mode, uid, gid } = sys.lstat(path);
  assert.equal(mode, 0o010640);
  sys.lchown(path, uid, gid);
  assert.deepEqual(sys.lstat(path), { mode, uid, gid, device: 0 });
  assert.throws(() => sys.lchown(`${path}-missing`, 1, 2), { errno: "ENOENT" });
  assert.throws(() => sys.mknod(path, 0o010640, 0), { errno: "EEXIST" });
});

Deno.test("LinuxSys.random() gives other bytes every time", () => {
  const one = sys.random(16);
  const two = sys.random(16);
  assert.equal(one.length, 16);
  assert.notDeepEqual(one, two);
});

Deno.test("LinuxSys knows the loopback interface by its number and address", () => {
  assert.equal(sys.interfaceIndex("lo"), 1);
  assert.deepEqual([...sys.hardwareAddress("lo")], [0, 0, 0, 0, 0, 0]);
  assert.throws(() => sys.interfaceIndex("no-such-one"), {
    operation: 'interfaceIndex("no-such-one")',
    errno: "ENODEV",
  });
  assert.throws(() => sys.interfaceUp("a-name-too-long-"), RangeError);
});

Deno.test("LinuxSys.sleep() lasts as long as it is told", () => {
  const start = sys.bootTime();
  sys.sleep(30);
  const milliseconds = (sys.bootTime() - start) / 1e6;
  assert.ok(milliseconds >= 30, `${milliseconds} ms`);
});

Deno.test("LinuxSys keeps no descriptor, whether a call fails or not", async () => {
  const { answer } = await inProcess("descriptors", folder);
  assert.equal(answer, 0);
});

Deno.test({
  name: "LinuxSys mounts, names the host and sets up the network, where it may",
  ignore: !await mayUnshare(),
  async fn() {
    const path = Deno.realPathSync(folder);
    const program = [Deno.execPath(), "run", "-q", "-A", privileged.pathname];
    const text = await run("unshare", [...unshare, ...program, shim, path]);
    assert.deepEqual(JSON.parse(text), {
      mount: {
        mounted: [
          ...["rw,nosuid,noexec,relatime", "tmpfs", "the\\040source"],
          ["rw", "size=64k"],
        ],
        flags: "nosuid|noexec|relatime",
        point: true,
      },
      makeMount: {
        before: false,
        mounted: ["rw,nodev,noatime", "tmpfs", "label", ["ro", "size=64k"]],
        flags: "readonly|nodev|noatime",
        inside: `${path}/new`,
        unknownType: 'makeMount("nonsense", null, 0): ENODEV',
        unknownOption:
          'makeMount("tmpfs", null, 0, "x=1"): EINVAL, tmpfs: Unknown parameter \'x\'',
        nowhere: `placeMount("${path}/new"): EBADF`,
      },
      initramfs: {
        events: ["start", "done"],
        left: ["folder", "mounted"],
        inFolder: [],
        inMounted: ["kept"],
        outside: ["target"],
        cwd: "/",
      },
      elsewhere: [
        "start",
        "warn: The first root is no initramfs: it is left alone",
        "done",
      ],
      network: {
        before: false,
        loopback: true,
        added: true,
        again: 'rtnetlink("add it again"): EEXIST',
      },
      hostname: "näme\n",
      refused: 'mount(null, "/none", "tmpfs", 0): ENOENT',
      chroot: ["inner"],
    });
  },
});

Deno.test("LinuxSys.unshareFs() leaves the process' other threads where they are", async () => {
  assert.deepEqual(await inProcess("unshareFs", await Deno.realPath(folder)), {
    code: 0,
    answer: { before: 1, shared: ["/proc"], own: 1, others: ["/proc"] },
  });
});

Deno.test("LinuxSys.exit() ends the process with its status", async () => {
  assert.deepEqual(await inProcess("exit", "7"), {
    code: 7,
    answer: undefined,
  });
});

Deno.test("LinuxSys reads right also while garbage is collected", () => {
  const path = fresh();
  const bytes = new Uint8Array(5000).fill(0x62);
  Deno.writeFileSync(path, bytes);
  for (let n = 0; n < 300; n++) {
    const garbage = Array.from({ length: 50 }, () => new Uint8Array(3000));
    assert.equal(sys.readFile(path).length, 5000);
    assert.throws(() => sys.readLink(path), { errno: "EINVAL" });
    assert.equal(sys.readLink("/proc/self"), `${Deno.pid}`);
    assert.equal(garbage.length, 50);
  }
});
