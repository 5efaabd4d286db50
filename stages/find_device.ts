import { decodeBytes } from "../ffi/bytes.ts";
import { OpenFlag } from "../ffi/linux/constants.ts";
import type { Sys } from "../ffi/sys.ts";
import { isErrno, SysError } from "../ffi/sys_error.ts";
import { diskNames, headSize } from "./formats/disk_names.ts";
import { readTag, type TagName } from "./formats/volume_kinds.ts";

/** How long a device that the host plugs in late is waited for, in ms. */
const budget = 2000;
const interval = 20;

/**
 * Finds a block device, and waits for it.
 *
 * @param source its path, or `LABEL=…`, `UUID=…` or `PARTLABEL=…` as in
 * fstab(5)
 * @returns its path
 * @throws Error when it does not come in time
 */
export function findDevice(sys: Sys, source: string): string {
  for (let waited = 0;; waited += interval) {
    const [path, cause] = attempt(sys, source);
    if (path !== undefined) return path;
    if (waited >= budget) {
      throw new Error(`No device ${source} in ${budget} ms`, { cause });
    }
    sys.sleep(interval);
  }
}

function attempt(
  sys: Sys,
  source: string,
): readonly [path: string | undefined, cause?: unknown] {
  const tag = readTag(source);
  if (tag !== undefined) return [findTagged(sys, ...tag)];
  try {
    sys.close(sys.open(source, OpenFlag.readOnly | OpenFlag.cloexec));
    return [source];
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENXIO")) throw error;
    return [undefined, error];
  }
}

function findTagged(
  sys: Sys,
  name: TagName,
  value: string,
): string | undefined {
  const devices = sys.readDirectory("/sys/class/block");
  const found = devices.find((device) =>
    name === "PARTLABEL"
      ? partitionLabel(sys, device) === value
      : isNamed(sys, `/dev/${device}`, name, value)
  );
  return found && `/dev/${found}`;
}

/** As the kernel tells it of a partition. */
function partitionLabel(sys: Sys, device: string): string | undefined {
  const start = "PARTNAME=";
  return decodeBytes(sys.readFile(`/sys/class/block/${device}/uevent`))
    .split("\n").find((line) => line.startsWith(start))?.slice(start.length);
}

function isNamed(
  sys: Sys,
  path: string,
  name: "LABEL" | "UUID",
  value: string,
): boolean {
  try {
    const names = diskNames(sys.readHead(path, headSize));
    return name === "LABEL"
      ? names?.label === value
      : names?.uuid?.toLowerCase() === value.toLowerCase();
  } catch (error) {
    // A drive without a disk, say; another one may be meant.
    if (!(error instanceof SysError)) throw error;
    return false;
  }
}
