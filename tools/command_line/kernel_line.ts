/** A kernel's command line as Linux takes it apart for its init. */

/** What the init gets of a line, and what the kernel keeps. */
export interface KernelLine {
  /** The init's arguments without its own name. */
  readonly args: readonly string[];
  /** `NAME=VALUE` each, a name once. */
  readonly environment: readonly string[];
  /** The kernel's own parameters, as they are written. */
  readonly parameters: readonly string[];
}

/**
 * Parameters that a kernel for guests knows (kernel-parameters.txt), as far as
 * people and libkrun write them. Whatever has a dot in its name is a module's.
 */
const known = new Set([
  ...["8250.nr_uarts", "acpi", "clocksource", "console", "cryptomgr", "debug"],
  ...["earlycon", "earlyprintk", "efi", "hugepages", "ignore_loglevel", "init"],
  ...["initrd", "iommu", "kaslr", "lpj", "loglevel", "maxcpus", "mem"],
  ...["memmap", "mitigations", "net", "no_kvmapf", "nokaslr", "nomodule"],
  ...["nomodules", "noreplace_smp", "nosmp", "nr_cpus", "panic"],
  ...["panic_print", "pci", "quiet", "random", "raid", "rdinit", "reboot"],
  ...["resume", "ro", "root", "rootdelay", "rootflags", "rootfstype"],
  ...["rootwait", "rw", "swiotlb", "tsc", "tsi_hijack", "tsi_hijack_unix"],
]);

/**
 * Takes a line apart: words end at white space outside of double quotes, for
 * which there is no escape. What the kernel does not know becomes the init's
 * environment where it has a `=`, else the init's argument; behind `--`
 * everything is an argument, up to a second `--`.
 */
export function splitKernelLine(line: string): KernelLine {
  const environment = new Map<string, string>();
  const parameters: string[] = [];
  let args: string[] = [];
  let isBehind = false;
  for (const word of words(line)) {
    if (word === "--") {
      if (isBehind) break;
      isBehind = true;
    } else if (isBehind) {
      args.push(word);
    } else {
      const end = word.indexOf("=");
      const name = end < 0 ? word : word.slice(0, end);
      if (name.includes(".") || known.has(name.replaceAll("-", "_"))) {
        parameters.push(word);
        // The arguments of one init are none of another's.
        if (name === "init") args = [];
      } else if (end < 0) args.push(word);
      else environment.set(name, word);
    }
  }
  return { args, environment: [...environment.values()], parameters };
}

/** The words, each without the quotes around it or around its value. */
function words(line: string): string[] {
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
