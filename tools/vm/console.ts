/** What the guest's console tells of the boot. */

/** The exit status that a guest reported, and how. */
export interface Report {
  /** 0 to 255: the host's process has no more bits. */
  readonly status: number;
  /** The ioctl as the kernel saw it, or the line that PID 1 printed. */
  readonly source: "ioctl" | "line";
}

/**
 * A hit of the kprobe that stage0.c sets, in the words of tp_printk. A function
 * that indirect calls may reach has it behind its first four bytes, ENDBR64.
 */
const probeHit =
  /krun_exit: \(fuse_do_ioctl\+0x[04]\/[^)]*\) cmd=0x7602 code=(-?\d+)/g;

/** What the supervisor prints where the ioctl does not reach the host. */
const reportLine = /krun-init: exit-code (-?\d+)/g;

/** A line of the console that is for people: a message or a trace event. */
const message = /(?:^|\] )(krun-init: (?!exit-code ).*|stage0: .*)$/;

/**
 * Finds the exit status in a console's text: the last ioctl, else the last
 * line. Neither need be at the start of a line, since kernel and user space
 * write to the same console.
 *
 * @param text all that the console showed
 * @returns undefined when nothing was reported
 */
export function findReport(text: string): Report | undefined {
  const last = (pattern: RegExp): number | undefined => {
    const code = [...text.matchAll(pattern)].at(-1)?.[1];
    return code === undefined ? undefined : Number(code) & 0xff;
  };
  const ioctl = last(probeHit);
  if (ioctl !== undefined) return { status: ioctl, source: "ioctl" };
  const line = last(reportLine);
  return line === undefined ? undefined : { status: line, source: "line" };
}

/** Whether a line of the console is an event of the boot's trace. */
export function isTraceLine(line: string): boolean {
  return line.startsWith("{") && line.endsWith("}");
}

/**
 * Returns what the init or stage0 has to say in a line of the console.
 *
 * @returns undefined where the line is not theirs
 */
export function messageOf(line: string): string | undefined {
  return message.exec(line)?.[1];
}

/**
 * Makes a function that takes a console's bytes as they come and calls back
 * for each line, without its end.
 */
export function lineReader(
  onLine: (line: string) => void,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true }))
      .split(/\r*\n/);
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  };
}
