/** What takes a guest's output. */

/** Takes a chunk of what the guest writes, at its own pace. */
export type Sink = (chunk: Uint8Array) => void | Promise<void>;

/** A sink that keeps what comes, and notes when the first byte came. */
export class Recording {
  readonly #chunks: Uint8Array[] = [];
  readonly #next: Sink | undefined;
  readonly #keep: boolean;

  /** When the first byte came, in milliseconds of performance.now(). */
  first: number | undefined;

  /**
   * @param next sees every chunk too
   * @param keep false: only `next` gets the bytes
   */
  constructor(next?: Sink, keep = true) {
    this.#next = next;
    this.#keep = keep;
  }

  /** Takes a chunk. */
  readonly sink: Sink = (chunk) => {
    this.first ??= performance.now();
    if (this.#keep) this.#chunks.push(chunk);
    return this.#next?.(chunk);
  };

  /** Returns all that was kept. */
  bytes(): Uint8Array<ArrayBuffer> {
    const size = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const whole = new Uint8Array(size);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}
