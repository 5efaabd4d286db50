/**
 * Parses JSON.
 *
 * @throws SyntaxError when the text is none (RFC 8259)
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text);
}
