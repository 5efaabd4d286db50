/**
 * The config file: what of an OCI runtime configuration or of a Docker image
 * configuration decides how the workload starts.
 */

import { isUnicode } from "../../ffi/bytes.ts";
import type { Platform } from "../platform.ts";
import {
  type Capabilities,
  capabilityBit,
  capabilitySets,
} from "./capabilities.ts";
import {
  aliases,
  imageFields,
  maxId,
  maxUmask,
  mostOomScoreAdj,
  nestings,
  ociAnnotation,
} from "./config_schema.ts";
import {
  mostFindings,
  parseJsonText,
  type Place,
  withoutMark,
} from "./json_text.ts";
import {
  isObject,
  isWholeNumber,
  type JsonObject,
  kindOf,
} from "./json_value.ts";
import { type ProcessControl, readProcessControl } from "./process_control.ts";
import { type Limit, parseLimit } from "./rlimits.ts";
import { readScheduling, type Scheduling } from "./scheduling.ts";

/** A mount that the config asks for; not each is the init's business (volume_kinds.ts). */
export interface ConfigMount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

/** A user of the runtime specification's, in numbers or by name. */
export interface ConfigUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask?: number;
  /** As an image names it; then it has no numbers but those of groups. */
  readonly name?: string;
}

/** What of the runtime specification confines the workload, as far as it says. */
export interface Confinement extends Scheduling {
  readonly capabilities?: Capabilities;
  /** -1000 to 1000 (proc(5)). */
  readonly oomScoreAdj?: number;
  readonly sysctl?: readonly (readonly [name: string, value: string])[];
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly readonlyRoot?: true;
}

/** What a config says, in one form whatever form it is written in. */
export interface GuestConfig extends ProcessControl {
  /** Entrypoint and arguments together; empty where it names none. */
  readonly args: readonly string[];
  /** `NAME=VALUE` each. */
  readonly environment: readonly string[];
  /** Working directory; undefined where it names none. */
  readonly cwd: string | undefined;
  readonly mounts: readonly ConfigMount[];
  /**
   * Who the workload is: in numbers, or as an image names it, such as
   * `web:staff`; undefined where it does not say.
   */
  readonly user?: ConfigUser | string;
  readonly limits: readonly Limit[];
  readonly hostname?: string;
  readonly noNewPrivs: boolean;
  /** What else confines the workload. */
  readonly confinement?: Confinement;
  /** How much of it is to count, by its annotation `krun-init.oci`. */
  readonly oci?: OciRequest;
}

/** Nothing of the runtime specification that upstream passes over, or all. */
export type OciRequest = "0" | "1";

/** Something in a config that was passed over. */
export interface Finding {
  /** Where it stands, such as `process.args[1]`. */
  readonly path: string;
  /** What is wrong with it. */
  readonly message: string;
  readonly place?: Place;
  /** Without it, another program would run, or as somebody else. */
  readonly isGrave?: true;
}

/** A config and what was passed over in it. */
export interface ParsedConfig {
  readonly config: GuestConfig;
  /** The first ones, and all that are grave among the first. */
  readonly findings: readonly Finding[];
  /** How many others there are. */
  readonly omitted: number;
}

/** What a guest without a config file has. */
export const emptyConfig: GuestConfig = {
  args: [],
  environment: [],
  cwd: undefined,
  mounts: [],
  limits: [],
  noNewPrivs: false,
};

/**
 * Reads a config, which may have comments and trailing commas. A field of a
 * wrong type is passed over and found, not fatal to the rest.
 *
 * @param platform whose resource limits it names
 * @throws SyntaxError when the text is not JSON, or nothing that has a config
 */
export function parseGuestConfig(
  text: string,
  platform: Platform = "linux",
): ParsedConfig {
  const { value, duplicates, moreDuplicates, locate } = parseJsonText(
    withoutMark(text),
  );
  const reader = new Reader(platform);
  const config = reader.read(value);
  for (const [path, place] of duplicates) reader.findDuplicate(path, place);
  const { findings } = reader;
  const paths = findings.filter(({ place }) => place === undefined)
    .map(({ path }) => path);
  const places = paths.length === 0 ? [] : locate(paths);
  return {
    config,
    findings: findings.map((finding): Finding => {
      const place = finding.place ?? places.shift();
      return { ...finding, ...(place && { place }) };
    }),
    omitted: reader.omitted + moreDuplicates,
  };
}

class Reader {
  readonly findings: Finding[] = [];
  omitted = 0;
  /** Whether no more is told of. */
  #isFull = false;
  /** Whether what is read decides what runs, and as whom. */
  #isGrave = false;
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  read(file: unknown): GuestConfig {
    const { top, path } = settingsOf(file);
    this.#isGrave = true;
    const process = this.#object(top.process, `${path}process`);
    const fields = process ?? top;
    const at = process === undefined ? path : `${path}process.`;
    const outer = namesIn(top);
    const names = fields === top ? outer : namesIn(fields);
    const strings = (of: JsonObject, name: string | undefined, at: string) =>
      name === undefined ? [] : this.#strings(of[name], `${at}${name}`);
    const entrypoint = strings(top, outer.entrypoint, path);
    const args = strings(fields, names.args, at);
    const user = this.#user(top, process, path);
    this.#isGrave = false;
    return {
      args: [...entrypoint, ...args],
      ...(user !== undefined && { user }),
      environment: strings(fields, names.env, at),
      cwd: this.#cwd(fields, names.cwd, at),
      mounts: this.#mounts(top.mounts, `${path}mounts`),
      ...readProcessControl(
        top,
        process,
        path,
        (at, message) => this.#find(at, message),
      ),
      ...this.#identity(top, process, path),
      ...this.#confinement(top, process, path),
    };
  }

  #confinement(
    top: JsonObject,
    process: JsonObject | undefined,
    path: string,
  ): Pick<GuestConfig, "confinement"> {
    const linux = this.#object(top.linux, `${path}linux`);
    const root = this.#object(top.root, `${path}root`);
    const capabilities = this.#capabilities(
      process?.capabilities,
      `${path}process.capabilities`,
    );
    const oomScoreAdj = this.#number(
      process?.oomScoreAdj,
      `${path}process.oomScoreAdj`,
      mostOomScoreAdj,
      -mostOomScoreAdj,
    );
    const sysctl = this.#sysctl(linux?.sysctl, `${path}linux.sysctl`);
    const paths = (name: "maskedPaths" | "readonlyPaths"): string[] =>
      this.#strings(linux?.[name], `${path}linux.${name}`);
    const [masked, readonlyPaths] = [
      paths("maskedPaths"),
      paths("readonlyPaths"),
    ];
    const readonlyRoot = this.#boolean(root?.readonly, `${path}root.readonly`);
    const confinement: Confinement = {
      ...(capabilities && { capabilities }),
      ...(oomScoreAdj !== undefined && { oomScoreAdj }),
      ...(process && readScheduling(
        process,
        `${path}process`,
        (at, message) => this.#find(at, message),
      )),
      ...(sysctl.length > 0 && { sysctl }),
      ...(masked.length > 0 && { maskedPaths: masked }),
      ...(readonlyPaths.length > 0 && { readonlyPaths }),
      ...(readonlyRoot && { readonlyRoot }),
    };
    return Object.keys(confinement).length === 0 ? {} : { confinement };
  }

  #capabilities(value: unknown, path: string): Capabilities | undefined {
    const sets = this.#object(value, path);
    if (sets === undefined) return undefined;
    return Object.fromEntries(capabilitySets.map((set) => {
      const at = `${path}.${set}`;
      const bits = this.#strings(
        sets[set],
        at,
        (name, n) =>
          capabilityBit(name) ??
            this.#find(`${at}[${n}]`, `unknown capability ${name}`),
      );
      return [set, bits.reduce((all, bit) => all | bit, 0n)];
    })) as unknown as Capabilities;
  }

  #sysctl(value: unknown, path: string): [string, string][] {
    const settings = this.#object(value, path) ?? {};
    const kept: [string, string][] = [];
    for (const name of Object.keys(settings)) {
      const at = `${path}.${name}`;
      const text = this.#string(settings[name], at);
      if (isParameter(name)) {
        if (text !== undefined) kept.push([name, text]);
      } else this.#find(at, "no name of a parameter");
    }
    return kept;
  }

  findDuplicate(path: string, place: Place): void {
    this.#find(path, "there twice, the last one counts", place);
  }

  #identity(
    top: JsonObject,
    process: JsonObject | undefined,
    path: string,
  ): Pick<GuestConfig, "limits" | "hostname" | "noNewPrivs" | "oci"> {
    const annotations = this.#object(top.annotations, `${path}annotations`);
    const oci = this.#request(annotations, `${path}annotations`);
    const hostname = this.#string(top.hostname, `${path}hostname`);
    return {
      limits: this.#limits(process?.rlimits, `${path}process.rlimits`),
      noNewPrivs: this.#boolean(
        process?.noNewPrivileges,
        `${path}process.noNewPrivileges`,
      ) ?? false,
      ...(hostname && { hostname }),
      ...(oci && { oci }),
    };
  }

  #request(
    annotations: JsonObject | undefined,
    path: string,
  ): OciRequest | undefined {
    const value = annotations?.[ociAnnotation] ?? undefined;
    if (value === undefined || value === "0" || value === "1") return value;
    return this.#find(`${path}.${ociAnnotation}`, 'neither "0" nor "1"');
  }

  #user(
    top: JsonObject,
    process: JsonObject | undefined,
    path: string,
  ): GuestConfig["user"] {
    const named = this.#string(top.User, `${path}User`);
    const user = this.#object(process?.user, `${path}process.user`);
    const ids = user && this.#ids(user, `${path}process.user.`);
    const image = isImage(top, process) ? named ?? "" : undefined;
    const other = ids ?? (image || undefined);
    // Of libkrun's flat form, whose own init takes them, whatever is beside.
    const { uid, gid } = top;
    this.#isGrave = other === undefined;
    const flat = (uid ?? gid ?? null) === null
      ? undefined
      : this.#ids({ uid, gid }, path);
    this.#isGrave = true;
    return other ?? flat ?? image;
  }

  #ids(user: JsonObject, at: string): ConfigUser {
    const umask = this.#number(user.umask, `${at}umask`, maxUmask);
    const name = this.#string(user.username, `${at}username`);
    const hasNumber = (user.uid ?? user.gid ?? null) !== null;
    return {
      uid: this.#number(user.uid, `${at}uid`, maxId) ?? 0,
      gid: this.#number(user.gid, `${at}gid`, maxId) ?? 0,
      groups: this.#items(
        user.additionalGids,
        `${at}additionalGids`,
        (item) => isWholeNumber(item, 0, maxId),
        (item) => whyNoNumber(item, 0, maxId),
        (id) => id,
      ),
      ...(umask !== undefined && { umask }),
      // Linux' runtimes go by the numbers, which they always have.
      ...(name && !hasNumber && { name }),
    };
  }

  #limits(value: unknown, path: string): Limit[] {
    return this.#entries(value, path, "type", ({ type, soft, hard }, n) => {
      const limit = parseLimit(type, soft, hard, this.#platform);
      return typeof limit === "string"
        ? this.#find(`${path}[${n}]`, limit)
        : limit;
    });
  }

  #cwd(
    fields: JsonObject,
    name: string | undefined,
    path: string,
  ): string | undefined {
    if (name === undefined) return undefined;
    // Docker writes an empty string where an image names no directory.
    return this.#string(fields[name], `${path}${name}`) || undefined;
  }

  #mounts(value: unknown, path: string): ConfigMount[] {
    return this.#entries(value, path, "destination", (mount, n) => {
      const at = `${path}[${n}]`;
      const destination = this.#string(
        mount.destination,
        `${at}.destination`,
      );
      if (destination === undefined) return undefined;
      const type = this.#string(mount.type, `${at}.type`);
      const source = this.#string(mount.source, `${at}.source`);
      const options = this.#strings(mount.options, `${at}.options`);
      return {
        destination,
        ...(type !== undefined && { type }),
        ...(source !== undefined && { source }),
        ...(options.length > 0 && { options }),
      };
    });
  }

  #strings(value: unknown, path: string): string[];
  #strings<T>(
    value: unknown,
    path: string,
    read: (text: string, index: number) => T | undefined,
  ): T[];
  #strings(
    value: unknown,
    path: string,
    read: (text: string, index: number) => unknown = (text) => text,
  ): unknown[] {
    return this.#items(value, path, isText, whyNoText, read);
  }

  /** @param key what each object has to have */
  #entries<T>(
    value: unknown,
    path: string,
    key: string,
    read: (entry: JsonObject, index: number) => T | undefined,
  ): T[] {
    return this.#items(
      value,
      path,
      (item): item is JsonObject =>
        isObject(item) && (item[key] ?? null) !== null,
      (item) => isObject(item) ? `has no ${key}` : whyNoObject(item),
      read,
    );
  }

  /**
   * What is read of an array's items.
   *
   * @param isGood false for one that is passed over
   * @param why what is wrong with it
   */
  #items<I, T>(
    value: unknown,
    path: string,
    isGood: (item: unknown) => item is I,
    why: (item: unknown) => string,
    read: (item: I, index: number) => T | undefined,
  ): T[] {
    const kept: T[] = [];
    const items = this.#array(value, path);
    for (let n = 0; n < items.length; n++) {
      const item = items[n];
      if (isGood(item)) {
        const one = read(item, n);
        if (one !== undefined) kept.push(one);
      } else if (this.#isFull) {
        // Of what only counts neither path nor reason are made.
        this.omitted += 1;
      } else {
        this.#find(`${path}[${n}]`, why(item));
      }
    }
    return kept;
  }

  #string(value: unknown, path: string): string | undefined {
    if (value === undefined || value === null) return undefined;
    return isText(value) ? value : this.#find(path, whyNoText(value));
  }

  #number(
    value: unknown,
    path: string,
    max: number,
    min = 0,
  ): number | undefined {
    if (value === undefined || value === null) return undefined;
    return isWholeNumber(value, min, max)
      ? value
      : this.#find(path, whyNoNumber(value, min, max));
  }

  #boolean(value: unknown, path: string): boolean | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "boolean") return value;
    return this.#find(path, `${kindOf(value)}, not true or false`);
  }

  #array(value: unknown, path: string): unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.#find(path, `${kindOf(value)}, not an array`);
    return [];
  }

  #object(value: unknown, path: string): JsonObject | undefined {
    if (value === undefined || value === null) return undefined;
    return isObject(value) ? value : this.#find(path, whyNoObject(value));
  }

  #find(path: string, message: string, place?: Place): undefined {
    if (this.#isFull) {
      this.omitted += 1;
      return undefined;
    }
    this.findings.push({
      ...{ path, message },
      ...(place && { place }),
      ...(this.#isGrave && { isGrave: true }),
    });
    this.#isFull = this.findings.length === mostFindings;
    return undefined;
  }
}

/**
 * Finds the object that the settings are in. That is a nested one where the top
 * itself says nothing, or is what `docker inspect` prints: a list, of images or
 * containers.
 *
 * @returns the object, and its path in the file with a dot behind it
 * @throws SyntaxError when there is no configuration
 */
export function settingsOf(
  file: unknown,
): { top: Record<string, unknown>; path: string } {
  if (Array.isArray(file) && file.length > 0 && file.every(isInspected)) {
    if (file.length > 1) {
      throw new SyntaxError(`Describes ${file.length} images, not one`);
    }
    const { top, path } = settingsOf(file[0]);
    return { top, path: `[0].${path}` };
  }
  if (!isObject(file)) {
    throw new SyntaxError(`Not a JSON object but ${kindOf(file)}`);
  }
  for (const name of nestings) {
    const nested = file[name];
    if (isObject(nested) && (isInspected(file) || !hasSettings(file))) {
      return { top: nested, path: `${name}.` };
    }
  }
  return { top: file, path: "" };
}

function hasSettings(file: JsonObject): boolean {
  return ["process", "mounts"].some((name) => Object.hasOwn(file, name)) ||
    Object.values(namesIn(file)).some((name) => name !== undefined);
}

/** True for what `docker inspect` prints; a container's has its own `Args`. */
function isInspected(value: unknown): boolean {
  return isObject(value) && typeof value.Id === "string" &&
    isObject(value.Config);
}

/** True for what describes an image: in it, the user is a text, or root. */
function isImage(top: JsonObject, process: JsonObject | undefined): boolean {
  return process === undefined &&
    imageFields.some((name) => Object.hasOwn(top, name));
}

/** The names under which fields stand: exact first, else in any case. */
function namesIn(
  fields: JsonObject,
): Partial<Record<keyof typeof aliases, string>> {
  const isSet = (name: string): boolean => (fields[name] ?? null) !== null;
  const known = Object.entries(aliases);
  const found: Record<string, string | undefined> = Object.fromEntries(
    known.map(([field, names]) => [field, names.find(isSet)]),
  );
  const inLowerCase = new Map(
    known.flatMap(([field, names]) =>
      names.map((name) => [name.toLowerCase(), field])
    ),
  );
  for (const key of Object.keys(fields)) {
    const field = inLowerCase.get(key.toLowerCase());
    if (field !== undefined && isSet(key)) found[field] ??= key;
  }
  return found;
}

/** True for what names a file below /proc/sys, by dots or slashes. */
function isParameter(name: string): boolean {
  return isText(name) && !/^[./]|[./][./]|[./]$|^$/.test(name);
}

/** True for a string that can be a word of a process. */
function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0") &&
    isUnicode(value);
}

function whyNoText(value: unknown): string {
  if (typeof value !== "string") return `${kindOf(value)}, not a string`;
  return value.includes("\0")
    ? "has a NUL in it"
    : "has half a surrogate pair in it";
}

function whyNoNumber(value: unknown, min: number, max: number): string {
  const found = typeof value === "number" ? `${value}` : kindOf(value);
  return `${found}, not a whole number from ${min} to ${max}`;
}

function whyNoObject(value: unknown): string {
  return `${kindOf(value)}, not an object`;
}
