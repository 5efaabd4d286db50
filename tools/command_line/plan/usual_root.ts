/** The root that a plan takes a guest to have, where none is given. */

import { FileType } from "../../../ffi/linux/constants.ts";
import { configNames } from "./config_facts.ts";
import { contentOf, type Look } from "./file_system.ts";

/** Those of most roots (hier(7)). */
const directories = [
  ...["/bin", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/sbin"],
  ...["/sys", "/tmp", "/usr", "/var"],
];

/** The permission bits of those that have others than most. */
const modes = new Map([["/root", 0o700], ["/tmp", 0o1777]]);

/** The number that a user or group gets who is known by name only. */
const assumedId = 1000;

/**
 * Gives what most roots hold, and in its /etc/passwd and /etc/group whom the
 * config names.
 */
export function usualRoot(config: Uint8Array | undefined): Look {
  const [user, group] = configNames(config);
  const look = contentOf(
    {
      "/etc/passwd": `root:x:0:0:root:/root:/bin/sh\n${
        user === undefined
          ? ""
          : `${user}:x:${assumedId}:${assumedId}::/home/${user}:/bin/sh\n`
      }`,
      "/etc/group": `root:x:0:\n${
        group === undefined ? "" : `${group}:x:${assumedId}:\n`
      }`,
    },
    {},
    directories,
  );
  return (path) => {
    const entry = look(path);
    const mode = modes.get(path);
    if (entry === undefined || mode === undefined) return entry;
    const own = { uid: 0, gid: 0, device: 0 };
    return { ...entry, status: { ...own, mode: FileType.directory | mode } };
  };
}
