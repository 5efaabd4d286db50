/** What goes on the kernel's command line, as libkrun passes it. */

import { imagePath } from "./files_part.ts";
import { type Problems, quote } from "./problems.ts";
import { overruledSetting } from "./process_part.ts";
import type { Settings } from "./settings.ts";
import { joinVariables, variableName } from "./variables.ts";

/** Linux: CONFIG_INIT_ENV_ARG_LIMIT, for environment and arguments each. */
const maxWords = 32;

/** Linux: COMMAND_LINE_SIZE on x86_64 and arm64, with the final NUL. */
const maxLine = 2048;

/**
 * For libkrun's own words: 107 bytes of parameters, `tsi_hijack` and
 * `tsi_hijack_unix`, and on x86_64 some 36 bytes for each device.
 */
const libkrunLine = 512;

/** In ms; the init waits no longer. */
const maxDhcpTimeout = 10_000;

/** Words for the kernel, each to be put in double quotes. */
export interface KernelPart {
  /** `NAME=VALUE` each. */
  readonly environment: readonly string[];
  /** The init's own arguments. */
  readonly args: readonly string[];
}

/** Makes the kernel's words of the settings. */
export function kernelPart(settings: Settings): KernelPart {
  const { dhcp, dhcpTimeout, blockRoot, trace } = settings;
  const { device, type, options } = blockRoot ?? {};
  // What libkrun takes as: find out yourself.
  const fixedType = type === "auto" ? undefined : type;
  return {
    environment: joinVariables(settings.kernelEnvironment, [
      ...(dhcp ? ["KRUN_DHCP=1"] : []),
      ...(dhcpTimeout === undefined
        ? []
        : [`KRUN_DHCP_TIMEOUT=${dhcpTimeout}`]),
      ...(device === undefined ? [] : [`KRUN_BLOCK_ROOT_DEVICE=${device}`]),
      ...(fixedType ? [`KRUN_BLOCK_ROOT_FSTYPE=${fixedType}`] : []),
      ...(options ? [`KRUN_BLOCK_ROOT_OPTIONS=${options}`] : []),
      ...(trace ? ["KRUN_INIT_TRACE=1"] : []),
    ]),
    args: settings.kernelArguments,
  };
}

/** Checks the kernel's words against the settings and against its limits. */
export function checkKernelPart(
  part: KernelPart,
  settings: Settings,
  problems: Problems,
): void {
  const { environment, args } = part;
  environment.forEach((item, n) => {
    checkVariable(item, `kernel.environment[${n}]`, settings, problems);
  });
  // HOME and TERM are Linux's own; a name that comes again takes its place.
  const names = new Set(["HOME", "TERM", ...environment.map(variableName)]);
  if (names.size > maxWords) {
    const count = `${names.size} variables, HOME and TERM among them`;
    problems.add(
      "too_many",
      "kernel.environment",
      `${count}: Linux takes ${maxWords}`,
    );
  }
  args.forEach((arg, n) => {
    const path = `kernel.arguments[${n}]`;
    if (!checkWord(arg, path, problems)) return;
    if (arg === "--") {
      problems.add("bad_value", path, "Linux drops -- and all that follows");
    } else if (settings.args.length > 0) {
      problems.add("conflict", path, "process.args wins over it");
    }
  });
  // The first is the init itself.
  if (args.length >= maxWords) {
    const count = `${args.length} arguments: Linux takes ${maxWords - 1}`;
    problems.add("too_many", "kernel.arguments", count);
  }
  const { length } = kernelLine(part);
  const rest = maxLine - 1 - libkrunLine;
  if (length > rest) {
    problems.add("too_long", "kernel.line", `has ${length} bytes of ${rest}`);
  }
}

/**
 * What is to be added to the kernel's command line: libkrun puts every item in
 * double quotes, and neither it nor Linux has an escape.
 */
export function kernelLine({ environment, args }: KernelPart): string {
  return [
    `init=${imagePath}`,
    ...environment.map((item) => `"${item}"`),
    ...(args.length > 0 ? ["--"] : []),
    ...args.map((item) => `"${item}"`),
  ].join(" ");
}

function checkVariable(
  item: string,
  path: string,
  settings: Settings,
  problems: Problems,
): void {
  const { dhcp, dhcpTimeout, blockRoot } = settings;
  const name = variableName(item);
  if (name === "KRUN_DHCP_TIMEOUT" && dhcpTimeout !== undefined) {
    if (!problems.number(dhcpTimeout, path, 1, maxDhcpTimeout)) return;
    if (!dhcp) problems.add("no_effect", path, "DHCP is not asked for");
    return;
  }
  if (name === "KRUN_BLOCK_ROOT_DEVICE" && blockRoot !== undefined) {
    if (!problems.absolutePath(blockRoot.device, path)) return;
  }
  if (!checkWord(item, path, problems)) return;
  // Linux takes a name with a dot for a parameter of a module.
  if (!/^[A-Za-z_][A-Za-z0-9_]*=/.test(item)) {
    problems.add("not_name_value", path, `${quote(item)} is not NAME=VALUE`);
    return;
  }
  const overruled = overruledSetting(name, settings);
  if (name === "KRUN_CONFIG") {
    problems.add("conflict", path, "The init would read another config");
  } else if (overruled !== undefined) {
    problems.add("conflict", path, `${name} wins over ${overruled}`);
  }
}

/** True for printable ASCII without a double quote. */
function checkWord(word: string, path: string, problems: Problems): boolean {
  if (!problems.text(word, path)) return false;
  return /^[\x20\x21\x23-\x7e]*$/.test(word) || problems.add(
    "bad_character",
    path,
    `${quote(word)} has a double quote or is not printable ASCII`,
  );
}
