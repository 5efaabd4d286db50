/** System calls made by the engine of the small image itself. */

import type { Kernel } from "../shim.ts";
import { engine } from "./engine.ts";

/** Makes system calls. */
export const engineKernel: Kernel = {
  call: (number, args) => engine.systemCall(number, ...args),
  address: engine.address,
};
