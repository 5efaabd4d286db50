import { engine } from "./engine.ts";

/**
 * Parses JSON. QuickJS's own function takes JavaScript's strings and numbers
 * for JSON's, such as "\x41" and 1., which would be other configs than on V8.
 *
 * @throws SyntaxError when the text is none (RFC 8259)
 */
export function parseJson(text: string): unknown {
  if (!engine.isStrictJson(text)) throw new SyntaxError("Not JSON");
  return JSON.parse(text);
}
