/** Resource limits (getrlimit(2)) and the text form of KRUN_RLIMITS. */

import type { Platform } from "../platform.ts";
import { shown } from "./json_value.ts";

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

/** RLIM_INFINITY of Linux. */
export const unlimited = 0xffff_ffff_ffff_ffffn;

/** What a platform calls its resources. */
interface Resources {
  /** RLIMIT_* without that, by their numbers. */
  readonly names: readonly string[];
  /** RLIM_INFINITY; what is above it means the same. */
  readonly unlimited: bigint;
}

/** asm-generic/resource.h. */
export const linuxNames: readonly string[] = [
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

/** sys/resource.h. */
const freebsdNames = [
  "CPU",
  "FSIZE",
  "DATA",
  "STACK",
  "CORE",
  "RSS",
  "MEMLOCK",
  "NPROC",
  "NOFILE",
  "SBSIZE",
  "AS",
  "NPTS",
  "SWAP",
  "KQUEUES",
  "UMTXP",
];

const resources: Readonly<Record<Platform, Resources>> = {
  linux: { names: linuxNames, unlimited },
  freebsd: { names: freebsdNames, unlimited: 0x7fff_ffff_ffff_ffffn },
};

/** The name of a resource, such as `NOFILE`, or its number where it has none. */
export function resourceName(resource: number, platform: Platform): string {
  return resources[platform].names[resource] ?? `${resource}`;
}

/** A limit as KRUN_RLIMITS has it. */
export function limitText(limit: bigint, platform: Platform): string {
  return limit >= resources[platform].unlimited ? "unlimited" : `${limit}`;
}

/**
 * Parses items like `7=1024:4096` or `CORE=0:unlimited`, separated by
 * commas; quotes around the whole and around an item are dropped. A bad item
 * is skipped, so that it can never set a limit that nobody meant.
 *
 * @param platform whose names and numbers they are
 */
export function parseRlimits(
  text: string,
  platform: Platform = "linux",
): ParsedLimits {
  const limits: Limit[] = [];
  const problems: string[] = [];
  const whole = unquote(text);
  for (const item of whole === "" ? [] : whole.split(",")) {
    const limit = parseItem(unquote(item), resources[platform]);
    if (typeof limit === "string") {
      problems.push(`${JSON.stringify(item)}: ${limit}`);
    } else {
      limits.push(limit);
    }
  }
  return { limits, problems };
}

function parseItem(item: string, own: Resources): Limit | string {
  const [, name, softText, hardText] = /^([^=:]*)[=:]([^=:]*)[=:](.*)$/s
    .exec(item) ?? [];
  if (name === undefined || softText === undefined || hardText === undefined) {
    return "not RESOURCE=SOFT:HARD";
  }
  const resource = parseResource(name, own);
  if (resource === undefined) return `unknown resource ${name}`;
  const soft = parseValue(softText, own);
  if (soft === undefined) return `bad soft limit ${softText}`;
  const hard = parseValue(hardText, own);
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
 * @param platform whose names and numbers they are
 */
export function parseLimit(
  type: unknown,
  soft: unknown,
  hard: unknown,
  platform: Platform = "linux",
): Limit | string {
  const own = resources[platform];
  const resource = typeof type === "string" && type.startsWith("RLIMIT_")
    ? parseResource(type, own)
    : undefined;
  if (resource === undefined) return `unknown resource ${shown(type)}`;
  const [softValue, hardValue] = [soft, hard].map((value) =>
    numericValue(value, own)
  );
  if (softValue === undefined) return `bad soft limit ${shown(soft)}`;
  if (hardValue === undefined) return `bad hard limit ${shown(hard)}`;
  if (softValue > hardValue) return "the soft limit is above the hard limit";
  return { resource, soft: softValue, hard: hardValue };
}

function numericValue(value: unknown, own: Resources): bigint | undefined {
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  if (value === -1 || value > Number.MAX_SAFE_INTEGER) return own.unlimited;
  return value < 0 ? undefined : BigInt(value);
}

function parseResource(text: string, own: Resources): number | undefined {
  if (/^\+?\d+$/.test(text)) {
    const number = Number(text);
    return number <= 0xffff_ffff ? number : undefined;
  }
  const index = own.names.indexOf(text.toUpperCase().replace(/^RLIMIT_/, ""));
  return index < 0 ? undefined : index;
}

function parseValue(text: string, own: Resources): bigint | undefined {
  if (text === "unlimited" || text === "-1") return own.unlimited;
  if (!/^\+?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace("+", ""));
  if (value > unlimited) return undefined;
  return value < own.unlimited ? value : own.unlimited;
}

function unquote(text: string): string {
  return text.replace(/^"+|"+$/g, "");
}
