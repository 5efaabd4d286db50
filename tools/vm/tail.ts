/**
 * A guest's output port on the host: a file that QEMU appends to and that is
 * read as it grows. A file is never full. With a socket or a pipe QEMU would
 * have to keep what a slow reader has not taken, and the guest's kernel resets
 * its ports when it goes down, so the last words would be lost.
 */

import type { Sink } from "./sink.ts";

/** How often a file is looked at that did not grow, in milliseconds. */
const step = 5;

/** A file that is passed on to a sink as it grows. */
export class Tail {
  readonly #path: string;
  readonly #sink: Sink;
  #taken = 0;
  #ended = false;

  /** Settles after {@linkcode end}, when the sink has the whole file. */
  readonly done: Promise<void>;

  /**
   * @param path of the file, which is made
   * @param sink gets its bytes, one chunk after the other
   */
  constructor(path: string, sink: Sink) {
    this.#path = path;
    this.#sink = sink;
    Deno.writeFileSync(path, new Uint8Array());
    this.done = this.#follow();
  }

  /** How many bytes the sink has not taken yet. */
  backlog(): number {
    return Deno.statSync(this.#path).size - this.#taken;
  }

  /** The file will not grow any more. */
  end(): void {
    this.#ended = true;
  }

  async #follow(): Promise<void> {
    using file = await Deno.open(this.#path);
    const buffer = new Uint8Array(65536);
    for (;;) {
      const last = this.#ended;
      const length = await file.read(buffer);
      if (length !== null) {
        await this.#sink(buffer.slice(0, length));
        this.#taken += length;
      } else if (last) return;
      else await new Promise((resolve) => setTimeout(resolve, step));
    }
  }
}
