/** /etc/hosts (hosts(5)). */

/**
 * Adds to a hosts file what it lacks of `localhost` and the guest's own name.
 *
 * @param text the file's; empty where there is none
 * @param name the guest's
 * @returns undefined where it has both
 */
export function completeHosts(text: string, name: string): string | undefined {
  const known = new Set(text.split("\n").flatMap(namesOf));
  const lines: string[] = [];
  if (!known.has("localhost")) {
    lines.push("127.0.0.1 localhost", "::1 localhost");
  }
  if (name !== "localhost" && !known.has(name)) {
    // An address of the loopback network's that is not the one of localhost
    // (the way of Debian), so that either is found by its address.
    lines.push(`127.0.1.1 ${name}`);
  }
  if (lines.length === 0) return undefined;
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${start}${lines.join("\n")}\n`;
}

/** The names in a line, without its address and its comment. */
function namesOf(line: string): string[] {
  const [entry = ""] = line.split("#", 1);
  return entry.replaceAll("\t", " ").split(" ").filter((word) => word !== "")
    .slice(1);
}
