import dgram from "node:dgram";
import assert from "#assert";
import { callNumbers } from "../../ffi/linux/symbols.ts";
import { LinuxSys } from "../../ffi/linux/sys.ts";
import { Shim } from "../../ffi/shim.ts";
import { setMtu } from "../../stages/formats/rtnetlink.ts";
import { compileNative } from "../../tools/native.ts";

// What reaches no farther than the loopback interface of this machine, and
// changes nothing; tests/namespace/dhcp_test.ts has the rest.

const native = new URL("../../native", import.meta.url).pathname;
const shim = await Deno.makeTempFile({ suffix: ".so" });
await Deno.writeFile(
  shim,
  (await compileNative(Deno.build.arch, native)).shim,
);
const kernel = new Shim(shim);
const sys = new LinuxSys(kernel);

Deno.test.afterAll(() => Deno.remove(shim));

/** socket(2), and bind(2) to 127.0.0.1 and any port, past LinuxSys. */
function openSocket(): number {
  const { socket, bind } = callNumbers;
  const [inet, datagrams] = [2, 2];
  const descriptor = kernel.call(socket, [inet, datagrams, 0]);
  const address = new Uint8Array(16);
  address.set([inet, 0, 0, 0, 127, 0, 0, 1]);
  assert.equal(kernel.call(bind, [descriptor, address, address.length]), 0);
  return descriptor;
}

/** Runs an action with a socket on the loopback interface, on any port. */
function withSocket(action: (socket: number) => void): void {
  const socket = openSocket();
  try {
    action(socket);
  } finally {
    sys.close(socket);
  }
}

/** The port that a socket has been given: a look at /proc/net/udp. */
function portOf(socket: number): number {
  const [inode = ""] = /\d+/.exec(sys.readLink(`/proc/self/fd/${socket}`)) ??
    [];
  const line = Deno.readTextFileSync("/proc/net/udp").split("\n")
    .find((line) => line.trim().split(/\s+/)[9] === inode);
  return parseInt(line?.split(":")[2] ?? "", 16);
}

Deno.test("LinuxSys.receive() waits as long as it is told", () => {
  withSocket((socket) => {
    const start = performance.now();
    assert.equal(sys.receive(socket, 100, 30), undefined);
    const duration = performance.now() - start;
    assert.ok(duration >= 30 && duration < 500, `${duration} ms`);
    assert.equal(sys.receive(socket, 100, 0), undefined);
  });
});

Deno.test("LinuxSys.receive() gives a datagram, and no more of it than is wanted", async () => {
  const socket = openSocket();
  const sender = dgram.createSocket("udp4");
  try {
    const port = portOf(socket);
    await new Promise<void>((resolve, reject) =>
      sender.send("hello", port, "127.0.0.1", (error) => {
        if (error) reject(error);
        else resolve();
      })
    );
    const bytes = sys.receive(socket, 3, 2000);
    assert.equal(new TextDecoder().decode(bytes), "hel");
    assert.equal(sys.receive(socket, 3, 0), undefined);
  } finally {
    sender.close();
    sys.close(socket);
  }
});

Deno.test("LinuxSys.openPacket() names what it can't have", () => {
  assert.throws(() => sys.openPacket("no-such-one"), {
    operation: 'openPacket("no-such-one")',
    // Without the right to such sockets, that comes first.
    errno: /^(ENODEV|EPERM)$/,
  });
});

Deno.test("LinuxSys.rtnetlink() tells what the kernel refuses", () => {
  const noInterface = 0x7fff_fff0;
  assert.throws(() => sys.rtnetlink("mtu of none", setMtu(noInterface, 1500)), {
    operation: 'rtnetlink("mtu of none")',
    // Without the right to change anything, that comes first.
    errno: /^(ENODEV|EPERM)$/,
  });
});

Deno.test("LinuxSys keeps no socket that it could not use", () => {
  const count = (): number => sys.readDirectory("/proc/self/fd").length;
  const before = count();
  const attempts = 100;
  for (let n = 0; n < attempts; n++) {
    for (
      const call of [
        () => sys.openPacket("no-such-one"),
        () => sys.interfaceIndex("no-such-one"),
        () => sys.rtnetlink("nothing", setMtu(0x7fff_fff0, 1500)),
      ]
    ) assert.throws(call, { name: "SysError" });
  }
  // Tests in other threads of this process open and close descriptors, too.
  assert.ok(count() - before < attempts / 2, `${count()}, before ${before}`);
});
