import { ociAnnotation } from "../../stages/formats/config_schema.ts";
import { stopSignalAnnotation } from "../../stages/formats/process_control.ts";
import { lastSignal } from "../../stages/formats/signal_names.ts";
import type { Config } from "./config.ts";
import { filesPart } from "./files_part.ts";
import { checkKernelPart, kernelLine, kernelPart } from "./kernel_part.ts";
import { isBindVolume, mountsPart } from "./mounts_part.ts";
import { Problems } from "./problems.ts";
import { processPart } from "./process_part.ts";
import { noSettings, type Settings } from "./settings.ts";
import { setVariable, variableName } from "./variables.ts";

/**
 * Collects what a guest is to be. Nothing is checked before `build`; calls may
 * come in any order, and the last of several wins where there is one value.
 */
export class ConfigBuilder {
  readonly #settings: Settings = noSettings();

  /** Adds a word of the command; the first is the program. */
  arg(word: string): this {
    this.#settings.args.push(word);
    return this;
  }

  /** Sets a variable, `NAME=VALUE`, of the workload's environment. */
  env(variable: string): this {
    setVariable(this.#settings.env, variable);
    return this;
  }

  /** Sets the working directory, an absolute path. */
  cwd(path: string): this {
    this.#settings.cwd = path;
    return this;
  }

  /** Sets the workload's user and group. */
  user(uid: number, gid: number): this {
    this.#settings.uid = uid;
    this.#settings.gid = gid;
    return this;
  }

  /** Adds a supplementary group. */
  additionalGid(gid: number): this {
    this.#settings.additionalGids.push(gid);
    return this;
  }

  /** Sets the file mode creation mask, such as 0o022. */
  umask(mask: number): this {
    this.#settings.umask = mask;
    return this;
  }

  /** Forbids the workload to gain privileges by exec (PR_SET_NO_NEW_PRIVS). */
  noNewPrivileges(): this {
    this.#settings.noNewPrivileges = true;
    return this;
  }

  /**
   * Sets a resource limit.
   *
   * @param limit such as `NOFILE=1024:4096`, `RLIMIT_CORE=0:unlimited` or
   * `7=1024:4096`
   */
  rlimit(limit: string): this {
    this.#settings.limits.push(limit);
    return this;
  }

  /** Sets the host name, at most 64 bytes; a DHCP server is told it, too. */
  hostname(name: string): this {
    this.#settings.hostname = name;
    return this;
  }

  /** Sets the seconds from a request to stop to SIGKILL. */
  stopTimeout(seconds: number): this {
    this.#settings.stopTimeout = seconds;
    return this;
  }

  /** Sets what a request to stop sends the workload, 1 to 64 (signal(7)). */
  stopSignal(signal: number): this {
    this.#settings.stopSignal = signal;
    return this;
  }

  /**
   * Adds a mount of any kind. The init passes over those that it knows nothing
   * of, which are there for whoever else reads the config.
   *
   * @param options separated by commas; none when empty
   */
  mount(destination: string, type: string, source: string, options = ""): this {
    return this.#addMount(destination, type, source, options, false);
  }

  /**
   * Adds a mount that the guest can't do without, unless the options say
   * `nofail`. Passed over are a bind or an overlay whose source or layers the
   * guest has not, for they are the host's then, and `mqueue` where the kernel
   * has none.
   *
   * @param type `virtiofs` or `9p`, a disk's file system such as `ext4`,
   * `overlay`, `bind`, `rbind`, `hugetlbfs` or `mqueue`
   * @param source a share's tag; for a disk `/dev/…`, `LABEL=…`, `UUID=…` or
   * `PARTLABEL=…`; for a bind a path of the guest's
   * @param options as mount(8) takes them, separated by commas
   */
  volume(
    destination: string,
    type: string,
    source: string,
    options = "",
  ): this {
    return this.#addMount(destination, type, source, options, true);
  }

  /**
   * Adds a tmpfs.
   *
   * @param options such as `size=64m,mode=1777`
   */
  tmpfs(destination: string, options = ""): this {
    return this.mount(destination, "tmpfs", "tmpfs", options);
  }

  #addMount(
    destination: string,
    type: string,
    source: string,
    options: string,
    isVolume: boolean,
  ): this {
    this.#settings.mounts.push({
      ...{ destination, type, source, isVolume },
      options: options === "" ? [] : options.split(","),
    });
    return this;
  }

  /** Has eth0 configured by DHCP. */
  dhcp(): this {
    this.#settings.dhcp = true;
    return this;
  }

  /** Sets how many ms DHCP waits for a server's first word, 1 to 10,000. */
  dhcpTimeout(ms: number): this {
    this.#settings.dhcpTimeout = ms;
    return this;
  }

  /**
   * Makes a block device the root.
   *
   * @param type the file system's; found out when it is missing or `auto`
   * @param options as mount(8) takes them
   */
  blockRoot(device: string, type?: string, options?: string): this {
    this.#settings.blockRoot = { device, type, options };
    return this;
  }

  /** Has every event of the boot on the console. */
  trace(): this {
    this.#settings.trace = true;
    return this;
  }

  /**
   * Sets a further variable, `NAME=VALUE`, on the kernel's command line. What
   * has the name of a parameter of Linux', such as `root`, Linux keeps.
   */
  kernelEnv(variable: string): this {
    setVariable(this.#settings.kernelEnvironment, variable);
    return this;
  }

  /** Adds an argument of the init's own: the command where there is no `arg`. */
  kernelArg(word: string): this {
    this.#settings.kernelArguments.push(word);
    return this;
  }

  /**
   * Adds a file that the guest finds in its root. libkrun wants the overlay
   * directories of its path to be there before it.
   *
   * @param bytes not copied
   * @param mode permission bits
   * @param oneShot it is gone once it has been looked up and closed again
   */
  file(path: string, bytes: Uint8Array, mode = 0o644, oneShot = false): this {
    this.#settings.files.push({ path, bytes, mode, oneShot });
    return this;
  }

  /**
   * Gives the init's image, the bytes of /init.krun, for the list of files.
   *
   * @param bytes not copied
   */
  image(bytes: Uint8Array): this {
    this.#settings.image = bytes;
    return this;
  }

  /**
   * Makes the configuration; the builder can go on to make others.
   *
   * @throws ConfigError that names all that is wrong
   */
  build(): Config {
    const settings = this.#settings;
    const problems = new Problems();
    const kernel = kernelPart(settings);
    const kernelNames = new Set(
      kernel.environment.map((item) => variableName(item) ?? ""),
    );
    const process = processPart(settings, kernelNames, problems);
    const mounts = mountsPart(settings.mounts, problems);
    const { stopSignal } = settings;
    if (stopSignal !== undefined) {
      const path = `annotations.${stopSignalAnnotation}`;
      problems.number(stopSignal, path, 1, lastSignal);
    }
    // What confines the workload counts on request, and so do binds; older
    // ones of these inits want to be asked for the user, too.
    const isOci = process?.user !== undefined || process?.noNewPrivileges ||
      settings.mounts.some(isBindVolume);
    const annotations = isOci || stopSignal !== undefined
      ? {
        ...(isOci && { [ociAnnotation]: "1" }),
        ...(stopSignal !== undefined &&
          { [stopSignalAnnotation]: `${stopSignal}` }),
      }
      : undefined;
    // JSON.stringify leaves out what is undefined.
    const json = `${JSON.stringify({ process, mounts, annotations })}\n`;
    const files = filesPart(settings, json, problems);
    checkKernelPart(kernel, settings, problems);
    problems.throwAny();
    return {
      json,
      kernelEnvironment: kernel.environment,
      kernelArguments: [...kernel.args],
      kernelLine: kernelLine(kernel),
      files,
    };
  }
}
