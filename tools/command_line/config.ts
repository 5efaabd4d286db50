import { ConfigBuilder, ConfigError } from "../config/mod.ts";
import { type Command, UsageError } from "./command.ts";
import { parseConfigOptions } from "./config_options.ts";
import { applyImageConfig } from "./image_config.ts";
import { readInput } from "./options.ts";
import { print } from "./output.ts";

/** Writes a config file, or the words for the kernel's command line. */
export const config: Command = {
  name: "config",
  summary: "Write a config file or a kernel command line",
  help: `Usage: krun-init config [OPTIONS] [-- COMMAND ARGUMENT…]

Writes what a guest is to be as the JSON that belongs into its
/.krun_config.json. Some settings are for the kernel's command line instead;
--kernel-line shows them.

  --arg WORD              repeatable; a word of the command
  --env NAME=VALUE        repeatable; a variable of the workload's environment
  --cwd DIR               its working directory, an absolute path
  --user UID[:GID]        numbers; GID is 0 unless given
  --group GID             repeatable; a supplementary group
  --umask MASK            octal, such as 022
  --no-new-privileges     no privileges by exec, such as those of sudo(8)
  --rlimit NAME=SOFT:HARD repeatable; such as CORE=0:unlimited
  --hostname NAME
  --stop-timeout SECONDS  from the request to stop to SIGKILL
  --stop-signal SIGNAL    what a request to stop sends, by name or number
  --tmpfs DIR[:OPTIONS]   repeatable; such as /tmp:size=64m,mode=1777
  --volume DIR:TYPE:SOURCE[:OPTIONS]
                          repeatable; such as /data:virtiofs:TAG:ro or
                          /db:ext4:LABEL=db; the guest does not start without
                          it, unless the options say nofail or it is a bind
                          whose source the guest has not
  --mount DIR:TYPE:SOURCE[:OPTIONS]
                          repeatable; a mount of any type; what is no volume
                          and no tmpfs is for other readers of the config
  --from-image FILE       begins with the configuration of an OCI or Docker
                          image: Entrypoint, Cmd, Env, WorkingDir, StopSignal
                          and a User in numbers. A command given here takes
                          the place of Cmd, as with docker run; other options
                          win too
  --output FILE           writes the JSON to a file, which is replaced as a
                          whole (default: to the standard output)

On the kernel's command line:
  --dhcp                  configure eth0 by DHCP
  --dhcp-timeout MS       how long to wait for a server's first word
  --block-root DEVICE     the device that becomes the root
  --block-root-type TYPE  its file system (default: found out)
  --block-root-options OPTIONS
                          as mount(8) takes them
  --trace                 every event of the boot on the console
  --kernel-env NAME=VALUE repeatable; another variable
  --kernel-arg WORD       repeatable; an argument of the init's own: a word of
                          the command where there is no other
  --kernel-line           print the words to be added to the command line,
                          instead of the JSON

Exit status: 0, or 2 when something is wrong; nothing is written then.

Example: krun-init config --env PATH=/bin --cwd /srv --tmpfs /tmp:size=64m \\
    --user 1000:1000 --rlimit NOFILE=1024:4096 -- /bin/sh -c 'id; df'
`,
  async run(args) {
    const { from, output, kernelLine, hasCommand, hasUser, apply } =
      parseConfigOptions(args);
    const builder = new ConfigBuilder();
    if (from !== undefined) {
      const text = new TextDecoder().decode(readInput(from));
      const without = { command: hasCommand, user: hasUser };
      try {
        applyImageConfig(builder, text, without);
      } catch (error) {
        throw new Error(`${from}: ${messageOf(error)}`);
      }
    }
    apply(builder);
    const built = build(builder);
    if (output !== undefined) await replaceFile(output, built.json);
    if (kernelLine) print(`${built.kernelLine}\n`);
    else if (output === undefined) print(built.json);
    return 0;
  },
};

function build(
  builder: ConfigBuilder,
): ReturnType<ConfigBuilder["build"]> {
  try {
    return builder.build();
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}

/** Readers find the old file or the new one, never half of it. */
async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    try {
      await Deno.writeTextFile(aside, text, { createNew: true });
      await Deno.rename(aside, path);
    } catch (error) {
      await Deno.remove(aside).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw new Error(`Cannot write ${path}: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
