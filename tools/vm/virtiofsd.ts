/** The server of the guest's root. */

import { findProgram } from "../programs.ts";
import { type Child, startChild } from "./child.ts";

/** How long virtiofsd may take to open its socket, in milliseconds. */
const patience = 5000;

/** How often its socket is looked for, in milliseconds. */
const step = 2;

/**
 * virtiofsd wants to be root and to write below /run. Who is not root is it in
 * a namespace of the own, with an own /run (unshare(1)).
 */
const asRoot = [
  "/usr/bin/unshare",
  "--user",
  "--map-root-user",
  "--mount",
  "/bin/sh",
  "-c",
  'mount -t tmpfs tmpfs /run && exec "$0" "$@"',
];

/**
 * Starts virtiofsd and waits until it listens. It ends when QEMU does.
 *
 * @param folder what the guest gets as its root
 * @param socket where QEMU connects
 * @throws Error with virtiofsd's messages when it does not start
 */
export async function startVirtiofsd(
  folder: string,
  socket: string,
): Promise<Child> {
  const [program = "virtiofsd", ...args] = [
    ...(Deno.uid() === 0 ? [] : asRoot),
    findProgram("virtiofsd") ?? "virtiofsd",
    `--socket-path=${socket}`,
    "-o",
    // As libkrun: what the guest has read is looked at again when it opens it.
    // The folder is this boot's own, a chroot is enough to stay in it.
    `source=${folder.replaceAll(",", "\\,")},cache=auto,sandbox=chroot`,
  ];
  const child = startChild(program, args);
  const end = async (): Promise<void> => {
    await child.end();
    await Deno.remove(pidFile(socket)).catch(() => {});
  };
  let ended = false;
  child.status.then(() => ended = true);
  const deadline = Date.now() + patience;
  while (!await exists(socket)) {
    if (ended || Date.now() > deadline) {
      await end();
      throw new Error(`Cannot start virtiofsd: ${child.messages()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, step));
  }
  return { ...child, end };
}

/** The file that virtiofsd locks for a socket, and leaves behind. */
function pidFile(socket: string): string {
  return `/var/run/virtiofsd/${socket.replaceAll("/", ".")}.pid`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
