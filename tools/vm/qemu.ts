/** How QEMU is called (qemu-system(1)). */

import type { Arch } from "../native.ts";
import { platforms } from "./platform.ts";

/** The virtual machine as QEMU sees it; each path is a file of the host. */
export interface Machine {
  readonly arch: Arch;
  readonly kernel: string;
  readonly initramfs: string;
  /** In MiB. */
  readonly memory: number;
  /** How many processors. */
  readonly cpus: number;
  /** Socket of virtiofsd; none: no virtio-fs root. */
  readonly root?: string;
  /** Socket for the console, hvc0. */
  readonly console: string;
  /** The virtio ports in their order. */
  readonly ports: readonly NamedPort[];
  /** Other folders of the host. */
  readonly shares: readonly SharedFolder[];
  /** Raw images: /dev/vda and so on. */
  readonly disks: readonly string[];
  readonly network: "none" | "user";
  /** A port of the host's loopback, and that of the guest which it leads to. */
  readonly forward?: { readonly host: number; readonly guest: number };
  /** Socket for QEMU's monitor, if it is to have one. */
  readonly monitor?: string;
}

/** A folder that a guest can mount by its tag. */
export interface SharedFolder {
  readonly tag: string;
  /** Socket of its virtiofsd. */
  readonly socket: string;
}

/** A virtio port. */
export interface NamedPort {
  /** Its name in the guest. */
  readonly name: string;
  /** What it is on the host: a socket or a file that takes its output. */
  readonly backend: "socket" | "file";
  /** That file's or socket's path. */
  readonly path: string;
}

/** The tag under which libkrun's guests know their root. */
const rootTag = "/dev/root";

/**
 * The kernel's own part of its command line, after libkrun's: "reboot=k
 * panic=-1 panic_print=0 nomodule console=hvc0 rootfstype=virtiofs rw quiet
 * no-kvmapf init=/init.krun". The initramfs loads modules and mounts the root,
 * so nothing is left for the two words that are missing. The last word makes
 * Linux forget the words before it that it does not know, as `no-kvmapf` on
 * aarch64; they would become arguments.
 */
export const kernelParameters: readonly string[] = [
  "reboot=k",
  "panic=-1",
  "panic_print=0",
  "console=hvc0",
  "rw",
  "quiet",
  "no-kvmapf",
  // The exit probe's hits go to the console, where `quiet` would hide them.
  "tp_printk",
  "loglevel=5",
  // Half a second of self-tests in software emulation.
  "cryptomgr.notests",
  "init=/init.krun",
];

/** Lists QEMU's arguments but for `-append`. */
export function qemuArguments(machine: Machine): string[] {
  const memory = `${machine.memory}M`;
  return [
    "-nodefaults",
    "-no-user-config",
    ...["-display", "none"],
    ...platforms[machine.arch].machine,
    ...["-accel", "tcg,thread=multi"],
    ...["-smp", String(machine.cpus)],
    ...["-m", memory],
    // virtiofsd reads and writes the guest's memory itself.
    ...["-object", `memory-backend-memfd,id=memory,size=${memory},share=on`],
    // A guest that restarts has ended.
    "-no-reboot",
    ...["-kernel", machine.kernel],
    ...["-initrd", machine.initramfs],
    ...(machine.root === undefined ? [] : [
      ...chardev("socket", "root", machine.root),
      ...["-device", `vhost-user-fs-pci,chardev=root,tag=${rootTag}`],
    ]),
    ...machine.shares.flatMap(({ tag, socket }, n) => [
      ...chardev("socket", `share${n}`, socket),
      ...[
        "-device",
        `vhost-user-fs-pci,chardev=share${n},tag=${escaped(tag)}`,
      ],
    ]),
    ...["-device", "virtio-serial-pci"],
    ...chardev("socket", "console", machine.console),
    ...["-device", "virtconsole,chardev=console"],
    ...machine.ports.flatMap(({ name, backend, path }) => [
      ...chardev(backend, name, path),
      ...["-device", `virtserialport,chardev=${name},name=${name}`],
    ]),
    ...machine.disks.flatMap((file, n) => [
      ...["-drive", `if=none,id=disk${n},format=raw,file=${escaped(file)}`],
      ...["-device", `virtio-blk-pci,drive=disk${n}`],
    ]),
    ...(machine.network === "none" ? [] : [
      ...["-netdev", `user,id=net0${forwarding(machine)}`],
      // Without an option ROM: nothing boots from this network.
      ...["-device", "virtio-net-pci,netdev=net0,romfile="],
    ]),
    ...(machine.monitor === undefined ? [] : [
      "-monitor",
      `unix:${escaped(machine.monitor)},server=on,wait=off`,
    ]),
  ];
}

function forwarding({ forward }: Machine): string {
  return forward === undefined
    ? ""
    : `,hostfwd=tcp:127.0.0.1:${forward.host}-:${forward.guest}`;
}

function chardev(backend: string, id: string, path: string): string[] {
  return ["-chardev", `${backend},id=${id},path=${escaped(path)}`];
}

/** QEMU takes a comma for the end of a value, and two for a comma. */
function escaped(value: string): string {
  return value.replaceAll(",", ",,");
}
