import { MountFlag } from "../ffi/linux/constants.ts";
import type { Stage } from "./stage.ts";

/** Gives the mounts the propagation that container runtimes expect. */
export const sharedRoot: Stage = {
  name: "sharedRoot",
  summary: "Let mounts propagate from and to the root",
  gates: { platforms: ["linux"] },
  policy: "warn",
  run({ sys }) {
    const flags = MountFlag.recursive | MountFlag.shared;
    sys.mount(null, "/", null, flags, null);
  },
};
