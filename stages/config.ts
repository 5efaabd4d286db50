import { blockRoot } from "./block_root.ts";
import { configPath, readFirstConfig, takeConfig } from "./take_config.ts";
import { skipReason } from "./runner.ts";
import type { Stage } from "./stage.ts";

/** Takes a config file that is not in the first root, but in a new one. */
export const config: Stage = {
  name: "config",
  summary: "Take the config file of a new root where the first has none",
  gates: {},
  policy: "fatal",
  run(context) {
    const { sys, environment } = context;
    if (context.hasConfig === undefined) readFirstConfig(context);
    const isNewRoot = skipReason(blockRoot, context) === undefined;
    if (!context.hasConfig && isNewRoot) {
      const read = (path: string): Uint8Array => sys.readFile(path);
      takeConfig(context, configPath(context), read);
    }
    const named = environment.get("KRUN_CONFIG");
    if (!context.hasConfig && named !== undefined) {
      context.warn(`No config file at ${named}`);
    }
  },
};
