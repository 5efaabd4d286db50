/** The tool's own standard streams as the guest's. */

import type { Sink } from "./sink.ts";

/** Ctrl-], as in telnet(1) and virsh(1): no shell needs it. */
const escapeByte = 0x1d;

/** Ctrl-D: how a terminal says that the input has ended. */
const endByte = 0x04;

/**
 * Makes a sink that writes to a stream of the tool.
 *
 * @param stream such as Deno.stdout
 * @param onGone called when no one reads it any more
 */
export function writeTo(
  stream: { write(chunk: Uint8Array): Promise<number> },
  onGone: () => void,
): Sink {
  let gone = false;
  return async (chunk) => {
    try {
      for (let at = 0; at < chunk.length && !gone;) {
        at += await stream.write(chunk.subarray(at));
      }
    } catch {
      gone = true;
      onGone();
    }
  };
}

/**
 * Returns the standard input for a guest's console: the end of the input
 * becomes Ctrl-D, and Ctrl-] on a terminal is not passed on.
 *
 * @param onEscape called when someone types Ctrl-]
 */
export function consoleInput(
  input: ReadableStream<Uint8Array>,
  onEscape?: () => void,
): ReadableStream<Uint8Array> {
  return input.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (onEscape !== undefined && chunk.includes(escapeByte)) onEscape();
        else controller.enqueue(chunk);
      },
      flush(controller) {
        controller.enqueue(Uint8Array.of(endByte));
      },
    }),
  );
}

/** Sets the terminal, if the input is one, to raw mode until disposed of. */
export function rawTerminal(): Disposable {
  const terminal = Deno.stdin.isTerminal();
  if (terminal) Deno.stdin.setRaw(true);
  return {
    [Symbol.dispose]() {
      if (terminal) Deno.stdin.setRaw(false);
    },
  };
}
