import { isErrno } from "../ffi/sys_error.ts";
import type { Stage } from "./stage.ts";

/** libkrun's port for the host's clock. */
const port = 123;

/** Keeps the guest's clock with the host's. */
export const timesync: Stage = {
  name: "timesync",
  summary: "Follow the host's clock",
  gates: { platforms: ["linux"], features: ["timesync"] },
  policy: "warn",
  run({ sys, handover, warn }) {
    const socket = sys.openVsock(port);
    try {
      // Asks for the time at once; the host's own round may take a minute.
      sys.sendToHost(socket, port, new Uint8Array(1));
    } catch (error) {
      if (isErrno(error, "EINVAL")) {
        // So answers a kernel that knows vsock, but has no device for it.
        sys.close(socket);
        throw error;
      }
      warn(error, "the first correction may take a minute");
    }
    handover.clock = socket;
  },
};
