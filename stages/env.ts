import { encodeBytes } from "../ffi/bytes.ts";
import { emptyConfig } from "./formats/guest_config.ts";
import {
  type Limit,
  type ParsedLimits,
  parseRlimits,
} from "./formats/rlimits.ts";
import { honoured } from "./oci.ts";
import type { Platform } from "./platform.ts";
import type { BootContext, Stage } from "./stage.ts";

/** HOST_NAME_MAX (sethostname(2), gethostname(3)), in bytes. */
const hostNameMax: Readonly<Record<Platform, number>> = {
  linux: 64,
  freebsd: 255,
};

/** Settles the workload's environment, the host name and the limits. */
export const env: Stage = {
  name: "env",
  summary: "Settle environment, host name and resource limits",
  gates: {},
  policy: "warn",
  run(context) {
    applyConfig(context);
    const { environment, handover } = context;
    for (const name of ["HOME", "TERM"]) {
      const value = environment.get(`KRUN_${name}`);
      if (value !== undefined) environment.set(name, value, `KRUN_${name}`);
    }
    handover.environment = environment.items();
    checkRequest(context);
    const extent = honoured(context);
    const { limits, noNewPrivs } = extent === "nothing"
      ? emptyConfig
      : context.config;
    applyLimits(context, limits);
    setHostName(context);
    handover.noNewPrivs = extent === "all" && noNewPrivs;
  },
};

function checkRequest({ environment, warn }: BootContext): void {
  const text = environment.get("KRUN_INIT_OCI") ?? "";
  if (["", "0", "1"].includes(text)) return;
  warn(`KRUN_INIT_OCI: ${text} is neither 0 nor 1 (ignored)`);
}

/** The config adds to what the kernel gave; HOME and TERM it replaces. */
function applyConfig({ config, environment, warn }: BootContext): void {
  for (const item of config.environment) {
    const end = item.indexOf("=");
    if (end <= 0) {
      warn(`Environment entry without a name or "=": ${item} (ignored)`);
      continue;
    }
    const name = item.slice(0, end);
    const replaces = name === "HOME" || name === "TERM";
    if (replaces || environment.get(name) === undefined) {
      environment.set(name, item.slice(end + 1), "config");
    }
  }
}

const noLimits: ParsedLimits = { limits: [], problems: [] };

/** Those of KRUN_RLIMITS win, resource by resource. */
function applyLimits(
  { platform, environment, handover, warn }: BootContext,
  fromConfig: readonly Limit[],
): void {
  const text = environment.get("KRUN_RLIMITS");
  const { limits, problems } = text === undefined
    ? noLimits
    : parseRlimits(text, platform);
  const named = new Set(limits.map(({ resource }) => resource));
  handover.limits = [
    ...fromConfig.filter(({ resource }) => !named.has(resource)),
    ...limits,
  ];
  for (const problem of problems) warn(`KRUN_RLIMITS: ${problem} (ignored)`);
}

/** The name that the guest is given; undefined where nobody gives it one. */
export function hostNameOf(context: BootContext): string | undefined {
  const { environment, config, ipHostName } = context;
  const given = environment.get("HOSTNAME");
  if (given !== undefined) return given;
  const configured = honoured(context) === "nothing"
    ? undefined
    : config.hostname;
  return configured ?? ipHostName;
}

function setHostName(context: BootContext): void {
  const { sys, platform, warn } = context;
  const name = hostNameOf(context) ?? "localhost";
  const most = hostNameMax[platform];
  if (encodeBytes(name).length > most) {
    warn(`The host name has more than ${most} bytes: ${name} (ignored)`);
    return;
  }
  sys.sethostname(name);
}
