/** Boots of the real image in virtual machines, for the tests beside this. */

import { type Arch, archs } from "../../tools/native.ts";
import {
  type BootOptions,
  type BootResult,
  bootVm,
} from "../../tools/vm/boot_vm.ts";
import { currentImage } from "../../tools/vm/current_image.ts";
import { runtime } from "../fixtures/base.ts";

/** Longer than any boot takes in software emulation, also on a busy machine. */
const patience = 120_000;

/** A boot's outcome with its output as text. */
export interface Outcome extends BootResult {
  /** The workload's output. */
  readonly output: string;
  /** The workload's messages. */
  readonly messages: string;
}

/**
 * How often a test of another architecture's guest is tried. Emulated on a busy
 * host, a program of such a guest ends by SIGSEGV now and then, whatever the
 * processor that QEMU 7.2 emulates: one in some thousands.
 */
const emulatedTries = 3;

/**
 * Registers a test for guests of every architecture that images are built for;
 * its name ends with the architecture.
 */
export function testOnEachArch(
  name: string,
  body: (arch: Arch) => Promise<void>,
): void {
  for (const arch of archs) {
    const tries = arch === Deno.build.arch ? 1 : emulatedTries;
    Deno.test(`${name} (${arch})`, () => attempt(tries, () => body(arch)));
  }
}

/** Tries something until it succeeds; what fails before the last try is told. */
async function attempt(
  tries: number,
  body: () => Promise<void>,
): Promise<void> {
  for (let left = tries - 1; left > 0; left--) {
    try {
      return await body();
    } catch (error) {
      const text = `Failed, ${left} more to try: ${Deno.inspect(error)}\n`;
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    }
  }
  await body();
}

/** Boots the image, or another init, and waits for the guest's end. */
export async function boot(
  options: Partial<BootOptions>,
): Promise<Outcome> {
  const arch = options.arch ?? Deno.build.arch;
  const result = await bootVm({
    timeout: patience,
    // With two, processes of an emulated aarch64 guest end by SIGSEGV now and
    // then when the host is busy.
    ...(arch === "aarch64" ? { cpus: 1 } : {}),
    ...options,
    init: options.init ?? await currentImage(arch, runtime),
  });
  const decoder = new TextDecoder();
  return {
    ...result,
    output: decoder.decode(result.stdout),
    messages: decoder.decode(result.stderr),
  };
}

/** Boots the image with a shell script as the workload. */
export function bootScript(
  script: string,
  options: Partial<BootOptions> = {},
): Promise<Outcome> {
  // The script comes in the config file: the kernel's command line is short.
  const args = ["/bin/busybox", "sh", "-c", script];
  return boot({ config: configFile({ args }), ...options });
}

/** A value as a config file's content. */
export function configFile(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * Presses keys of the guest's keyboard.
 *
 * @param monitor the socket of QEMU's monitor
 * @param keys as QEMU names them, such as `ctrl-alt-delete`
 */
export async function pressKeys(monitor: string, keys: string): Promise<void> {
  using connection = await Deno.connect({ transport: "unix", path: monitor });
  await connection.write(new TextEncoder().encode(`sendkey ${keys}\n`));
  // The monitor drops what it has not read when the connection ends.
  await connection.read(new Uint8Array(4096));
  await new Promise((resolve) => setTimeout(resolve, 500));
}
