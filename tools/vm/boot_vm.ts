/** A whole boot of a virtual machine, from files to the exit status. */

import { join } from "node:path";
import type { Arch } from "../native.ts";
import { composeInitrd } from "../initrd.ts";
import { ensurePrograms } from "../programs.ts";
import { findReport, type Report } from "./console.ts";
import { type End, type Limits, runGuest, startQemu } from "./guest_run.ts";
import { GuestStreams, type StreamOptions } from "./guest_streams.ts";
import { initrdParameter, makeInitramfs } from "./initramfs.ts";
import { findKernel } from "./kernel.ts";
import { type GuestWords, kernelLine } from "./kernel_line.ts";
import { platforms } from "./platform.ts";
import { kernelParameters, qemuArguments, type SharedFolder } from "./qemu.ts";
import { makeRoot, type RootParts } from "./root.ts";
import { startVirtiofsd } from "./virtiofsd.ts";

/** What to boot; the parts' own descriptions are with the parts. */
export interface BootOptions
  extends Omit<RootParts, "arch">, GuestWords, StreamOptions, Limits {
  /** Instead of a root that is made: a folder that is served as it is. */
  readonly served?: string;
  /** The guest's architecture; default: this machine's. */
  readonly arch?: Arch;
  /** Folders that the guest can mount as virtio-fs, by their tags. */
  readonly shares?: Readonly<Record<string, string>>;
  /** Raw images, which the guest may write to: /dev/vda and so on. */
  readonly disks?: readonly string[];
  /** In MiB; default: 512. */
  readonly memory?: number;
  /** How many processors; default: 2. */
  readonly cpus?: number;
  /** QEMU's user network as eth0; default: none. */
  readonly network?: "none" | "user";
  /** A port of the host's loopback that leads to one of the guest's. */
  readonly forward?: { readonly host: number; readonly guest: number };
  /** Default: Debian's kernel for clouds. */
  readonly kernel?: string;
  /** Where QEMU makes a socket that takes commands, as `sendkey` is one. */
  readonly monitor?: string;
  /** Modules beside those that the devices need, such as `dummy`. */
  readonly modules?: readonly string[];
  /** Mount the root read-only. */
  readonly readOnly?: boolean;
  /**
   * Start the init, which then is an image for a TEE, as /init of an initramfs
   * (`deno task initrd`): there is no other root that the kernel gives. The
   * config comes along.
   */
  readonly initrd?: boolean;
  /** More words on the kernel's command line, such as `tsi_hijack`. */
  readonly parameters?: readonly string[];
}

/** How a boot went. */
export interface BootResult {
  /** 0 to 255: what the guest reported, 125 where it reported nothing. */
  readonly status: number;
  /** How the status was learned. */
  readonly reported: Report["source"] | "none";
  /** Whether the guest ended itself, or what ended it. */
  readonly end: End;
  /** All that the console showed. */
  readonly console: string;
  /** The workload's output, unless `onStdout` took it. */
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** The workload's messages, unless `onStderr` took them. */
  readonly stderr: Uint8Array<ArrayBuffer>;
  /** Milliseconds from QEMU's start to the workload's first output. */
  readonly firstOutput?: number;
  /** Milliseconds from QEMU's start to its end. */
  readonly duration: number;
}

const unreported = 125;

/**
 * Boots a guest, waits for its end and returns how it went. Whatever happens,
 * no process and no file of it stays behind.
 *
 * @throws Error when the guest cannot be started: a missing program, file or
 *   kernel, or words that no kernel command line can carry
 */
export async function bootVm(options: BootOptions): Promise<BootResult> {
  const arch = options.arch ?? Deno.build.arch;
  const parameters = [
    ...kernelParameters,
    ...(options.initrd ? [initrdParameter] : []),
    ...options.parameters ?? [],
  ];
  const line = kernelLine(parameters, options);
  await ensurePrograms([
    platforms[arch].qemu,
    { program: "virtiofsd", package: "qemu-system-common" },
  ]);
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "krun-boot-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const rootSocket = join(folder, "root.sock");
  if (!options.initrd) {
    const root = options.served ?? join(folder, "root");
    if (options.served === undefined) {
      await makeRoot(root, { ...options, arch });
    }
    const virtiofsd = await startVirtiofsd(root, rootSocket);
    stack.defer(() => virtiofsd.end());
  }
  const shares: SharedFolder[] = [];
  for (const [tag, path] of Object.entries(options.shares ?? {})) {
    const socket = join(folder, `share${shares.length}.sock`);
    const virtiofsd = await startVirtiofsd(path, socket);
    stack.defer(() => virtiofsd.end());
    shares.push({ tag, socket });
  }
  const streams = new GuestStreams(folder, options);
  stack.defer(() => streams.close(false));
  const kernel = await findKernel(arch, options.kernel);
  const stage0 = await makeInitramfs(arch, kernel, {
    modules: neededModules(options),
    ports: streams.ports.map((port) => port.name),
    readOnly: options.readOnly ?? false,
    initrd: options.initrd ?? false,
  });
  const initramfs = options.initrd
    ? await makeInitrd(join(folder, "initrd"), stage0, options)
    : stage0;

  const start = performance.now();
  const machine = qemuArguments({
    arch,
    kernel: kernel.file,
    initramfs,
    memory: options.memory ?? 512,
    cpus: options.cpus ?? 2,
    ...(!options.initrd && { root: rootSocket }),
    console: streams.consolePath,
    ports: streams.ports,
    shares,
    disks: options.disks ?? [],
    network: options.network ?? "none",
    ...(options.forward && { forward: options.forward }),
    ...(options.monitor === undefined ? {} : { monitor: options.monitor }),
  });
  const qemu = await startQemu(arch, machine, line, join(folder, "line"));
  stack.defer(() => qemu.end());
  const end = await runGuest(qemu, () => streams.backlog(), options);
  const duration = performance.now() - start;
  await streams.close(end === "guest");

  const console = new TextDecoder().decode(streams.console.bytes());
  const report = findReport(console);
  const first = streams.firstOutput;
  return {
    status: report?.status ?? unreported,
    reported: report?.source ?? "none",
    end,
    console,
    stdout: streams.stdout.bytes(),
    stderr: streams.stderr.bytes(),
    ...(first === undefined ? {} : { firstOutput: first - start }),
    duration,
  };
}

/** An initramfs for a TEE, and stage0's files, which Linux adds to it. */
async function makeInitrd(
  file: string,
  stage0: string,
  { init, config }: BootOptions,
): Promise<string> {
  if (init === undefined) throw new Error("An initramfs needs an init");
  const configBytes = typeof config === "string"
    ? await Deno.readFile(config)
    : config;
  await Deno.writeFile(
    file,
    composeInitrd(await Deno.readFile(init), configBytes),
  );
  await Deno.writeFile(file, await Deno.readFile(stage0), { append: true });
  return file;
}

/** The console comes first: from there on a failure can be seen. */
function neededModules(options: BootOptions): string[] {
  return [
    "virtio_pci",
    "virtio_console",
    ...(options.initrd && !options.shares ? [] : ["virtiofs"]),
    ...(options.disks?.length ? ["virtio_blk"] : []),
    ...(options.network === "user" ? ["virtio_net"] : []),
    ...options.modules ?? [],
  ];
}
