import assert from "#assert";
import { decodeBytes } from "../../ffi/bytes.ts";
import { parseGuestConfig } from "../../stages/formats/guest_config.ts";
import { mutate, type Random } from "./random.ts";
import type { FuzzTarget } from "./target.ts";
import { wholeConfig } from "./whole_config.ts";

const encoder = new TextEncoder();

function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** Configs of every form, whose parts the others get too. */
const seeds: readonly Uint8Array[] = [
  {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: 1000, gid: 100, umask: 18, additionalGids: [5, 6] },
      args: ["/bin/sh", "-c", 'echo "\u00e9\n"'],
      env: ["PATH=/bin", "A=b=c", "HOME=/root"],
      cwd: "/srv",
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 4096, soft: 1024 }],
      noNewPrivileges: true,
    },
    hostname: "box",
    mounts: [
      { destination: "/t", type: "tmpfs", source: "tmpfs", options: ["ro"] },
    ],
    annotations: { "krun-init.oci": "1" },
  },
  { Entrypoint: ["/e"], Cmd: ["a"], Env: ["A=1"], WorkingDir: "" },
  { Config: { Cmd: ["/bin/true"], Env: [] } },
  { args: ["a"], cwd: "/", mounts: null },
].map((value, n) => encoder.encode(JSON.stringify(value, null, n % 3)));

const pieces = [
  ...['"args"', '"process"', '"cwd":', "null", "[]", "{}", ",", "// x\n", "/*"],
  ...["\\ud800", "\\u0000", "1e999", "-0", "[".repeat(300), '"__proto__":'],
  // What JavaScript has, and JSON has not.
  ...["\\x41", "\\u{41}", "\\0", "\\v", "1.", "-01", ".5", "1_0", "0x1", "1n"],
].map((text) => encoder.encode(text));

/** Config files, and what people and cut-off writes have made of them. */
export const config: FuzzTarget = {
  name: "config",
  count: 200_000,
  make(random) {
    if (random.oneIn(2)) return encode(wholeConfig(random));
    const seed = random.oneIn(2)
      ? random.pick(seeds)
      : encode(wholeConfig(random));
    if (random.oneIn(20)) return seed.subarray(0, random.below(seed.length));
    if (random.oneIn(3)) return insert(random, seed);
    return mutate(random, seed);
  },
  attempt(input) {
    try {
      const { config, findings } = parseGuestConfig(decodeBytes(input));
      for (const text of [...config.args, ...config.environment]) {
        assert.ok(!text.includes("\0") && text.isWellFormed());
      }
      for (const { path, message } of findings) {
        assert.ok(path !== "" && message !== "");
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  },
};

/** Puts something that JSON knows where it may not belong. */
function insert(random: Random, seed: Uint8Array): Uint8Array {
  const at = random.below(seed.length);
  return new Uint8Array([
    ...seed.subarray(0, at),
    ...random.pick(pieces),
    ...seed.subarray(at),
  ]);
}
