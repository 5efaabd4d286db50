/** A kernel's command line as Linux takes it apart for its init. */

import { splitWords } from "../../stages/formats/command_line.ts";

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
  for (const word of splitWords(line)) {
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
