/** What differs between the machines of the two architectures. */

import type { Arch } from "../native.ts";
import type { Need } from "../programs.ts";

/** An architecture as QEMU has it. */
export interface Platform {
  readonly qemu: Need;
  /** QEMU's arguments for the machine and its processor. */
  readonly machine: readonly string[];
}

/** Every architecture's platform. */
export const platforms: Readonly<Record<Arch, Platform>> = {
  x86_64: {
    qemu: { program: "qemu-system-x86_64", package: "qemu-system-x86" },
    machine: [
      // The keyboard controller of this machine is how `reboot=k` ends it.
      ...["-machine", "q35,memory-backend=memory"],
      // As libkrun's own firmware; half a second faster than a BIOS.
      ...["-bios", "qboot.rom"],
      // All but a fifth level of page tables, which software would have to walk,
      // and CMPXCHG16B, behind which QEMU 7.2 forgets now and then what the
      // flags are: every eighth boot of Linux 6.12 ended in a panic.
      ...["-cpu", "max,la57=off,cx16=off"],
    ],
  },
  aarch64: {
    qemu: { program: "qemu-system-aarch64", package: "qemu-system-arm" },
    machine: [
      // No firmware: QEMU enters the kernel itself.
      ...["-machine", "virt,gic-version=3,memory-backend=memory"],
      // Signed pointers by a cheap function, not by the cipher of real ones.
      ...["-cpu", "max,pauth-impdef=on"],
    ],
  },
};
