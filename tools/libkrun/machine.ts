/**
 * The machine in which libkrun runs where there is no KVM: QEMU emulates a
 * processor with AMD's SVM, on which Linux has a /dev/kvm.
 */

import { join } from "node:path";
import { bootVm } from "../vm/boot_vm.ts";
import { lineReader } from "../vm/console.ts";

/**
 * irqbypass to kvm_amd make /dev/kvm; tun is for passt and for taps. A second
 * processor would stand still every few guests: TCG's nested guests block it.
 */
const hardware = {
  arch: "x86_64",
  cpus: 1,
  memory: 4096,
  network: "user",
  modules: ["kvm_amd", "tun", "loop"],
} as const;

/** How much longer than its jobs the machine itself may take, in milliseconds. */
const patience = 60_000;

/** A running machine; one job at a time. */
export class Machine {
  readonly #root: string;
  readonly #ending = new AbortController();
  readonly #lines: WritableStreamDefaultWriter<Uint8Array>;
  readonly #boot: Promise<unknown>;
  #console = "";
  #waiting: PromiseWithResolvers<string> = Promise.withResolvers();
  #ready: Promise<string> = this.#waiting.promise;

  /**
   * Boots it.
   *
   * @param root a folder of makeMachineRoot's
   */
  constructor(root: string) {
    this.#root = root;
    const { readable, writable } = new TransformStream<Uint8Array>();
    this.#lines = writable.getWriter();
    this.#boot = bootVm({
      ...hardware,
      served: root,
      consoleOnly: true,
      stdin: readable,
      signal: this.#ending.signal,
      onConsole: lineReader((line) => this.#hear(line)),
    }).catch((error) => this.#waiting.reject(error));
    this.#boot.then(() =>
      this.#waiting.reject(new Error(`The machine ended:\n${this.#console}`))
    );
  }

  /**
   * Runs a job: the shell script /jobs/NAME/run, in that folder, where its
   * output then is.
   *
   * @param name of the folder
   * @param limit seconds until it is killed
   * @returns its status; 137 where it was killed
   * @throws Error with the console when the machine itself stands still
   */
  async run(name: string, limit: number): Promise<number> {
    await within(this.#ready, patience, () => this.#stuck());
    this.#waiting = Promise.withResolvers();
    await this.#lines.write(new TextEncoder().encode(`${name} ${limit}\n`));
    const answer = await within(
      this.#waiting.promise,
      limit * 1000 + patience,
      () => this.#stuck(),
    );
    this.#ready = Promise.resolve("");
    return Number(answer.split(" ").at(-1));
  }

  /** The folder of a job, on this side. */
  folder(name: string): string {
    return join(this.#root, "jobs", name);
  }

  /** What its console has shown since the last call. */
  takeConsole(): string {
    const text = this.#console;
    this.#console = "";
    return text;
  }

  /** Switches it off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    this.#ready.catch(() => {});
    this.#waiting.promise.catch(() => {});
    await this.#boot;
  }

  #hear(line: string): void {
    this.#console += `${line}\n`;
    if (/^(ready|ended \S+ \d+)$/.test(line)) this.#waiting.resolve(line);
  }

  #stuck(): Error {
    return new Error(`The machine stands still:\n${this.#console}`);
  }
}

async function within<T>(
  promise: Promise<T>,
  limit: number,
  late: () => Error,
): Promise<T> {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), limit);
  try {
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
  }
}
