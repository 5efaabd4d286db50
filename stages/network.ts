import { SysError } from "../ffi/sys_error.ts";
import { configureInterfaces } from "./interfaces.ts";
import type { BootContext, Stage } from "./stage.ts";
import { configureForTsi } from "./tsi.ts";

/** Brings up the network interfaces, each on its own. */
export const network: Stage = {
  name: "network",
  summary: "Bring up the network interfaces",
  gates: { platforms: ["linux"] },
  policy: "warn",
  run(context) {
    for (const step of [loopback, configureInterfaces, configureForTsi]) {
      try {
        step(context);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        context.warn(error.message);
      }
    }
  },
};

function loopback({ sys }: BootContext): void {
  sys.interfaceUp("lo");
}
