/**
 * Boots on a guest that only answers, made of an input's bytes: the same input
 * is the same boot, whatever engine runs this. It uses nothing of Deno's.
 */

import { decodeBytes } from "../../ffi/bytes.ts";
import { recordingSys } from "../../ffi/recording_sys.ts";
import type { ErrnoName } from "../../ffi/sys_error.ts";
import { boot } from "../../stages/boot.ts";
import { type Feature, features } from "../../stages/features.ts";
import { stages } from "../../stages/mod.ts";
import type { BootEvent } from "../../stages/runner.ts";
import { descriptors, planGuest } from "../../tools/command_line/plan/guest.ts";
import { mac, serverFrame, word, xid } from "../fixtures/dhcp_packets.ts";
import { Random } from "../fuzz/random.ts";

/** Where the parts of an input stand: {@linkcode encodeInput}. */
const headSize = 8;

/** What foreign bytes an input has. */
export interface ScenarioInput {
  /** Decides all that is not foreign. */
  readonly seed: number;
  readonly config: Uint8Array;
  /** What a DHCP server sends, one packet after the other. */
  readonly packet: Uint8Array;
}

/** Writes an input as bytes: seed, size of the config, config, packet. */
export function encodeInput(
  { seed, config, packet }: ScenarioInput,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headSize + config.length + packet.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, seed);
  view.setUint32(4, config.length);
  bytes.set(config, headSize);
  bytes.set(packet, headSize + config.length);
  return bytes;
}

const values = [
  ...["", "0", "1", "/", "/work", "/none", "work", "x y", "\u00e9", "/bin/sh"],
  ...["7=1:2", "CORE=0:unlimited,x", "99999999999", "-1", "auto", "ext4"],
  ...["/dev/vda", "/dev/none", "ro,x", '"quoted"', "box", "b".repeat(70)],
  ...["all", "eth0,dummy0", "any", "10.0.0.2::10.0.0.1:255.0.0.0:box:eth0"],
];

const names = [
  ...["HOME", "TERM", "PATH", "HOSTNAME", "KRUN_INIT", "KRUN_INIT_PID1"],
  ...["KRUN_CONFIG", "KRUN_WORKDIR", "KRUN_HOME", "KRUN_TERM"],
  ...["KRUN_RLIMITS", "KRUN_DHCP", "KRUN_DHCP_TIMEOUT", "KRUN_STOP_TIMEOUT"],
  ...["KRUN_BLOCK_ROOT_DEVICE", "KRUN_BLOCK_ROOT_FSTYPE"],
  ...["KRUN_BLOCK_ROOT_OPTIONS", "KRUN_INIT_OCI", "KRUN_INIT_TRACE"],
  ...["KRUN_HOSTS", "KRUN_SIGNAL_GROUP", "KRUN_CONFIG_LENIENT", "ip"],
];

const errnos: readonly ErrnoName[] = [
  ...["EPERM", "ENOENT", "EIO", "EACCES", "EBUSY", "EEXIST"] as const,
  ...["ENOTDIR", "EINVAL", "ENOSPC", "EROFS", "ENODEV", "ELOOP"] as const,
];

/** How long a packet is under way, in ms: no exchange goes on for ever. */
const packetTime = 50;

/**
 * Runs the boot of an input.
 *
 * @returns all that it asked, said and handed over, a line each
 */
export function runScenario(input: Uint8Array<ArrayBuffer>): string {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  const random = new Random(view.getUint32(0));
  const end = headSize + view.getUint32(4);
  const config = input.subarray(headSize, end);
  const packet = input.subarray(end);
  // Else what is foreign in it would hardly ever be looked at.
  const frame = random.oneIn(8) ? packet : serverFrame(packet);

  const environment = randomEnvironment(random);
  const place = {
    platform: "linux" as const,
    features: features.filter((): boolean => random.oneIn(5)) as Feature[],
  };
  const guest = planGuest({
    ...place,
    cmdline: random.pick([
      "quiet",
      "tsi_hijack",
      "a -- b",
      "x tsi_hijack=1",
      "ip=any",
    ]),
    variable: () => undefined,
    device: "/dev/vda",
    root: undefined,
    config: random.oneIn(8) ? undefined : {
      path: random.oneIn(8) ? "/work" : "/.krun_config.json",
      bytes: config,
    },
  });
  // One call in so many fails; none at all in most boots.
  const failing = random.oneIn(3) ? 4 + random.below(60) : 0;
  const sys = recordingSys({
    answers: {
      ...guest.answers,
      random: () => Uint8Array.from(word(xid)),
      hardwareAddress: () => Uint8Array.from(mac),
      receive(socket, size, timeout) {
        const comes = random.oneIn(2);
        const time = comes ? Math.min(timeout, packetTime) : timeout;
        guest.answers.receive?.(socket, size, time);
        return comes ? frame.slice(0, size) : undefined;
      },
    },
    failures: () =>
      failing > 0 && random.oneIn(failing) ? random.pick(errnos) : undefined,
  });
  const events: BootEvent[] = [];
  const outcome = attempt(() =>
    boot(
      stages,
      {
        ...{ started: 1, runtime: 2 },
        ...descriptors,
        args: randomWords(random),
        environment,
      },
      place,
      sys,
      (event) => events.push(event),
    )
  );
  return [
    ...sys.records.map(({ text, errno = "", args }) => {
      const bytes = args.filter((arg) => arg instanceof Uint8Array).map(hexOf);
      return [text, errno, ...bytes].join(" ");
    }),
    ...events.map((event) => JSON.stringify(event)),
    outcome,
    hexOf(guest.record() ?? new Uint8Array()),
  ].join("\n");
}

/** The result as text, or what was thrown. */
function attempt(run: () => unknown): string {
  try {
    return `ended with ${run()}`;
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : error}`;
  }
}

function randomEnvironment(random: Random): string[] {
  // With few of them most boots get far.
  return Array.from({ length: random.below(random.pick([3, 12])) }, () => {
    const name = random.oneIn(8) ? randomText(random) : random.pick(names);
    const value = random.oneIn(3) ? randomText(random) : random.pick(values);
    return random.oneIn(30) ? name : `${name}=${value}`;
  });
}

function randomWords(random: Random): string[] {
  return Array.from(
    { length: random.below(5) },
    () => random.oneIn(2) ? randomText(random) : random.pick(values),
  );
}

/** A kernel's string: any bytes but NUL, UTF-8 or not. */
function randomText(random: Random): string {
  const bytes = [...random.bytes(random.below(random.pick([3, 9, 200])))];
  if (random.oneIn(2)) {
    bytes.splice(random.below(bytes.length + 1), 0, 0xc3, 0xa9);
  }
  const text = bytes.map((byte) =>
    byte === 0 ? 1 : random.oneIn(2) ? byte & 0x7f || 1 : byte
  );
  return decodeBytes(Uint8Array.from(text));
}

function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
