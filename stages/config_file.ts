import { readFirstConfig } from "./take_config.ts";
import type { Stage } from "./stage.ts";

/**
 * Reads the config file before anything else: hosts put variables for the
 * init into it, and they count for every stage. The kernel's own win.
 */
export const configFile: Stage = {
  name: "configFile",
  summary: "Read the config file",
  gates: { platforms: ["linux"] },
  policy: "fatal",
  run(context) {
    readFirstConfig(context);
  },
};
