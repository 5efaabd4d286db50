/** The JSON's `process`: command, environment, directory and identity. */

import { maxId, maxUmask } from "../../stages/formats/config_schema.ts";
import { linuxNames, parseRlimits } from "../../stages/formats/rlimits.ts";
import { type Problems, quote } from "./problems.ts";
import type { Settings } from "./settings.ts";
import { joinVariables, variableName } from "./variables.ts";

/** HOST_NAME_MAX (sethostname(2)), in bytes. */
const hostNameMax = 64;

/** In seconds; the init takes nine digits. */
const maxStopTimeout = 999_999_999;

/** NGROUPS_MAX (setgroups(2)). */
const maxGroups = 65_536;

/** What parseRlimits takes, and no more than one way to write it. */
const limitForm =
  /^(?:\d+|(?:RLIMIT_)?[A-Z]+)=(?:\d+|unlimited):(?:\d+|unlimited)$/;

/** The init has read them before it reads the config. */
const kernelOnly = ["KRUN_CONFIG", "KRUN_INIT_TRACE"];

/** `process` in the order of its keys; what is not set is undefined. */
export interface ProcessPart {
  readonly args: readonly string[] | undefined;
  readonly env: readonly string[] | undefined;
  readonly cwd: string | undefined;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly umask: number | undefined;
    readonly additionalGids: readonly number[] | undefined;
  } | undefined;
  readonly noNewPrivileges: true | undefined;
}

/**
 * Makes `process` of the settings.
 *
 * @param kernelNames the variables of the kernel's environment
 * @returns undefined where there is nothing of it
 */
export function processPart(
  settings: Settings,
  kernelNames: ReadonlySet<string>,
  problems: Problems,
): ProcessPart | undefined {
  const part: ProcessPart = {
    args: unlessEmpty(checkedArgs(settings, problems)),
    env: unlessEmpty(environment(settings, kernelNames, problems)),
    cwd: checkedCwd(settings, problems),
    user: userPart(settings, problems),
    noNewPrivileges: settings.noNewPrivileges || undefined,
  };
  const isEmpty = Object.values(part).every((value) => value === undefined);
  return isEmpty ? undefined : part;
}

/**
 * A variable by which the init would pass over a setting.
 *
 * @returns the setting's name, or undefined where there is none
 */
export function overruledSetting(
  name: string | undefined,
  { args, cwd }: Settings,
): string | undefined {
  if (name === "KRUN_INIT" && args.length > 0) return "process.args";
  if (name === "KRUN_WORKDIR" && cwd !== undefined) return "process.cwd";
  return undefined;
}

/** An empty list is left out of the JSON. */
export function unlessEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

function checkedArgs({ args }: Settings, problems: Problems): string[] {
  args.forEach((arg, n) => {
    const path = `process.args[${n}]`;
    // Any other argument may be empty.
    if (n === 0) problems.filled(arg, path);
    else problems.text(arg, path);
  });
  return args;
}

function checkedCwd(
  { cwd }: Settings,
  problems: Problems,
): string | undefined {
  if (cwd !== undefined) problems.absolutePath(cwd, "process.cwd");
  return cwd;
}

/** A setting that is a variable of the JSON. */
interface OwnVariable {
  readonly name: string;
  readonly value: string;
  /** True where the value is good; `path` is the variable's. */
  check(path: string, problems: Problems): boolean;
}

/** The settings that are variables, in their order. */
function ownVariables(
  { limits, hostname, stopTimeout }: Settings,
): OwnVariable[] {
  const own: OwnVariable[] = [];
  if (limits.length > 0) {
    own.push({
      name: "KRUN_RLIMITS",
      value: limitsText(limits),
      check: (path, problems) =>
        limits.every((limit) => checkLimit(limit, path, problems)),
    });
  }
  if (hostname !== undefined) {
    own.push({
      name: "HOSTNAME",
      value: hostname,
      check: (path, problems) => problems.short(hostname, path, hostNameMax),
    });
  }
  if (stopTimeout !== undefined) {
    own.push({
      name: "KRUN_STOP_TIMEOUT",
      value: `${stopTimeout}`,
      check: (path, problems) =>
        problems.number(stopTimeout, path, 0, maxStopTimeout),
    });
  }
  return own;
}

function environment(
  settings: Settings,
  kernelNames: ReadonlySet<string>,
  problems: Problems,
): string[] {
  const own = ownVariables(settings);
  const items = joinVariables(
    settings.env,
    own.map(({ name, value }) => `${name}=${value}`),
  );
  items.forEach((item, n) => {
    const path = `process.env[${n}]`;
    const name = variableName(item) ?? "";
    const setting = own.find((variable) => variable.name === name);
    const isGood = setting?.check(path, problems) ??
      problems.variable(item, path);
    if (!isGood) return;
    const overruled = overruledSetting(name, settings);
    if (kernelOnly.includes(name)) {
      problems.add(
        "no_effect",
        path,
        `${name} is read from the kernel's environment only`,
      );
    } else if (kernelNames.has(name)) {
      problems.add("conflict", path, `${name} is in the kernel's environment`);
    } else if (overruled !== undefined) {
      problems.add("conflict", path, `${name} wins over ${overruled}`);
    }
  });
  return items;
}

function checkLimit(limit: string, path: string, problems: Problems): boolean {
  if (numericLimit(limit) !== undefined) return true;
  const message = `${quote(limit)} is not RESOURCE=SOFT:HARD`;
  return problems.add("bad_limit", path, message);
}

/** The last limit of a resource counts; each keeps its first place. */
function limitsText(limits: readonly string[]): string {
  const byResource = new Map<string, string>();
  for (const limit of limits) {
    const text = numericLimit(limit) ?? limit;
    byResource.set(text.slice(0, text.indexOf("=") + 1), text);
  }
  return [...byResource.values()].join(",");
}

/** In numbers, as libkrun's own init wants it; undefined for a bad one. */
function numericLimit(limit: string): string | undefined {
  const [parsed] = limitForm.test(limit) ? parseRlimits(limit).limits : [];
  if (parsed === undefined || parsed.resource >= linuxNames.length) {
    return undefined;
  }
  return `${parsed.resource}=${parsed.soft}:${parsed.hard}`;
}

function userPart(settings: Settings, problems: Problems): ProcessPart["user"] {
  const { uid = 0, gid = 0, umask, additionalGids } = settings;
  const isSet = [settings.uid, settings.gid, umask]
    .some((value) => value !== undefined);
  if (!isSet && additionalGids.length === 0) return undefined;
  const path = "process.user";
  problems.number(uid, `${path}.uid`, 0, maxId);
  problems.number(gid, `${path}.gid`, 0, maxId);
  if (umask !== undefined) {
    problems.number(umask, `${path}.umask`, 0, maxUmask);
  }
  additionalGids.forEach((other, n) => {
    problems.number(other, `${path}.additionalGids[${n}]`, 0, maxId);
  });
  if (additionalGids.length > maxGroups) {
    const count = `${additionalGids.length} groups, more than ${maxGroups}`;
    problems.add("too_many", `${path}.additionalGids`, count);
  }
  return { uid, gid, umask, additionalGids: unlessEmpty(additionalGids) };
}
