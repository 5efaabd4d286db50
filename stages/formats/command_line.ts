/** The kernel's command line, /proc/cmdline. */

/** Its words up to the `--` behind which those of the init begin. */
export function kernelWords(text: string): string[] {
  const words = splitWords(text);
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
  if (!hasTwoEnds(text)) return [];
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

/** True where two words may be `--`, by what is around them. */
function hasTwoEnds(text: string): boolean {
  let found = 0;
  for (let at = 0; (at = text.indexOf("--", at)) >= 0; at += 2) {
    const isPart = isPartOfWord(text.charAt(at - 1)) ||
      isPartOfWord(text.charAt(at + 2));
    if (!isPart) found += 1;
  }
  return found > 1;
}

/** False for white space, a quote, and where nothing is. */
function isPartOfWord(character: string): boolean {
  return character !== "" && !`"${spaces}`.includes(character);
}

/** Linux' (lib/ctype.c), those of ASCII. */
const spaces = " \t\n\r\v\f";

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
      (!isQuoted && spaces.includes(character));
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
