import { isErrno } from "../ffi/sys_error.ts";
import { kernelWords } from "./formats/command_line.ts";
import { addAddress } from "./formats/rtnetlink.ts";
import { readKernelLine } from "./kernel_line.ts";
import type { BootContext } from "./stage.ts";

const device = "dummy0";

/** 203.0.113.1/24, a network that is nobody's (RFC 5737). */
const own = { address: 0xcb007101, prefix: 24, broadcast: 0xcb0071ff };

/**
 * Gives the guest an address where the host intercepts its sockets (TSI,
 * transparent socket impersonation): many programs look for one before they
 * connect.
 *
 * @throws SysError when the interface is there but can't have it
 */
export function configureForTsi({ sys }: BootContext): void {
  if (!isIntercepted(sys)) return;
  try {
    sys.interfaceUp(device);
  } catch (error) {
    // Kernels without the driver do without.
    if (isErrno(error, "ENODEV")) return;
    throw error;
  }
  const index = sys.interfaceIndex(device);
  sys.rtnetlink(`203.0.113.1/24 on ${device}`, addAddress(index, own));
}

const word = "tsi_hijack";

/** The host says so on the kernel's command line. */
function isIntercepted(sys: BootContext["sys"]): boolean {
  const text = readKernelLine(sys);
  // Most lines have it nowhere, and splitting them takes its time.
  return text.includes(word) && kernelWords(text).includes(word);
}
