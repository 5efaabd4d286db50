/** Domain names as DHCP carries them, for a resolver's search list. */

/** What a name may consist of; a stray newline would be a line of a file. */
const wellFormed = /^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$/;
const longestName = 253;
const longestLabel = 63;

/** The two top bits of a pointer to an earlier name (RFC 1035, 4.1.4). */
const pointerMark = 0xc0;

/**
 * The names in a text: one, or several between blanks, as some servers have
 * it. None where it is anything else.
 */
export function splitDomainNames(text: Uint8Array): string[] {
  const names = String.fromCharCode(...text)
    // Some servers send the NUL that ends a C string.
    .replace(/\0+$/, "")
    .split(/[ \t]+/)
    .map((name) => name.replace(/\.$/, ""));
  return names.every(isDomainName) ? names : [];
}

/**
 * The names of a domain search option (RFC 3397); others are dropped, and
 * with one that is cut off or points forward all that follows it.
 */
export function decodeDomainNames(data: Uint8Array): string[] {
  const names: string[] = [];
  for (let start = 0; start < data.length;) {
    const name = decodeName(data, start);
    if (name === undefined) break;
    names.push(name.labels.join("."));
    start = name.end;
  }
  return names.filter(isDomainName);
}

function isDomainName(text: string): boolean {
  return text.length <= longestName && wellFormed.test(text);
}

/** A name's labels, and where the next name begins. */
function decodeName(
  data: Uint8Array,
  start: number,
): { labels: string[]; end: number } | undefined {
  const labels: string[] = [];
  let end: number | undefined;
  let at = start;
  // Each pointer leads further back, so that no chain of them is endless.
  let earliest = start;
  for (;;) {
    const size = data[at++];
    if (size === undefined) return undefined;
    if (size === 0) return { labels, end: end ?? at };
    if (size >= pointerMark) {
      const low = data[at++];
      const target = (size - pointerMark) << 8 | (low ?? 0);
      if (low === undefined || target >= earliest) return undefined;
      end ??= at;
      earliest = target;
      at = target;
      continue;
    }
    if (size > longestLabel) return undefined;
    labels.push(String.fromCharCode(...data.subarray(at, at + size)));
    at += size;
  }
}
