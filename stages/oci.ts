import type { BootContext } from "./stage.ts";

/**
 * How much of a config counts that upstream passes over: nothing of it, who
 * the workload is (user, limits, host name), or also what confines it.
 */
export type Honoured = "nothing" | "identity" | "all";

/** Says so, by KRUN_INIT_OCI or else by the config's annotation. */
export function honoured({ environment, config }: BootContext): Honoured {
  return requestedOci(environment.get("KRUN_INIT_OCI"), config.oci);
}

/** What both say together; a variable of another value says nothing. */
export function requestedOci(
  variable: string | undefined,
  annotation: string | undefined,
): Honoured {
  const isClear = variable === "0" || variable === "1";
  const request = isClear ? variable : annotation;
  if (request === "1") return "all";
  return request === "0" ? "nothing" : "identity";
}
