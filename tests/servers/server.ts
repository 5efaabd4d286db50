/** Servers in VMs, from their start to the end that they are asked for. */

import { join } from "node:path";
import { boot, configFile, type Outcome, pressKeys } from "../vm/vm_helper.ts";

/** A server to run, as an image's configuration has it. */
export interface Server {
  /** Its root, which is copied. */
  readonly root: string;
  /** A shell's words that end by becoming the server. */
  readonly script: string;
  /** What else the configuration has. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** More of the guest's environment. */
  readonly env?: readonly string[];
  /** A disk with an ext4 file system, which is mounted on /data. */
  readonly disk?: string;
  /** Where it listens. */
  readonly port: number;
  /**
   * Asks it for something, by a port of this machine that leads to its own.
   * As long as it throws, or gives nothing, there is no answer yet.
   */
  ask(port: number): Promise<string>;
}

/** How a server did. */
export interface Served extends Outcome {
  /** What it answered. */
  readonly answer: string;
}

/** Patience with a guest in software emulation on a busy machine, in ms. */
const patience = 180_000;

/** How long after a try that failed the next one begins, in ms. */
const pause = 200;

/** Runs a server until it has answered, then asks the guest to stop. */
export async function serve(server: Server): Promise<Served> {
  const folder = await Deno.makeTempDir({ prefix: "krun-server-" });
  const monitor = join(folder, "monitor");
  const port = freePort();
  try {
    const guest = boot({
      rootfs: server.root,
      network: "user",
      forward: { host: port, guest: server.port },
      env: ["KRUN_DHCP=1", ...server.env ?? []],
      memory: 256,
      timeout: patience,
      monitor,
      ...(server.disk && { disks: [server.disk], modules: ["ext4"] }),
      config: configFile({
        Cmd: ["/bin/sh", "-c", server.script],
        Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
        ...(server.disk && { mounts: [dataVolume] }),
        ...server.config,
      }),
    });
    let hasEnded = false;
    const noteEnd = (): void => void (hasEnded = true);
    guest.then(noteEnd, noteEnd);
    let answer = "";
    while (!answer && !hasEnded) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      answer = await server.ask(port).catch(() => "");
    }
    if (!hasEnded) await pressKeys(monitor, "ctrl-alt-delete");
    return { ...await guest, answer };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const dataVolume = { destination: "/data", type: "ext4", source: "/dev/vda" };

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Sends a request to a port of this machine, and gives all that comes until
 * the server closes the connection.
 *
 * @throws Error when there is no server, or it takes too long
 */
export async function exchange(
  port: number,
  request: string | Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  // QEMU takes a connection before the guest can, and may forget it then.
  const limit = setTimeout(() => connection.close(), 10_000);
  try {
    await new Blob([request]).stream().pipeTo(connection.writable, {
      preventClose: true,
    });
    return new Uint8Array(
      await new Response(connection.readable).arrayBuffer(),
    );
  } finally {
    clearTimeout(limit);
  }
}

/** The same as text. */
export async function exchangeText(
  port: number,
  request: string,
): Promise<string> {
  return new TextDecoder().decode(await exchange(port, request));
}
