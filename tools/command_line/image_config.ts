/**
 * Configurations of container images: OCI's (image-spec, config.md), Docker's,
 * and what `docker image inspect` prints.
 */

import type { ConfigBuilder } from "../config/mod.ts";
import { signalNumber } from "../../stages/formats/signal_names.ts";
import { parseUser } from "./config_options.ts";

/** What of the image's is not wanted. */
export interface Without {
  /** Cmd, as with a command after `docker run IMAGE`. */
  readonly command: boolean;
  readonly user: boolean;
}

/** Where the fields lie inside the file: Docker's name, then OCI's. */
const nestings = ["Config", "config"];

/** The fields that count. */
const fieldNames = [
  ...["Entrypoint", "Cmd", "Env", "WorkingDir", "StopSignal", "User"],
];

type Fields = Record<string, unknown>;

/**
 * Makes the calls that an image's configuration asks for. Entrypoint, Cmd,
 * Env, WorkingDir, StopSignal and User count; the rest (ExposedPorts, Volumes,
 * Labels and so on) says nothing that an init does.
 *
 * @throws Error that names the field that is wrong
 */
export function applyImageConfig(
  builder: ConfigBuilder,
  text: string,
  without: Without,
): void {
  const { fields, path } = findFields(JSON.parse(text));
  const strings = (name: string): string[] =>
    stringsOf(fields[name], `${path}${name}`);
  const string = (name: string): string =>
    stringOf(fields[name] ?? "", `${path}${name}`);
  const command = without.command ? [] : strings("Cmd");
  for (const word of [...strings("Entrypoint"), ...command]) builder.arg(word);
  for (const variable of strings("Env")) builder.env(variable);
  const directory = string("WorkingDir");
  if (directory !== "") builder.cwd(directory);
  const signal = string("StopSignal");
  if (signal !== "") {
    builder.stopSignal(signalOf(signal, `${path}StopSignal`));
  }
  const user = without.user ? "" : string("User");
  if (user !== "") builder.user(...userOf(user, `${path}User`));
}

function findFields(value: unknown): { fields: Fields; path: string } {
  const isList = Array.isArray(value);
  if (isList && value.length !== 1) {
    throw new Error(`Describes ${value.length} images, not one`);
  }
  const top = isList ? value[0] : value;
  if (!isFields(top)) throw new Error("Not the configuration of an image");
  if ("schemaVersion" in top) {
    throw new Error("A manifest or an index, not the configuration it names");
  }
  const known = [...nestings, ...fieldNames, "os", "rootfs"];
  if (!known.some((name) => name in top)) {
    throw new Error("Not the configuration of an image");
  }
  const start = isList ? "[0]." : "";
  for (const name of nestings) {
    const nested = top[name];
    if (isFields(nested)) {
      return { fields: nested, path: `${start}${name}.` };
    }
  }
  return { fields: top, path: start };
}

function signalOf(signal: string, path: string): number {
  const number = signalNumber(signal);
  if (number === undefined) throw new Error(`${path}: ${signal} is no signal`);
  return number;
}

function userOf(user: string, path: string): readonly [number, number] {
  try {
    return parseUser(user);
  } catch {
    throw new Error(
      `${path}: "${user}" is a name, and which number it has only the image's /etc/passwd says: give --user UID:GID`,
    );
  }
}

function stringsOf(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${path}: not an array`);
  return value.map((item, n) => stringOf(item, `${path}[${n}]`));
}

function stringOf(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw new Error(`${path}: not a string`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
