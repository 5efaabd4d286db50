/** A client of FastCGI (FastCGI Specification 1.0). */

import { Buffer } from "node:buffer";
import { exchange } from "./server.ts";

/** The types of records. */
const type = { begin: 1, params: 4, stdin: 5, stdout: 6 };

/** The size of a record's header. */
const headerSize = 8;

/**
 * Asks a FastCGI server for something.
 *
 * @param port of this machine
 * @param params the request's variables, each shorter than 128 bytes
 * @returns the answer: headers and content
 */
export async function request(
  port: number,
  params: Readonly<Record<string, string>>,
): Promise<string> {
  const pairs = Object.entries(params).map(([name, value]) =>
    Buffer.concat([
      Buffer.of(name.length, value.length),
      Buffer.from(name + value),
    ])
  );
  const answer = Buffer.from(
    await exchange(
      port,
      new Uint8Array(Buffer.concat([
        // As a responder; the server closes the connection.
        record(type.begin, Buffer.of(0, 1, 0, 0, 0, 0, 0, 0)),
        record(type.params, Buffer.concat(pairs)),
        record(type.params),
        record(type.stdin),
      ])),
    ),
  );
  let text = "";
  for (let at = 0; at < answer.length;) {
    const size = answer.readUInt16BE(at + 4);
    const padding = answer.readUInt8(at + 6);
    const start = at + headerSize;
    if (answer[at + 1] === type.stdout) {
      text += answer.toString("utf8", start, start + size);
    }
    at = start + size + padding;
  }
  return text;
}

/** Of version 1 and of request 1, without padding. */
function record(type: number, content: Uint8Array = Buffer.of()): Buffer {
  const header = Buffer.of(1, type, 0, 1, 0, 0, 0, 0);
  header.writeUInt16BE(content.length, 4);
  return Buffer.concat([header, content]);
}
