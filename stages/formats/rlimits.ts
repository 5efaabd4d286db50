/** Resource limits (getrlimit(2)) and the text form of KRUN_RLIMITS. */

/** One resource's limits; all ones mean no limit. */
export interface Limit {
  /** The platform's RLIMIT_* number. */
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

/** The limits that a text names, and the items that name none. */
export interface ParsedLimits {
  readonly limits: readonly Limit[];
  /** Items that were skipped, each with what is wrong with it. */
  readonly problems: readonly string[];
}

/** RLIM_INFINITY. */
export const unlimited = 0xffff_ffff_ffff_ffffn;

/** asm-generic/resource.h; the resources' numbers in order. */
const names = [
  "CPU",
  "FSIZE",
  "DATA",
  "STACK",
  "CORE",
  "RSS",
  "NPROC",
  "NOFILE",
  "MEMLOCK",
  "AS",
  "LOCKS",
  "SIGPENDING",
  "MSGQUEUE",
  "NICE",
  "RTPRIO",
  "RTTIME",
];

/**
 * Parses items like `7=1024:4096` or `NOFILE=1024:unlimited`, separated by
 * commas; quotes around the whole and around an item are dropped. A bad item
 * is skipped, so that it can never set a limit that nobody meant.
 */
export function parseRlimits(text: string): ParsedLimits {
  const limits: Limit[] = [];
  const problems: string[] = [];
  const whole = unquote(text);
  for (const item of whole === "" ? [] : whole.split(",")) {
    const limit = parseItem(unquote(item));
    if (typeof limit === "string") {
      problems.push(`${JSON.stringify(item)}: ${limit}`);
    } else {
      limits.push(limit);
    }
  }
  return { limits, problems };
}

function parseItem(item: string): Limit | string {
  const [, name, softText, hardText] = /^([^=:]*)[=:]([^=:]*)[=:](.*)$/s
    .exec(item) ?? [];
  if (name === undefined || softText === undefined || hardText === undefined) {
    return "not RESOURCE=SOFT:HARD";
  }
  const resource = parseResource(name);
  if (resource === undefined) return `unknown resource ${name}`;
  const soft = parseValue(softText);
  if (soft === undefined) return `bad soft limit ${softText}`;
  const hard = parseValue(hardText);
  if (hard === undefined) return `bad hard limit ${hardText}`;
  if (soft > hard) return "the soft limit is above the hard limit";
  return { resource, soft, hard };
}

/**
 * Makes a limit of an entry of the OCI runtime specification's
 * `process.rlimits`, or says what is wrong with it.
 *
 * @param type such as `RLIMIT_NOFILE`
 * @param soft a number, which JSON can't give exactly above 2^53: unlimited
 */
export function parseLimit(
  type: unknown,
  soft: unknown,
  hard: unknown,
): Limit | string {
  const resource = typeof type === "string" && type.startsWith("RLIMIT_")
    ? parseResource(type)
    : undefined;
  if (resource === undefined) return `unknown resource ${JSON.stringify(type)}`;
  const [softValue, hardValue] = [soft, hard].map(numericValue);
  if (softValue === undefined) return `bad soft limit ${JSON.stringify(soft)}`;
  if (hardValue === undefined) return `bad hard limit ${JSON.stringify(hard)}`;
  if (softValue > hardValue) return "the soft limit is above the hard limit";
  return { resource, soft: softValue, hard: hardValue };
}

function numericValue(value: unknown): bigint | undefined {
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  if (value === -1 || value > Number.MAX_SAFE_INTEGER) return unlimited;
  return value < 0 ? undefined : BigInt(value);
}

function parseResource(text: string): number | undefined {
  if (/^\+?\d+$/.test(text)) {
    const number = Number(text);
    return number <= 0xffff_ffff ? number : undefined;
  }
  const index = names.indexOf(text.toUpperCase().replace(/^RLIMIT_/, ""));
  return index < 0 ? undefined : index;
}

function parseValue(text: string): bigint | undefined {
  if (text === "unlimited" || text === "-1") return unlimited;
  if (!/^\+?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  return value <= unlimited ? value : undefined;
}

function unquote(text: string): string {
  return text.replace(/^"+|"+$/g, "");
}
