import type { BootContext, Stage } from "./stage.ts";

const shell = "/bin/sh";

/** Settles what the workload is. */
export const workload: Stage = {
  name: "workload",
  summary: "Choose the command",
  gates: {},
  policy: "fatal",
  run(context) {
    const { environment, config, handover } = context;
    handover.args = chooseCommand(context);
    handover.replacePid1 = environment.get("KRUN_INIT_PID1")?.startsWith("1") ??
      false;
    handover.stopTimeout = stopTimeout(context) ?? handover.stopTimeout;
    handover.stopSignal = config.stopSignal ?? handover.stopSignal;
    handover.signalGroup = environment.get("KRUN_SIGNAL_GROUP") === "1";
    handover.terminal = config.terminal;
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
