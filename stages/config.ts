import { decodeBytes, isUnicode } from "../ffi/bytes.ts";
import { isErrno } from "../ffi/sys_error.ts";
import { blockRoot } from "./block_root.ts";
import { parseGuestConfig } from "./formats/guest_config.ts";
import { placeText } from "./formats/json_text.ts";
import { skipReason } from "./runner.ts";
import type { BootContext, Stage } from "./stage.ts";

const defaultPath = "/.krun_config.json";

/** Reads the config file. */
export const config: Stage = {
  name: "config",
  summary: "Read the config file",
  gates: {},
  policy: "warn",
  run(context) {
    const named = context.environment.get("KRUN_CONFIG");
    const found = context.configFile;
    const path = found?.path ?? named ?? defaultPath;
    const bytes = found?.bytes ?? read(context, path);
    if (bytes === undefined) {
      if (named !== undefined) context.warn(`No config file at ${path}`);
      return;
    }
    const text = decodeBytes(bytes);
    if (!isUnicode(text)) {
      context.warn(`${path}: Not UTF-8`, "going on without a config");
      return;
    }
    try {
      const { config, findings } = parseGuestConfig(text, context.platform);
      context.config = config;
      for (const { path: at, message, place } of findings) {
        const where = place ? `${placeText(place)}: ` : "";
        context.warn(`${path}: ${where}${at}: ${message}`);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      context.warn(`${path}: ${error.message}`, "going on without a config");
    }
  },
};

/**
 * One open and no look before it: libkrun serves the file for one look-up
 * only. It is in the first root; where that has none, a block root may.
 */
function read(context: BootContext, path: string): Uint8Array | undefined {
  const { sys, root } = context;
  try {
    return sys.readFileIn(root, path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  if (skipReason(blockRoot, context) !== undefined) return undefined;
  try {
    return sys.readFile(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    return undefined;
  }
}
