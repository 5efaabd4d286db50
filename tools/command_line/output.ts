/** Where the command-line tool's results and complaints go. */

import { encodeBytes } from "../../ffi/bytes.ts";

/** Writes a result to the standard output. */
export function print(text: string): void {
  writeAll(Deno.stdout, text);
}

/** Writes a line that says what is wrong to the standard error. */
export function complain(message: string): void {
  writeAll(Deno.stderr, `krun-init: ${message}\n`);
}

/** A pipe takes as much as there is room for. */
function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = encodeBytes(text);
  for (let at = 0; at < bytes.length;) {
    at += stream.writeSync(bytes.subarray(at));
  }
}
