/** The kernel's command line, /proc/cmdline. */

/** Its words up to the `--` behind which those of the init begin. */
export function kernelWords(text: string): string[] {
  // No regular expression: compiling it costs a boot more than a ms.
  const words = text.replaceAll("\t", " ").replaceAll("\n", " ").split(" ")
    .filter((word) => word !== "");
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}

/**
 * The words that Linux keeps from its init: a second `--` and all behind it.
 *
 * @param args what it gave, with the init's name
 * @returns none where the line is not the one that they come from
 */
export function droppedWords(
  text: string,
  args: readonly string[],
): readonly string[] {
  // Most lines have one at the most, and splitting them takes its time.
  if (text.indexOf("--") === text.lastIndexOf("--")) return [];
  const words = splitWords(text);
  const first = words.indexOf("--");
  const second = first < 0 ? -1 : words.indexOf("--", first + 1);
  if (second < 0) return [];
  const given = words.slice(first + 1, second);
  const last = args.slice(1).slice(-given.length || args.length);
  const isSame = last.length === given.length &&
    given.every((word, n) => word === last[n]);
  return isSame ? words.slice(second) : [];
}

/**
 * All words as Linux has them (lib/cmdline.c): they end at white space outside
 * of double quotes, for which there is no escape, and come without the quotes
 * around them or around their value.
 */
export function splitWords(line: string): string[] {
  const found: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at <= line.length; at++) {
    const character = line[at];
    if (character === '"') isQuoted = !isQuoted;
    const ends = character === undefined ||
      (!isQuoted && " \t\n\r\v\f".includes(character));
    if (!ends) continue;
    if (at > start) found.push(unquote(line.slice(start, at)));
    start = at + 1;
  }
  return found;
}

function unquote(word: string): string {
  if (word.startsWith('"')) return withoutLast(word.slice(1));
  const value = word.indexOf("=") + 1;
  if (value === 0 || word[value] !== '"') return word;
  return word.slice(0, value) + withoutLast(word.slice(value + 1));
}

function withoutLast(text: string): string {
  return text.endsWith('"') ? text.slice(0, -1) : text;
}
