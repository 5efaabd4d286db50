/** Names for contents. */

/**
 * Returns the SHA-256 of some bytes in hexadecimal digits.
 *
 * @param bytes what is hashed
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
