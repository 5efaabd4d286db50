/** The disks that a plan takes a guest to have, because its config names them. */

import { encodeBytes } from "../../../ffi/bytes.ts";
import { headSize } from "../../../stages/formats/disk_names.ts";
import { readTag } from "../../../stages/formats/volume_kinds.ts";
import { configSources } from "./config_facts.ts";
import type { Entry } from "./file_system.ts";

/** Files of the kernel's file systems, by their paths in them. */
export interface AssumedDisks {
  readonly devices: ReadonlyMap<string, Entry>;
  readonly sysfs: ReadonlyMap<string, Entry>;
}

/** Gives a disk for every source of the config's that names one. */
export function assumedDisks(config: Uint8Array | undefined): AssumedDisks {
  const devices = new Map<string, Entry>();
  const sysfs = new Map<string, Entry>();
  const names: string[] = [];
  const sources = new Set(configSources(config));
  // The first is the one of a block root; others have their names already.
  const free = [..."bcdefghijklmnopqrstuvwxyz"].map((letter) => `vd${letter}`)
    .filter((name) => !sources.has(`/dev/${name}`));
  for (const source of sources) {
    const [tag, value = ""] = readTag(source) ?? [];
    if (tag === undefined) {
      devices.set(source.slice("/dev".length), file(new Uint8Array()));
      continue;
    }
    const name = free.shift() ?? `vdz${names.length}`;
    names.push(name);
    devices.set(`/${name}`, file(head(tag, value)));
    sysfs.set(
      `/class/block/${name}/uevent`,
      file(
        encodeBytes(tag === "PARTLABEL" ? `PARTNAME=${value}` : ""),
      ),
    );
  }
  sysfs.set("/class/block", { list: () => names });
  return { devices, sysfs };
}

function file(bytes: Uint8Array): Entry {
  return { read: () => bytes };
}

/** The beginning of an ext4 file system of that name. */
function head(tag: string, value: string): Uint8Array {
  const bytes = new Uint8Array(headSize);
  bytes.set([0x53, 0xef], 0x438);
  if (tag === "LABEL") {
    bytes.set(encodeBytes(value).subarray(0, 16), 0x478);
  }
  const digits = tag === "UUID" ? value.replaceAll("-", "") : "";
  if (/^[\da-f]{32}$/i.test(digits)) {
    const pairs = digits.match(/../g) ?? [];
    bytes.set(pairs.map((pair) => parseInt(pair, 16)), 0x468);
  }
  return bytes;
}
