import { decodeBytes } from "../ffi/bytes.ts";
import { FIRST_PID_NAMESPACE, OpenFlag } from "../ffi/linux/constants.ts";
import { isErrno } from "../ffi/sys_error.ts";
import type { Sys } from "../ffi/sys.ts";
import type { BootContext, Stage } from "./stage.ts";

const { readOnly, writeOnly, cloexec } = OpenFlag;

const shell = "/bin/sh";
const portsFolder = "/sys/class/virtio-ports";

/** The ports that become the workload's stdio (libkrun's names). */
const ports = new Map([
  ["krun-stdin", { target: 0, flags: readOnly | cloexec }],
  ["krun-stdout", { target: 1, flags: writeOnly | cloexec }],
  ["krun-stderr", { target: 2, flags: writeOnly | cloexec }],
]);

/** Settles what the workload is and what its stdio is. */
export const workload: Stage = {
  name: "workload",
  summary: "Choose the command and open its stdio ports",
  gates: {},
  policy: "fatal",
  run(context) {
    const { environment, handover } = context;
    handover.args = chooseCommand(context);
    handover.replacePid1 = environment.get("KRUN_INIT_PID1")?.startsWith("1") ??
      false;
    handover.guest = isGuest(context.sys);
    handover.stopTimeout = stopTimeout(context) ?? handover.stopTimeout;
    openPorts(context);
  },
};

/** Whole seconds from a request to stop to SIGKILL. */
function stopTimeout({ environment, warn }: BootContext): number | undefined {
  const text = environment.get("KRUN_STOP_TIMEOUT");
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  warn(`KRUN_STOP_TIMEOUT: ${text} is not a number of seconds (ignored)`);
  return undefined;
}

/** The first of them that is given: KRUN_INIT, config, arguments, shell. */
function chooseCommand(
  { environment, args, config }: BootContext,
): readonly string[] {
  const init = environment.get("KRUN_INIT");
  if (init !== undefined) return [init, ...args.slice(1)];
  if (config.args.length > 0) return config.args;
  if (args.length > 1) return args.slice(1);
  return [shell];
}

function openPorts(context: BootContext): void {
  const { sys, handover } = context;
  for (const entry of listPorts(context)) {
    const name = portName(context, entry);
    const port = name === undefined ? undefined : ports.get(name);
    if (port === undefined) continue;
    try {
      handover.standard[port.target] = sys.open(`/dev/${entry}`, port.flags);
    } catch (error) {
      context.warn(`${name} stays on the console`, error);
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

/** True in a virtual machine, false in a namespace on somebody's host. */
function isGuest(sys: Sys): boolean {
  try {
    return sys.readLink("/proc/self/ns/pid") === FIRST_PID_NAMESPACE;
  } catch {
    return false;
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
