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
    const { environment, config } = context;
    for (const item of config.environment) {
      const end = item.indexOf("=");
      const name = item.slice(0, Math.max(end, 0));
      if (isOwn(name) && environment.get(name) === undefined) {
        environment.set(name, item.slice(end + 1), "config");
      }
    }
  },
};

/** True for the name of a variable that is for the init. */
function isOwn(name: string): boolean {
  return name.startsWith("KRUN_") || name === "HOSTNAME";
}
