import assert from "#assert";
import { decodeBytes, encodeBytes } from "../../ffi/bytes.ts";
import { carefulEngineWith, engineWith } from "../fixtures/engine.ts";
import { PipeDriver } from "../fixtures/pipe_driver.ts";
import { encodeInput, runScenario } from "../differential/scenario.ts";
import { config } from "./config.ts";
import { dhcp } from "./dhcp.ts";
import type { Random } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

/** The program that runs on the engine, and answers. */
export const module = "tests/differential/engine_main.ts";

/** Engines that share the inputs, each on a processor of its own. */
class Engines implements AsyncDisposable {
  readonly #folder: string;
  readonly #drivers: readonly PipeDriver[];
  #next = 0;

  private constructor(folder: string, drivers: readonly PipeDriver[]) {
    this.#folder = folder;
    this.#drivers = drivers;
  }

  static async start(
    build: (module: string, folder: string) => Promise<string>,
  ): Promise<Engines> {
    const folder = await Deno.makeTempDir({ prefix: "krun-engines-" });
    const program = await build(module, folder);
    // It ends with all that it has, which is no leak.
    const env = { ASAN_OPTIONS: "detect_leaks=0" };
    const count = navigator.hardwareConcurrency;
    return new Engines(
      folder,
      Array.from({ length: count }, () => new PipeDriver(program, env)),
    );
  }

  /** The transcript of a boot, encoded. */
  async run(input: Uint8Array): Promise<Uint8Array> {
    const driver = this.#drivers[this.#next++ % this.#drivers.length];
    return await driver?.ask(input) ?? new Uint8Array();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
    for (const driver of this.#drivers) await driver[Symbol.asyncDispose]();
  }
}

let engines: Engines | undefined;

function make(random: Random): Uint8Array {
  return encodeInput({
    seed: random.below(2 ** 32),
    config: config.make(random),
    packet: dhcp.make(random),
  });
}

/** Whole boots on Deno's engine and on the small image's: all of them alike. */
export const boots: FuzzTarget = {
  name: "boots",
  count: 100_000,
  needsEngine: true,
  async prepare() {
    return engines = await Engines.start(engineWith);
  },
  make,
  async attempt(input) {
    const answer = engines?.run(input);
    const ours = encodeBytes(runScenario(new Uint8Array(input)));
    const theirs = await answer ?? new Uint8Array();
    // Decoding takes longer than all else.
    if (theirs.toHex() === ours.toHex()) return;
    assert.equal(decodeBytes(theirs), decodeBytes(ours));
  },
};

/** The same on the small image's engine alone, with the sanitizers. */
export const engine: FuzzTarget = {
  name: "engine",
  count: 300_000,
  needsEngine: true,
  async prepare() {
    return engines = await Engines.start(carefulEngineWith);
  },
  make,
  async attempt(input) {
    const transcript = await engines?.run(input);
    assert.ok(transcript !== undefined && transcript.length > 0);
  },
};
