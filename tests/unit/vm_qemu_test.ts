import assert from "#assert";
import { type Machine, qemuArguments } from "../../tools/vm/qemu.ts";

const machine: Machine = {
  arch: "x86_64",
  kernel: "/k",
  initramfs: "/i",
  memory: 96,
  cpus: 1,
  root: "/root.sock",
  console: "/console.sock",
  ports: [
    { name: "krun-stdin", backend: "socket", path: "/in,put" },
    { name: "krun-stdout", backend: "file", path: "/out" },
  ],
  shares: [],
  disks: [],
  network: "none",
};

/** Returns what follows each occurrence of an option. */
function values(args: readonly string[], option: string): string[] {
  return args.filter((_, n) => args[n - 1] === option);
}

Deno.test("qemuArguments() has each architecture's machine and processor", () => {
  const types = (arch: Machine["arch"]): string[] => {
    const args = qemuArguments({ ...machine, arch });
    return [...values(args, "-machine"), ...values(args, "-cpu")];
  };
  assert.deepEqual(types("x86_64"), [
    "q35,memory-backend=memory",
    "max,la57=off,cx16=off",
  ]);
  assert.deepEqual(types("aarch64"), [
    "virt,gic-version=3,memory-backend=memory",
    "max,pauth-impdef=on",
  ]);
});

Deno.test("qemuArguments() shares all of the guest's memory with virtiofsd", () => {
  const args = qemuArguments(machine);
  assert.deepEqual(values(args, "-m"), ["96M"]);
  assert.deepEqual(values(args, "-object"), [
    "memory-backend-memfd,id=memory,size=96M,share=on",
  ]);
});

Deno.test("qemuArguments() keeps the order of the ports and doubles commas", () => {
  const args = qemuArguments(machine);
  assert.deepEqual(values(args, "-chardev").slice(2), [
    "socket,id=krun-stdin,path=/in,,put",
    "file,id=krun-stdout,path=/out",
  ]);
  assert.deepEqual(
    values(args, "-device").filter((device) => device.includes("port")),
    [
      "virtserialport,chardev=krun-stdin,name=krun-stdin",
      "virtserialport,chardev=krun-stdout,name=krun-stdout",
    ],
  );
});

Deno.test("qemuArguments() adds disks and a network only when wanted", () => {
  const bare = qemuArguments(machine);
  assert.deepEqual(values(bare, "-drive"), []);
  assert.deepEqual(values(bare, "-netdev"), []);
  const full = qemuArguments({
    ...machine,
    disks: ["/a", "/b,c"],
    network: "user",
  });
  assert.deepEqual(values(full, "-drive"), [
    "if=none,id=disk0,format=raw,file=/a",
    "if=none,id=disk1,format=raw,file=/b,,c",
  ]);
  assert.deepEqual(values(full, "-netdev"), ["user,id=net0"]);
  const forward = { host: 8080, guest: 80 };
  assert.deepEqual(
    values(
      qemuArguments({ ...machine, network: "user", forward }),
      "-netdev",
    ),
    ["user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80"],
  );
});

Deno.test("qemuArguments() shares folders under their tags", () => {
  const args = qemuArguments({
    ...machine,
    shares: [{ tag: "a,b", socket: "/s" }],
  });
  assert.ok(values(args, "-chardev").includes("socket,id=share0,path=/s"));
  assert.ok(
    values(args, "-device").includes(
      "vhost-user-fs-pci,chardev=share0,tag=a,,b",
    ),
  );
});

Deno.test("qemuArguments() adds a monitor only when wanted", () => {
  assert.deepEqual(values(qemuArguments(machine), "-monitor"), []);
  const args = qemuArguments({ ...machine, monitor: "/mon,itor" });
  assert.deepEqual(values(args, "-monitor"), [
    "unix:/mon,,itor,server=on,wait=off",
  ]);
});

Deno.test("qemuArguments() has a virtio-fs root only where one is served", () => {
  const { root: _, ...without } = machine;
  assert.ok(
    qemuArguments(machine).some((arg) => arg.includes("vhost-user-fs")),
  );
  assert.ok(!qemuArguments(without).some((arg) => arg.includes("root")));
});
