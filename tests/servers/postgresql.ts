/** A client of PostgreSQL (its manual, "Frontend/Backend Protocol", version 3). */

import { Buffer } from "node:buffer";
import { exchange } from "./server.ts";

/**
 * Asks PostgreSQL as user postgres, who needs no password.
 *
 * @param port of this machine
 * @param sql one statement or more
 * @returns all that the rows have, as text
 * @throws Error with what the server complains of
 */
export async function query(port: number, sql: string): Promise<string[]> {
  const version = Buffer.alloc(4);
  version.writeUInt16BE(3);
  const answer = Buffer.from(
    await exchange(
      port,
      new Uint8Array(Buffer.concat([
        message("", version, Buffer.from("user\0postgres\0\0")),
        message("Q", Buffer.from(`${sql}\0`)),
        // Terminate: then the server closes the connection.
        message("X"),
      ])),
    ),
  );
  const values: string[] = [];
  for (let at = 0; at < answer.length;) {
    const size = answer.readUInt32BE(at + 1);
    const body = answer.subarray(at + 5, at + 1 + size);
    const type = String.fromCharCode(answer[at] ?? 0);
    if (type === "E") throw new Error(body.toString());
    if (type === "D") values.push(...valuesOf(body));
    at += 1 + size;
  }
  return values;
}

/** Its length counts itself, but not the type. */
function message(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** The columns of a DataRow; none of them is NULL. */
function valuesOf(row: Buffer): string[] {
  const values: string[] = [];
  for (let at = 2; at < row.length;) {
    const size = row.readUInt32BE(at);
    values.push(row.toString("utf8", at + 4, at + 4 + size));
    at += 4 + size;
  }
  return values;
}
