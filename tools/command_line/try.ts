/** `krun-init try`: a boot in namespaces of this machine. */

import { isImage, tableEnd } from "../image.ts";
import { type HostVolume, parseVolumes } from "../volume_option.ts";
import { type Command, UsageError } from "./command.ts";
import { cannotRead, checkDirectory, checkFile } from "./options.ts";
import { complain } from "./output.ts";

const help = `Usage: krun-init try --rootfs DIR [OPTIONS] [-- COMMAND ARG…]

Boots the image in new namespaces of this machine, with DIR as the guest's
root, and ends with the status of its workload: COMMAND, or what the config or
the environment say. There is always a user namespace of its own, so that the
kernel refuses whatever would reach the host, and so that an ordinary user can
do it too, where the kernel lets users make such namespaces.

What the guest writes goes to DIR. DIR may be read-only; then it must have the
folders dev, proc and sys and those of the volumes, which are otherwise made.

  --rootfs DIR        the guest's root
  --init FILE         another image, such as the small one (default: this one)
  --volume HOSTDIR:/PATH[:ro]
                      repeatable; a folder of this machine's, which the guest
                      has at PATH and may write to unless it says ro
  --config FILE       the config file, instead of DIR/.krun_config.json
  --env NAME=VALUE    repeatable; a variable of the kernel's environment
  --help              this text

Exit status: the workload's; 125 where the boot fails, 2 for a wrong call.

Example: krun-init try --rootfs ./alpine -- /bin/sh -c 'cat /proc/mounts'
`;

/** Native, in the image: boots what its arguments say (native/try.h). */
const tryName = "krun-init-try";

/** Where the guest finds the file of --config (native/try_root.h). */
const configPath = "/dev/krun_config.json";

/** What every kernel gives its init. */
const kernelEnvironment = { HOME: "/", TERM: "linux" };

/** What a VM would have. */
const withoutVm =
  "No VM, so without devtmpfs (/dev has the usual nodes), cgroup2, virtio ports (the streams are this command's), network but lo, disks, and a clock and a reboot of its own";

/** What the terminal and others send to this process, meant for the guest. */
const signals: readonly Deno.Signal[] = [
  ...["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const,
  ...["SIGUSR1", "SIGUSR2", "SIGWINCH"] as const,
];

/** Boots the image on this machine. */
export const tryCommand: Command = {
  name: "try",
  summary: "Boot the image in namespaces of this machine",
  help,
  async run(args, caller) {
    const { rootfs, init, config, env, volumes, command } = await readArguments(
      args,
    );
    for (const path of [rootfs, ...volumes.map(({ folder }) => folder)]) {
      await checkDirectory(path);
    }
    if (init !== "") await checkImage(init);
    if (config !== "") await checkFile(config);
    complain(`try: ${withoutVm}`);
    const [program, ...rest] = command;
    // A whole path, so that it is not looked up in PATH.
    const image = init === ""
      ? await caller.image()
      : await Deno.realPath(init);
    const words = parentsFirst(volumes).flatMap((
      { folder, path, readOnly },
    ) => [folder, path, readOnly ? "ro" : ""]);
    const known = [tryName, rootfs, config, ...words, ""];
    return await runGuest(image, [...known, ...rest], {
      ...kernelEnvironment,
      ...(config !== "" && { KRUN_CONFIG: configPath }),
      ...env,
      ...(program !== undefined && { KRUN_INIT: program }),
    });
  },
};

/** A volume that another lies in would hide it. */
function parentsFirst(volumes: readonly HostVolume[]): HostVolume[] {
  return volumes.toSorted((a, b) => a.path.length - b.path.length);
}

async function runGuest(
  image: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const guest = new Deno.Command(image, {
    args: [...args],
    clearEnv: true,
    env,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      try {
        guest.kill(signal);
      } catch {
        // It has just ended.
      }
    });
  }
  return (await guest.status).code;
}

/** What the command is asked for. */
interface Wishes {
  readonly rootfs: string;
  /** The path of an image; empty for the tool's own. */
  readonly init: string;
  /** Empty where there is none. */
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly HostVolume[];
  readonly command: readonly string[];
}

async function readArguments(args: readonly string[]): Promise<Wishes> {
  const { parseArgs } = await import("#parse-args");
  const end = args.indexOf("--");
  const options = {
    rootfs: { type: "string" },
    init: { type: "string" },
    config: { type: "string" },
    env: { type: "string", multiple: true },
    volume: { type: "string", multiple: true },
  } as const;
  try {
    const { values } = parseArgs({
      args: end < 0 ? [...args] : args.slice(0, end),
      options,
    });
    if (!values.rootfs) throw new Error("No --rootfs DIR is given");
    return {
      rootfs: values.rootfs,
      init: values.init ?? "",
      config: values.config ?? "",
      env: Object.fromEntries((values.env ?? []).map(variable)),
      volumes: parseVolumes(values.volume ?? []),
      command: end < 0 ? [] : args.slice(end + 1),
    };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function variable(text: string): [name: string, value: string] {
  const end = text.indexOf("=");
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw new Error(`--env ${text} is not NAME=VALUE`);
}

/** Another program would be called with words that it does not know. */
async function checkImage(path: string): Promise<void> {
  await checkFile(path);
  const head = new Uint8Array(tableEnd);
  using file = await Deno.open(path).catch((error) => {
    throw cannotRead(path, error);
  });
  for (let at = 0; at < head.length;) {
    const size = await file.read(head.subarray(at));
    if (size === null) break;
    at += size;
  }
  if (!isImage(head)) throw new Error(`${path} is no image of krun-init`);
}
