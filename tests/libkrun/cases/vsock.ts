/** Ports of the guest's vsock, mapped to sockets of the host's. */

import { compile } from "../../fixtures/compile.ts";
import type { Case } from "../case.ts";

const exchange = await compile({
  name: "exchange",
  sources: ["exchange.c"],
  flags: ["-static", "-D_DEFAULT_SOURCE"],
});

const files = { "/bin/exchange": { from: exchange } };

export const vsock: readonly Case[] = [
  {
    name: "vsock-out",
    about: "a vsock port: the guest connects, the host listens",
    guest: {
      vsock: ["1234:vsock"],
      exec: ["/bin/exchange", "vsock-connect", "1234", "the guest"],
    },
    root: files,
    script: `root/bin/exchange unix-listen vsock 'the host' >heard &
guest && wait && cat heard`,
    expect: { stdout: "the host\nthe guest\n" },
  },
  {
    name: "vsock-in",
    about: "a vsock port: the host connects, the guest listens",
    guest: {
      vsockListen: ["1234:vsock"],
      exec: ["/bin/exchange", "vsock-listen", "1234", "the guest"],
    },
    root: files,
    script: `guest & while [ ! -e vsock ]; do sleep 0.1; done; sleep 3
root/bin/exchange unix-connect vsock 'the host' >heard; wait; cat heard`,
    expect: { stdout: "the host\nthe guest\n" },
  },
];
