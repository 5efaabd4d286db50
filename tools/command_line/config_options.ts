/** The options of `krun-init config`. */

import { signalNumber } from "../../stages/formats/signal_names.ts";
import type { ConfigBuilder } from "../config/mod.ts";
import { UsageError } from "./command.ts";

/** What the words ask for. */
export interface ConfigOptions {
  /** The file of an image's configuration. */
  readonly from: string | undefined;
  readonly output: string | undefined;
  readonly kernelLine: boolean;
  /** They have a command of their own. */
  readonly hasCommand: boolean;
  /** They have a user of their own. */
  readonly hasUser: boolean;
  /** Makes the builder's calls. */
  apply(builder: ConfigBuilder): void;
}

type Call = (builder: ConfigBuilder) => void;

/** Makes a call of an option's value, or throws UsageError. */
type ValueOption = (value: string) => Call;

const valueOptions = new Map<string, ValueOption>(Object.entries({
  "--arg": (value) => (builder) => builder.arg(value),
  "--env": (value) => (builder) => builder.env(value),
  "--cwd": (value) => (builder) => builder.cwd(value),
  "--user": (value) => {
    const [uid, gid] = parseUser(value);
    return (builder) => builder.user(uid, gid);
  },
  "--group": (value) => {
    const gid = parseNumber(value);
    return (builder) => builder.additionalGid(gid);
  },
  "--umask": (value) => {
    if (!/^[0-7]{1,4}$/.test(value)) {
      throw new UsageError(`${value} is not an octal number`);
    }
    return (builder) => builder.umask(parseInt(value, 8));
  },
  "--rlimit": (value) => (builder) => builder.rlimit(value),
  "--hostname": (value) => {
    if (value === "") throw new UsageError("A host name can't be empty");
    return (builder) => builder.hostname(value);
  },
  "--stop-timeout": (value) => {
    const seconds = parseNumber(value);
    return (builder) => builder.stopTimeout(seconds);
  },
  "--stop-signal": (value) => {
    const signal = /^\d+$/.test(value)
      ? parseNumber(value)
      : signalNumber(value);
    if (signal === undefined) throw new UsageError(`${value} is no signal`);
    return (builder) => builder.stopSignal(signal);
  },
  "--tmpfs": (value) => {
    const [directory, options] = splitAt(value, 2);
    return (builder) => builder.tmpfs(directory, options);
  },
  "--volume": (value) => {
    const mount = splitMount(value);
    return (builder) => builder.volume(...mount);
  },
  "--mount": (value) => {
    const mount = splitMount(value);
    return (builder) => builder.mount(...mount);
  },
  "--dhcp-timeout": (value) => {
    const ms = parseNumber(value);
    return (builder) => builder.dhcpTimeout(ms);
  },
  "--kernel-env": (value) => (builder) => builder.kernelEnv(value),
  "--kernel-arg": (value) => (builder) => builder.kernelArg(value),
}));

const flags = new Map<string, Call>(Object.entries({
  "--no-new-privileges": (builder) => builder.noNewPrivileges(),
  "--dhcp": (builder) => builder.dhcp(),
  "--trace": (builder) => builder.trace(),
}));

/** They have a value, of which the last counts. */
const lastOptions = [
  "--from-image",
  "--output",
  "--block-root",
  "--block-root-type",
  "--block-root-options",
];

/**
 * Reads the words. A value is the next word, whatever it begins with, or
 * stands behind `=`; after `--` comes the command.
 *
 * @throws UsageError that names the word that is wrong
 */
export function parseConfigOptions(args: readonly string[]): ConfigOptions {
  const calls: Call[] = [];
  const last = new Map<string, string>();
  const seen = new Set<string>();
  const words = [...args];
  for (;;) {
    const word = words.shift();
    if (word === undefined || word === "--") break;
    const { name, attached } = splitWord(word);
    seen.add(name);
    const flag = flags.get(name);
    if (flag !== undefined || name === "--kernel-line") {
      if (attached !== undefined) {
        throw new UsageError(`${name} takes no value: ${word}`);
      }
      if (flag !== undefined) calls.push(flag);
      continue;
    }
    const option = valueOptions.get(name);
    if (option === undefined && !lastOptions.includes(name)) {
      throw new UsageError(
        word.startsWith("-")
          ? `Unknown option: ${word}`
          : `Unexpected word: ${word} (a command comes after --)`,
      );
    }
    const value = attached ?? words.shift();
    if (value === undefined) throw new UsageError(`${name} lacks its value`);
    if (option === undefined) last.set(name, value);
    else calls.push(callOf(name, option, value));
  }
  for (const word of words) calls.push((builder) => builder.arg(word));
  calls.push(...blockRootCall(last));
  return {
    from: last.get("--from-image"),
    output: last.get("--output"),
    kernelLine: seen.has("--kernel-line"),
    hasCommand: seen.has("--arg") || words.length > 0,
    hasUser: seen.has("--user"),
    apply(builder) {
      for (const call of calls) call(builder);
    },
  };
}

/**
 * Reads UID or UID:GID.
 *
 * @throws UsageError when they are no numbers
 */
export function parseUser(text: string): readonly [uid: number, gid: number] {
  const [uid, gid = "0"] = splitAt(text, 2);
  return [parseNumber(uid), parseNumber(gid)];
}

function splitWord(word: string): { name: string; attached?: string } {
  const end = word.indexOf("=");
  return word.startsWith("--") && end > 0
    ? { name: word.slice(0, end), attached: word.slice(end + 1) }
    : { name: word };
}

function callOf(name: string, option: ValueOption, value: string): Call {
  try {
    return option(value);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: ${error.message}`);
  }
}

function blockRootCall(last: ReadonlyMap<string, string>): Call[] {
  const device = last.get("--block-root");
  const type = last.get("--block-root-type");
  const options = last.get("--block-root-options");
  if (device !== undefined) {
    return [(builder) => builder.blockRoot(device, type, options)];
  }
  const lonely = ["--block-root-type", "--block-root-options"]
    .find((name) => last.has(name));
  if (lonely === undefined) return [];
  throw new UsageError(`${lonely} needs --block-root`);
}

type MountWords = [
  directory: string,
  type: string,
  source: string,
  options: string | undefined,
];

function splitMount(text: string): MountWords {
  const [directory, type, source, options] = splitAt(text, 4);
  if (type === undefined || source === undefined) {
    throw new UsageError(`${text} is not DIR:TYPE:SOURCE[:OPTIONS]`);
  }
  return [directory, type, source, options];
}

/** Splits at the first colons, into no more than `count` parts. */
function splitAt(text: string, count: number): [string, ...string[]] {
  const parts = text.split(":");
  if (parts.length > count) parts.push(parts.splice(count - 1).join(":"));
  const [first = "", ...others] = parts;
  return [first, ...others];
}

function parseNumber(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new UsageError(`${text || '""'} is not a number`);
}
