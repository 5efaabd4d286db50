/**
 * The host's end of a guest's console or input port: a socket that QEMU
 * connects to.
 */

import type { Sink } from "./sink.ts";

/** Bytes for the guest, all at once or as they come. */
export type Source = Uint8Array | ReadableStream<Uint8Array>;

/** What a port does with the bytes of both directions. */
export interface PortOptions {
  /**
   * Gets what the guest writes, without making it wait: QEMU throws away what
   * a console cannot take.
   */
  readonly sink?: Sink;
  /** What the guest reads; without it the port stays open and silent. */
  readonly source?: Source;
  /** After the source: close the port, which for QEMU closes both ways. */
  readonly closes?: boolean;
}

/** One port's end on the host. */
export class Port {
  readonly #listener: Deno.UnixListener;
  readonly #options: PortOptions;
  #connection: Deno.UnixConn | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** Settles when QEMU is gone and the sink has all that the guest wrote. */
  readonly done: Promise<void>;

  /**
   * Waits for QEMU at a socket.
   *
   * @param path of the socket, which is made
   */
  constructor(path: string, options: PortOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ transport: "unix", path });
    this.done = this.#serve();
  }

  /** Lets go, whether QEMU came or not. What it had sent is still delivered. */
  close(): void {
    this.#reader?.cancel().catch(() => {});
    if (this.#connection === undefined) this.#listener.close();
  }

  async #serve(): Promise<void> {
    try {
      this.#connection = await this.#listener.accept();
    } catch {
      return; // Closed before QEMU came.
    }
    this.#listener.close();
    using connection = this.#connection;
    const feeding = this.#feed(connection);
    await this.#drain(connection);
    this.close();
    await feeding;
  }

  async #drain(connection: Deno.UnixConn): Promise<void> {
    const buffer = new Uint8Array(65536);
    let sinking = Promise.resolve();
    for (;;) {
      // QEMU may be killed, which resets the connection.
      const length = await connection.read(buffer).catch(() => null);
      if (length === null) return await sinking;
      const chunk = buffer.slice(0, length);
      const before = sinking;
      sinking = (async () => {
        await before;
        await this.#options.sink?.(chunk);
      })();
    }
  }

  async #feed(connection: Deno.UnixConn): Promise<void> {
    try {
      for await (const chunk of this.#chunks()) {
        for (let at = 0; at < chunk.length;) {
          at += await connection.write(chunk.subarray(at));
        }
      }
      // QEMU loses unread bytes of a closed socket, not of a half-closed one.
      if (this.#options.closes) await connection.closeWrite();
    } catch {
      // The guest ended before it had read all.
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    const { source } = this.#options;
    if (source === undefined) return;
    if (source instanceof Uint8Array) {
      yield source;
      return;
    }
    this.#reader = source.getReader();
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      yield value;
    }
  }
}
