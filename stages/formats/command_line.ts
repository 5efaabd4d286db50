/** The kernel's command line, /proc/cmdline. */

/** Its words up to the `--` behind which those of the init begin. */
export function kernelWords(text: string): string[] {
  // No regular expression: compiling it costs a boot more than a ms.
  const words = text.replaceAll("\t", " ").replaceAll("\n", " ").split(" ")
    .filter((word) => word !== "");
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}
