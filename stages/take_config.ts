/** Reads the config file, wherever it is, and says what is wrong with it. */

import { decodeBytes, isUnicode } from "../ffi/bytes.ts";
import { isErrno, SysError } from "../ffi/sys_error.ts";
import { type Finding, parseGuestConfig } from "./formats/guest_config.ts";
import { placeText } from "./formats/json_text.ts";
import type { BootContext } from "./stage.ts";

const defaultPath = "/.krun_config.json";

/** Where the config file is to be. */
export function configPath({ environment }: BootContext): string {
  return environment.get("KRUN_CONFIG") ?? defaultPath;
}

/** Takes the config file of the root that the kernel gave, if there is one. */
export function readFirstConfig(context: BootContext): void {
  const { sys, root } = context;
  const read = (path: string): Uint8Array => sys.readFileIn(root, path);
  takeConfig(context, configPath(context), read);
}

/**
 * Takes what a config file says. One open and no look before it: libkrun
 * serves the file for one look-up only. Where nothing else names the command,
 * a file that is there and does not say clearly what is to run, and as whom,
 * is fatal: a shell in its place would tell the host of success.
 *
 * @param read gives its bytes
 */
export function takeConfig(
  context: BootContext,
  path: string,
  read: (path: string) => Uint8Array,
): void {
  context.hasConfig = true;
  try {
    parse(context, path, read(path));
  } catch (error) {
    if (isErrno(error, "ENOENT")) {
      context.hasConfig = false;
      return;
    }
    const isUseless = error instanceof SysError || error instanceof SyntaxError;
    if (!isUseless || needsConfig(context)) throw error;
    context.warn(error, "going on without a config");
  }
}

/** @throws SyntaxError when it says nothing, Error when it is not clear */
function parse(context: BootContext, path: string, bytes: Uint8Array): void {
  const { config, findings, omitted } = parseText(path, bytes, context);
  context.config = config;
  const grave = needsConfig(context)
    ? findings.find(({ isGrave }) => isGrave)
    : undefined;
  for (const finding of findings) {
    if (finding !== grave) context.warn(`${path}: ${findingText(finding)}`);
  }
  if (omitted > 0) context.warn(`${path}: ${omitted} more such fields`);
  if (grave) throw new Error(`${path}: ${findingText(grave)}`);
  takeOwnVariables(context);
}

/** What the config sets for the init counts from here on; the kernel's own wins. */
function takeOwnVariables({ environment, config }: BootContext): void {
  for (const item of config.environment) {
    const end = item.indexOf("=");
    const name = item.slice(0, Math.max(end, 0));
    if (isOwn(name) && environment.get(name) === undefined) {
      environment.set(name, item.slice(end + 1), "config");
    }
  }
}

/** True for the name of a variable that is for the init. */
function isOwn(name: string): boolean {
  return name.startsWith("KRUN_") || name === "HOSTNAME";
}

function parseText(
  path: string,
  bytes: Uint8Array,
  { platform }: BootContext,
): ReturnType<typeof parseGuestConfig> {
  const text = decodeBytes(bytes);
  if (!isUnicode(text)) throw new SyntaxError(`${path}: Not UTF-8`);
  try {
    return parseGuestConfig(text, platform);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`${path}: ${error.message}`);
  }
}

/** True where the command is nobody's if it is not the config's. */
function needsConfig({ environment, args }: BootContext): boolean {
  return environment.get("KRUN_CONFIG_LENIENT") !== "1" &&
    environment.get("KRUN_INIT") === undefined && args.length <= 1;
}

function findingText({ path, message, place }: Finding): string {
  const where = place ? `${placeText(place)}: ` : "";
  return `${where}${path}: ${message}`;
}
