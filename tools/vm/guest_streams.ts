/** The guest's console and the workload's three streams. */

import { join } from "node:path";
import { Port, type Source } from "./port.ts";
import type { NamedPort } from "./qemu.ts";
import { Recording, type Sink } from "./sink.ts";
import { Tail } from "./tail.ts";

/** Where the guest's output goes and its input comes from. */
export interface StreamOptions {
  /** No ports: the workload is on the console, which then reads stdin. */
  readonly consoleOnly?: boolean;
  /** What the workload reads; default: nothing. */
  readonly stdin?: Source;
  /** Takes the workload's output as it comes, which then is not kept. */
  readonly onStdout?: Sink;
  /** Takes the workload's messages as they come, which then are not kept. */
  readonly onStderr?: Sink;
  /** Sees the console as it comes; it is kept all the same. */
  readonly onConsole?: Sink;
}

/** How long a sink may take when its guest was ended, in milliseconds. */
const patience = 500;

/** The host's side of a guest's streams. */
export class GuestStreams {
  readonly console: Recording;
  readonly stdout: Recording;
  readonly stderr: Recording;
  /** The console's socket. */
  readonly consolePath: string;
  /**
   * The ports that a libkrun init looks for. stdin is not the last: QEMU tells
   * the guest of a port's name, then that it is open, then of the next port,
   * and reading a port that is not open yet looks like the end of input.
   */
  readonly ports: readonly NamedPort[];
  readonly #sockets: Port[];
  readonly #files: Tail[] = [];

  /**
   * Makes sockets and files.
   *
   * @param folder where they are made
   */
  constructor(folder: string, options: StreamOptions) {
    const { consoleOnly, stdin, onStdout, onStderr, onConsole } = options;
    this.console = new Recording(onConsole);
    this.stdout = new Recording(onStdout, onStdout === undefined);
    this.stderr = new Recording(onStderr, onStderr === undefined);
    this.consolePath = join(folder, "console.sock");
    this.#sockets = [
      new Port(this.consolePath, {
        sink: this.console.sink,
        ...(consoleOnly && stdin ? { source: stdin } : {}),
      }),
    ];
    if (consoleOnly) {
      this.ports = [];
      return;
    }
    const [input, output, errors] = [
      join(folder, "stdin.sock"),
      join(folder, "stdout"),
      join(folder, "stderr"),
    ];
    this.ports = [
      { name: "krun-stdin", backend: "socket", path: input },
      { name: "krun-stdout", backend: "file", path: output },
      { name: "krun-stderr", backend: "file", path: errors },
    ];
    const source = stdin ?? new Uint8Array();
    this.#sockets.push(new Port(input, { source, closes: true }));
    this.#files.push(
      new Tail(output, this.stdout.sink),
      new Tail(errors, this.stderr.sink),
    );
  }

  /** When the workload's first byte came, in ms of performance.now(). */
  get firstOutput(): number | undefined {
    const times = [this.stdout.first, this.stderr.first]
      .filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** How many bytes of the workload's output wait to be taken. */
  backlog(): number {
    return this.#files.reduce((sum, file) => sum + file.backlog(), 0);
  }

  /**
   * Waits until the sinks have what the guest wrote; QEMU is gone.
   *
   * @param whole false: a sink that takes longer than a moment gets no more
   */
  async close(whole: boolean): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    for (const file of this.#files) file.end();
    const done = Promise.all(
      [...this.#sockets, ...this.#files].map((stream) => stream.done),
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moment = new Promise<void>((resolve) => {
      timer = whole ? undefined : setTimeout(resolve, patience);
    });
    await Promise.race([done, moment]);
    clearTimeout(timer);
  }
}
