/** Sizes of guests, and what else their machines have. */

import { type Case, sh } from "../case.ts";

const env = ["PATH=/bin"];

export const machines: readonly Case[] = [
  {
    name: "kernel",
    about: "the kernel of libkrunfw",
    guest: { exec: ["/bin/uname", "-r"] },
    expect: { stdout: /^6\.\d+\.\d+\n$/ },
    only: ["upstream"],
  },
  ...[2, 4].map((cpus): Case => ({
    name: `cpus-${cpus}`,
    about: `${cpus} processors`,
    guest: { cpus, exec: sh("nproc"), env },
    expect: { stdout: `${cpus}\n` },
    limit: 90,
  })),
  {
    name: "features",
    about: "an image with timesync and nested-kvm boots as any other",
    guest: { exec: sh("ls /proc/[0-9]*/comm >/dev/null; exit 3"), env },
    features: ["timesync", "nested-kvm"],
    only: ["small"],
    expect: { status: 3 },
  },
  ...[128, 3072].map((memory): Case => ({
    name: `memory-${memory}`,
    about: `${memory} MiB of memory`,
    guest: { memory, exec: sh("exit 3"), env },
    expect: { status: 3 },
  })),
];
