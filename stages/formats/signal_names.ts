/** The signals of Linux by their names (signal(7)). */

/** The standard ones; their places are their numbers, from 1 on. */
const names: readonly string[] = [
  ...["HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL"],
  ...["USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD"],
  ...["CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ"],
  ...["VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"],
];

const synonyms: Readonly<Record<string, number>> = {
  IOT: 6,
  CLD: 17,
  POLL: 29,
};

/** Lists every name of a standard signal, without SIG. */
export function standardSignals(): readonly string[] {
  return [...names, ...Object.keys(synonyms)];
}

/** As programs count them: the C libraries keep the first two or three. */
const firstRealTime = 34;
const lastRealTime = 64;

/** The highest number of a signal. */
export const lastSignal = lastRealTime;

/**
 * Gives the number of a signal that is named as container images name it: with
 * or without SIG, in any case, also as a number or as RTMIN+N and RTMAX-N.
 *
 * @returns undefined where there is no such signal
 */
export function signalNumber(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return known(Number(text));
  const name = text.toUpperCase().replace(/^SIG/, "");
  const [, up] = /^RTMIN(?:\+(\d{1,2}))?$/.exec(name) ?? [name, ""];
  const [, down] = /^RTMAX(?:-(\d{1,2}))?$/.exec(name) ?? [name, ""];
  if (up !== "") return realTime(firstRealTime + Number(up ?? 0));
  if (down !== "") return realTime(lastRealTime - Number(down ?? 0));
  return synonyms[name] ?? known(names.indexOf(name) + 1);
}

function realTime(number: number): number | undefined {
  return number >= firstRealTime ? known(number) : undefined;
}

/** The name of a signal, with SIG, or its number where it has none. */
export function signalName(number: number): string {
  const name = names[number - 1];
  if (name !== undefined) return `SIG${name}`;
  return number < firstRealTime
    ? `${number}`
    : `SIGRTMIN+${number - firstRealTime}`;
}

function known(number: number): number | undefined {
  return number >= 1 && number <= lastRealTime ? number : undefined;
}
