/** FreeBSD's own operations as text, as `ffi/describe.ts` has those of `Sys`. */

import { mountFlagNames } from "./constants.ts";
import type { FreebsdOperations } from "./operations.ts";

const quote = (text: string): string => JSON.stringify(text);

/** For each operation, its text for the arguments that it is called with. */
export const describeFreebsd: {
  [Name in keyof FreebsdOperations]: (
    ...args: Parameters<FreebsdOperations[Name]>
  ) => string;
} = {
  kenv: (name) => `kenv(${quote(name)})`,
  nmount: (parameters, flags) =>
    `nmount(${Object.entries(parameters).flat().map(quote).join(", ")}, ${
      mountFlagNames(flags)
    })`,
  unmount: (path) => `unmount(${quote(path)})`,
  revoke: (path) => `revoke(${quote(path)})`,
  openAppending: (path) => `open(${quote(path)}, append)`,
  setBlocking: (descriptor) => `fcntl(${descriptor}, blocking)`,
  setsid: () => "setsid()",
  controllingTerminal: (descriptor) => `ioctl(${descriptor}, TIOCSCTTY)`,
  dup2: (descriptor, other) => `dup2(${descriptor}, ${other})`,
  setlogin: (name) => `setlogin(${quote(name)})`,
};
