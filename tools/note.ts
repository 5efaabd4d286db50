/** Progress and warnings of the tools, kept away from the standard output, which belongs to results. */

const encoder = new TextEncoder();

/**
 * Writes one line to the standard error.
 *
 * @param text the line, without its newline
 */
export function note(text: string): void {
  Deno.stderr.writeSync(encoder.encode(`${text}\n`));
}
