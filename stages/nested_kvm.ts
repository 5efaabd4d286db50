import { isErrno } from "../ffi/sys_error.ts";
import type { Stage } from "./stage.ts";

/** Lets every user of the guest run virtual machines of its own. */
export const nestedKvm: Stage = {
  name: "nestedKvm",
  summary: "Open /dev/kvm to every user",
  gates: { platforms: ["linux"], features: ["nested-kvm"] },
  policy: "warn",
  run({ sys }) {
    try {
      sys.chmod("/dev/kvm", 0o666);
    } catch (error) {
      // Most guests have no nested virtualisation.
      if (!isErrno(error, "ENOENT")) throw error;
    }
  },
};
