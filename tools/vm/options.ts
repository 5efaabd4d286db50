/** The command line of `deno task boot`. */

import { parseArgs } from "#parse-args";
import { type Arch, archs } from "../native.ts";
import { type RuntimeChoice, runtimeOf } from "../runtime_choice.ts";
import { type HostVolume, parseVolumes } from "../volume_option.ts";
import type { BootOptions } from "./boot_vm.ts";

/** Has the guest tell its events on the console. */
const traced = "KRUN_INIT_TRACE=1";

/** How the tool is used. */
export const usage = `Usage: deno task boot [OPTIONS] [-- COMMAND ARG…]

Boots a virtual machine in software emulation, runs the command in it as
libkrun would, and ends with the command's status. Without a command, and with
nothing else that says what to run, the guest shows that it is alive.

  --arch x86_64|aarch64
                      the guest's processor (default: this one's)
  --rootfs DIR        the guest's root, copied first (default: a busybox root)
  --disk FILE         repeatable; a raw image: /dev/vda, /dev/vdb, …
                      What the guest writes is in the file then
  --volume HOSTDIR:/PATH[:ro]
                      repeatable; a folder of this machine's, which the guest
                      has at PATH and may write to unless it says ro
  --config FILE       becomes /.krun_config.json
  --env NAME=VALUE    repeatable; a variable of the guest's environment
  --init FILE         becomes /init.krun (default: the architecture's image in
                      dist/, built anew when it is older than its sources)
  --runtime NAME      that image on another base, such as quickjs: the small one
  --memory MIB        default: 512
  --cpus N            default: 2
  --net user|none     QEMU's user network as eth0, which the guest configures
                      with --env KRUN_DHCP=1 (default: none)
  --kernel FILE       default: Debian's kernel for clouds, from the cache
  --module NAME       repeatable; one more kernel module, such as dummy
  --read-only         mount the root read-only
  --console           the guest's console instead of the command's streams;
                      Ctrl-] ends the guest
  --trace             show the boot's events, a line of JSON each
  --libkrun           by libkrun itself: on /dev/kvm where that runs guests, else
                      in a machine that emulates one, where the command reads
                      nothing. It takes the libkrun.so.1 and libkrunfw.so.5 of
                      $LIBKRUN, a folder, or installed ones, or builds libkrun
                      (cargo). Not with --arch, --disk, --volume, --net,
                      --kernel, --module or --console
  --help              this text

Exit status: the command's; 125 where there is none, because the guest failed
or the call was wrong; 128 + N when signal N ended the tool.

Example: deno task boot --memory 96 -- /bin/sh -c 'cat /proc/mounts; exit 7'
`;

/** What the command line asks for; `init` may be left to the tool. */
export interface CommandLine extends Omit<BootOptions, "init" | "config"> {
  readonly init?: string;
  readonly config?: string;
  /** The base of the image, where that is left to the tool. */
  readonly runtime?: RuntimeChoice;
  readonly consoleOnly: boolean;
  readonly trace: boolean;
  readonly volumes: readonly HostVolume[];
  /** By libkrun itself. */
  readonly libkrun: boolean;
}

/** What libkrun decides. */
const notWithLibkrun = [
  "arch",
  "disk",
  "volume",
  "net",
  "kernel",
  "module",
  "console",
] as const;

/**
 * Reads the tool's arguments.
 *
 * @returns undefined when only help is wanted
 * @throws Error that names the argument that is wrong
 */
export function parseCommandLine(
  args: readonly string[],
): CommandLine | undefined {
  const end = args.indexOf("--");
  const command = end < 0 ? [] : args.slice(end + 1);
  const { values, positionals } = parseArgs({
    args: end < 0 ? [...args] : args.slice(0, end),
    allowPositionals: true,
    options: {
      arch: { type: "string" },
      rootfs: { type: "string" },
      disk: { type: "string", multiple: true },
      volume: { type: "string", multiple: true },
      config: { type: "string" },
      env: { type: "string", multiple: true },
      init: { type: "string" },
      runtime: { type: "string" },
      memory: { type: "string" },
      cpus: { type: "string" },
      net: { type: "string" },
      kernel: { type: "string" },
      module: { type: "string", multiple: true },
      "read-only": { type: "boolean" },
      console: { type: "boolean" },
      trace: { type: "boolean" },
      libkrun: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  if (positionals.length > 0) {
    throw new Error(
      `Unexpected argument ${positionals[0]}: the command comes after --`,
    );
  }
  const libkrun = values.libkrun ?? false;
  for (const name of libkrun ? notWithLibkrun : []) {
    if (values[name] === undefined) continue;
    throw new Error(`--${name} does not go with --libkrun`);
  }
  const given = values.env ?? [];
  const other = given.find((variable: string) =>
    variable.startsWith("KRUN_CONFIG=")
  );
  if (values.volume !== undefined && other !== undefined) {
    throw new Error(`--volume does not go with --env ${other}`);
  }
  const trace = values.trace === true || given.includes(traced);
  const env = [...given, ...(values.trace ? [traced] : [])];
  return {
    trace,
    libkrun,
    consoleOnly: values.console ?? false,
    readOnly: values["read-only"] ?? false,
    env,
    command,
    disks: values.disk ?? [],
    volumes: parseVolumes(values.volume ?? []),
    modules: values.module ?? [],
    network: networkOf(values.net ?? "none"),
    memory: count("--memory", values.memory ?? "512"),
    cpus: count("--cpus", values.cpus ?? (libkrun ? "1" : "2")),
    ...(values.arch !== undefined && { arch: archOf(values.arch) }),
    ...(values.rootfs !== undefined && { rootfs: values.rootfs }),
    ...(values.config !== undefined && { config: values.config }),
    ...(values.init !== undefined && { init: values.init }),
    ...(values.runtime !== undefined && {
      runtime: runtimeOf(values.runtime),
    }),
    ...(values.kernel !== undefined && { kernel: values.kernel }),
  };
}

function archOf(value: string): Arch {
  const arch = archs.find((name) => name === value);
  if (arch !== undefined) return arch;
  throw new Error(
    `Unknown value for --arch: ${value} (known: ${archs.join(", ")})`,
  );
}

function networkOf(value: string): "none" | "user" {
  if (value === "none" || value === "user") return value;
  throw new Error(`Unknown value for --net: ${value} (known: user, none)`);
}

function count(option: string, value: string): number {
  if (/^[1-9]\d{0,6}$/.test(value)) return Number(value);
  throw new Error(`The value of ${option} is not a positive number: ${value}`);
}
