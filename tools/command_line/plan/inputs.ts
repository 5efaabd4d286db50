/** The options that a plan is made by. */

import { isErrnoName as freebsd } from "../../../ffi/freebsd/constants.ts";
import { isErrnoName as linux } from "../../../ffi/linux/constants.ts";
import type { ErrnoName } from "../../../ffi/sys_error.ts";
import { features as knownFeatures } from "../../../stages/features.ts";
import { stages } from "../../../stages/mod.ts";
import type { Platform } from "../../../stages/platform.ts";
import { type Caller, UsageError } from "../command.ts";
import { readFeatures } from "../features.ts";
import { splitKernelLine } from "../kernel_line.ts";
import { type OptionTypes, type Parsed, readInput } from "../options.ts";
import { hostRoot } from "./host_root.ts";
import type { PlanInputs } from "./make_plan.ts";

/** The options; their help is `inputsHelp`. */
export const inputOptions = {
  config: { type: "string" },
  env: { type: "string" },
  cmdline: { type: "string" },
  rootfs: { type: "string" },
  platform: { type: "string" },
  feature: { type: "string" },
  stage: { type: "string" },
  fail: { type: "string" },
} as const satisfies OptionTypes;

/** What a command's help says of them. */
export const inputsHelp =
  `  --config FILE            the config file of the guest
  --env NAME=VALUE         in the kernel's environment; repeatable
  --cmdline STRING         the kernel's command line, split as the kernel does
  --rootfs DIR             look at this directory as the root; read only
                           (default: a root that has what is asked for)
  --platform linux|freebsd default: linux
  --feature NAME           repeatable; replaces the features of this build;
                           "none" for none at all
                           known: ${knownFeatures.slice(0, 4).join(", ")}${
    knownFeatures.length > 4
      ? `,\n                           ${knownFeatures.slice(4).join(", ")}`
      : ""
  }
  --stage NAME[,NAME]      only these stages
  --fail OPERATION=ERRNO   what if that failed; repeatable. The operation is
                           a name for all its calls, such as mount, or the
                           text of a call as the plan has it
`;

const platforms: readonly Platform[] = ["linux", "freebsd"];

/** What libkrun's own kernel is started with. */
const usualLine =
  "reboot=k panic=-1 panic_print=0 nomodule console=hvc0 rootfstype=virtiofs rw quiet no-kvmapf init=/init.krun";

/** What a platform's kernel starts its init with. */
const starts: Readonly<
  Record<Platform, { init: string; items: readonly string[]; line: string }>
> = {
  linux: {
    init: "/init.krun",
    items: ["HOME=/", "TERM=linux"],
    line: usualLine,
  },
  freebsd: { init: "/init-freebsd", items: [], line: "" },
};

/**
 * Makes a plan's inputs of options.
 *
 * @throws UsageError for a value that an option does not take
 * @throws Error when a file can't be read
 */
export function readInputs(parsed: Parsed, caller: Caller): PlanInputs {
  const platform = readPlatform(parsed.text("platform") ?? "linux");
  if (platform === "freebsd" && parsed.has("cmdline")) {
    throw new UsageError("--cmdline is for Linux");
  }
  const start = starts[platform];
  const cmdline = parsed.text("cmdline") ?? start.line;
  const line = splitKernelLine(cmdline);
  const config = parsed.text("config");
  const rootfs = parsed.text("rootfs");
  const only = parsed.has("stage") ? stageNames(parsed) : undefined;
  return {
    platform,
    features: parsed.has("feature")
      ? readFeatures(parsed.texts("feature"))
      : caller.facts.features,
    args: [start.init, ...line.args],
    environment: readEnvironment(
      start.items,
      line.environment,
      parsed.texts("env"),
    ),
    cmdline,
    failures: readFailures(parsed.texts("fail"), platform),
    config: config === undefined ? undefined : readInput(config),
    root: rootfs === undefined ? undefined : readRoot(rootfs),
    only,
  };
}

function readPlatform(text: string): Platform {
  const platform = platforms.find((name) => name === text);
  if (platform !== undefined) return platform;
  throw new UsageError(
    `Unknown platform: ${text} (known: ${platforms.join(", ")})`,
  );
}

function stageNames(parsed: Parsed): string[] {
  const known = stages.map(({ name }) => name);
  return parsed.texts("stage").flatMap((text) => text.split(",")).map(
    (name) => {
      if (known.includes(name)) return name;
      throw new UsageError(
        `Unknown stage: ${name} (known: ${known.join(", ")})`,
      );
    },
  );
}

/** A later item takes the place of an earlier one with its name. */
function readEnvironment(
  fromKernel: readonly string[],
  fromLine: readonly string[],
  given: readonly string[],
): PlanInputs["environment"] {
  const items = new Map<string, { item: string; source: string }>();
  const add = (source: string) => (item: string): void => {
    const end = item.indexOf("=");
    if (end <= 0) throw new UsageError(`Not NAME=VALUE: --env ${item}`);
    items.set(item.slice(0, end), { item, source });
  };
  fromKernel.forEach(add("kernel"));
  fromLine.filter((item) => !item.startsWith("="))
    .forEach(add("kernel's command line"));
  given.forEach(add("--env"));
  return [...items.values()];
}

const isErrnoName = { linux, freebsd };

function readFailures(
  texts: readonly string[],
  platform: Platform,
): Readonly<Record<string, ErrnoName>> {
  return Object.fromEntries(texts.map((text) => {
    const end = text.lastIndexOf("=");
    const [operation, errno] = [text.slice(0, end), text.slice(end + 1)];
    if (end <= 0) throw new UsageError(`Not OPERATION=ERRNO: --fail ${text}`);
    if (!isErrnoName[platform](errno)) {
      throw new UsageError(`Unknown errno: ${errno} in --fail ${text}`);
    }
    return [operation, errno];
  }));
}

function readRoot(directory: string): PlanInputs["root"] {
  const path = directory.replace(/\/+$/, "") || "/";
  try {
    if (Deno.statSync(path).isDirectory) return hostRoot(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new Error(`Not a directory: ${directory}`);
}
