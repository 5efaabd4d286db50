/** The numbers of ffi/linux/ as the kernel's headers name them. */

import * as constants from "../../ffi/linux/constants.ts";
import {
  IFREQ_SIZE,
  STATFS_SIZE,
  STATX_SIZE,
  TIMESPEC_SIZE,
} from "../../ffi/linux/structs.ts";

/** The headers' names of what has a shorter one, or one in a table, with us. */
const headerNames: Readonly<Record<string, readonly string[]>> = {
  "MountFlag.readonly": ["MS_RDONLY"],
  "MountFlag.recursive": ["MS_REC"],
  "MountAttribute.readonly": ["MOUNT_ATTR_RDONLY"],
  "OpenFlag.readOnly": ["O_RDONLY"],
  "OpenFlag.writeOnly": ["O_WRONLY"],
  "OpenFlag.readWrite": ["O_RDWR"],
  "OpenFlag.create": ["O_CREAT"],
  "OpenFlag.truncate": ["O_TRUNC"],
  "FsConfig.setFlag": ["FSCONFIG_SET_FLAG"],
  "FsConfig.setString": ["FSCONFIG_SET_STRING"],
  "FsConfig.create": ["FSCONFIG_CMD_CREATE"],
  "FileType.mask": ["S_IFMT"],
  "FileType.socket": ["S_IFSOCK"],
  "FileType.link": ["S_IFLNK"],
  "FileType.regular": ["S_IFREG"],
  "FileType.directory": ["S_IFDIR"],
  FS_CLOEXEC: ["FSOPEN_CLOEXEC", "FSMOUNT_CLOEXEC"],
};

/** What the headers put before the names of a table. */
const prefixes: Readonly<Record<string, string>> = {
  MountFlag: "MS_",
  MountAttribute: "MOUNT_ATTR_",
  OpenFlag: "O_",
};

/**
 * Every number of ffi/linux/constants.ts by the headers' name for it, and the
 * size of each struct of structs.ts as sizeof_NAME.
 */
export function ourNumbers(): Record<string, number> {
  const numbers: Record<string, number> = {
    sizeof_ifreq: IFREQ_SIZE,
    sizeof_statfs: STATFS_SIZE,
    sizeof_statx: STATX_SIZE,
    sizeof_timespec: TIMESPEC_SIZE,
  };
  const add = (name: string, value: unknown, usual: string): void => {
    for (const known of headerNames[name] ?? [usual]) {
      numbers[known] = Number(value);
    }
  };
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value === "function" || typeof value === "string") continue;
    if (typeof value !== "object") {
      add(name, value, name);
      continue;
    }
    for (const [key, number] of Object.entries(value)) {
      add(`${name}.${key}`, number, `${prefixes[name]}${key.toUpperCase()}`);
    }
  }
  return numbers;
}
