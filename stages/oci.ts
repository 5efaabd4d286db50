import type { BootContext } from "./stage.ts";

/**
 * How much of a config counts that upstream passes over: nothing of it, who
 * the workload is (user, limits, host name), or also what confines it.
 */
export type Honoured = "nothing" | "identity" | "all";

/** Says so, by KRUN_INIT_OCI or else by the config's annotation. */
export function honoured({ environment, config }: BootContext): Honoured {
  const text = environment.get("KRUN_INIT_OCI");
  const request = text === "0" || text === "1" ? text : config.oci;
  if (request === "1") return "all";
  return request === "0" ? "nothing" : "identity";
}
