/**
 * The engine's side of the differential test: inputs from the standard input
 * to transcripts on the standard output, each behind its size (a little-endian
 * u32), until the input ends.
 */

import { encodeBytes } from "../../ffi/bytes.ts";
import { callNumbers } from "../../ffi/linux/symbols.ts";
import { engineKernel } from "../../ffi/quickjs/kernel.ts";
import { runScenario } from "./scenario.ts";

/** Undefined at the end of the input. */
function readExactly(size: number): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const rest = bytes.subarray(at);
    const count = engineKernel.call(callNumbers.read, [0, rest, rest.length]);
    if (count < 0) throw new Error(`read: ${count}`);
    if (count === 0) return undefined;
    at += count;
  }
  return bytes;
}

function writeAll(bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at);
    const count = engineKernel.call(callNumbers.write, [1, rest, rest.length]);
    if (count < 0) throw new Error(`write: ${count}`);
    at += count;
  }
}

for (;;) {
  const head = readExactly(4);
  if (head === undefined) break;
  const input = readExactly(new DataView(head.buffer).getUint32(0, true));
  if (input === undefined) throw new Error("The input is cut short");
  const text = encodeBytes(runScenario(input));
  const answer = new Uint8Array(4 + text.length);
  new DataView(answer.buffer).setUint32(0, text.length, true);
  answer.set(text, 4);
  writeAll(answer);
}
