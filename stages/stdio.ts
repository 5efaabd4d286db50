import { decodeBytes } from "../ffi/bytes.ts";
import { OpenFlag } from "../ffi/linux/constants.ts";
import { isErrno } from "../ffi/sys_error.ts";
import { isInFirstNamespace } from "./first_namespace.ts";
import type { BootContext, Stage } from "./stage.ts";

const { readOnly, writeOnly, cloexec } = OpenFlag;

const portsFolder = "/sys/class/virtio-ports";

/** The ports that become the workload's stdio (libkrun's names). */
const ports = new Map([
  ["krun-stdin", { target: 0, flags: readOnly | cloexec }],
  ["krun-stdout", { target: 1, flags: writeOnly | cloexec }],
  ["krun-stderr", { target: 2, flags: writeOnly | cloexec }],
]);

/** Opens the ports that the host has for the workload's stdio. */
export const stdio: Stage = {
  name: "stdio",
  summary: "Open the workload's stdio ports",
  gates: { platforms: ["linux"] },
  policy: "fatal",
  run(context) {
    context.handover.guest = isInFirstNamespace(context.sys, "pid");
    openPorts(context);
  },
};

function openPorts(context: BootContext): void {
  const { sys, handover } = context;
  for (const entry of listPorts(context)) {
    const name = portName(context, entry);
    const port = name === undefined ? undefined : ports.get(name);
    if (port === undefined) continue;
    try {
      handover.standard[port.target] = sys.open(`/dev/${entry}`, port.flags);
    } catch (error) {
      context.warn(error, `${name} stays on the console`);
    }
  }
}

function listPorts({ sys, handover }: BootContext): string[] {
  try {
    return sys.readDirectory(portsFolder);
  } catch (error) {
    // A guest always has the folder; a namespace on a host need not.
    if (isErrno(error, "ENOENT") && !handover.guest) return [];
    throw error;
  }
}

function portName({ sys }: BootContext, entry: string): string | undefined {
  try {
    const name = decodeBytes(sys.readFile(`${portsFolder}/${entry}/name`));
    return name.trimEnd();
  } catch {
    // Ports that libkrun did not name, such as consoles.
    return undefined;
  }
}
