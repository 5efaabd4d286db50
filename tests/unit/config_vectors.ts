/** The vectors that the TypeScript, the shell and the C builder share. */

import { decodeBytes } from "../../ffi/bytes.ts";
import { ConfigBuilder, ConfigError } from "../../tools/config/mod.ts";

/** A call of a builder, by its name in C. */
export interface Call {
  readonly call: string;
  /**
   * `null` where an optional argument is not given; `{"hex": …}` for bytes
   * that are no text.
   */
  readonly args: readonly Argument[];
}

export type Argument =
  | string
  | number
  | boolean
  | null
  | { readonly hex: string };

/** What comes of the calls: a configuration, or the first problem. */
export type Outcome =
  | {
    readonly json: string;
    readonly kernelEnvironment: readonly string[];
    readonly kernelArguments: readonly string[];
    readonly kernelLine: string;
    /** Such as `644 one-shot /path`: octal mode, `one-shot` or `kept`, path. */
    readonly files: readonly string[];
  }
  | { readonly error: { readonly code: string; readonly path: string } };

export interface Vector {
  readonly name: string;
  readonly calls: readonly Call[];
  readonly expected: Outcome;
}

/** The file of the vectors. */
export const vectorsPath: string =
  new URL("../fixtures/config_vectors.json", import.meta.url).pathname;

/** Reads the vectors. */
export function readVectors(): Vector[] {
  return JSON.parse(Deno.readTextFileSync(vectorsPath));
}

/** Makes the calls on a new builder. */
export function applyCalls(calls: readonly Call[]): ConfigBuilder {
  const builder = new ConfigBuilder();
  for (const { call, args } of calls) {
    const name = call.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    const values = args.map((arg, n) => {
      if (arg === null) return undefined;
      if (typeof arg === "object") return decodeHex(arg.hex);
      const isContent = call === "file" && n === 1;
      return isContent ? new TextEncoder().encode(String(arg)) : arg;
    });
    const method: unknown = Reflect.get(builder, name);
    if (typeof method !== "function") throw new Error(`No call ${call}`);
    method.apply(builder, values);
  }
  return builder;
}

/** What a vector's calls give. */
export function outcome(calls: readonly Call[]): Outcome {
  try {
    const { files, ...config } = applyCalls(calls).build();
    const rows = files.map(({ path, mode, oneShot }) =>
      `${mode.toString(8)} ${oneShot ? "one-shot" : "kept"} ${path}`
    );
    return { ...config, files: rows };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { error: { code: error.code, path: error.path } };
  }
}

function decodeHex(hex: string): string {
  return decodeBytes(Uint8Array.fromHex(hex));
}
