/** Downloads whose content is known beforehand. */

import { createHash } from "node:crypto";

/** How long one may take, in milliseconds. */
const patience = 60_000;

/**
 * Downloads a file.
 *
 * @param sha256 of its content
 * @throws Error when it cannot be had in time, or is another one
 */
export async function download(
  url: string,
  sha256: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const signal = AbortSignal.timeout(patience);
  const response = await fetch(url, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`Cannot download ${url}: status ${response.status}`);
  }
  const data = await response.bytes();
  const digest = createHash("sha256").update(data).digest("hex");
  if (digest !== sha256) throw new Error(`${url} has SHA-256 ${digest}`);
  return data;
}
