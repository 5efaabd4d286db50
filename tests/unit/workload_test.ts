import assert from "#assert";
import fc from "fast-check";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { workload } from "../../stages/workload.ts";
import { kernelText } from "./arbitraries.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
} from "./stage_helper.ts";

function commandOf(options: StageOptions): readonly string[] {
  return runStage(workload, options).handover.args;
}

Deno.test("workload runs a shell where nothing else is asked for", () => {
  const { calls, events, handover } = runStage(workload);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, {
    ...newHandover(),
    args: ["/bin/sh"],
  });
});

Deno.test("workload takes KRUN_INIT, the config, the arguments or the shell, the first that is there", () => {
  const init = fc.option(kernelText, { nil: undefined });
  const words = fc.array(kernelText, { maxLength: 3 });
  fc.assert(
    fc.property(init, words, words, (program, configArgs, more) => {
      const command = commandOf({
        facts: { args: ["/init.krun", ...more] },
        config: { args: configArgs },
        environment: program === undefined
          ? kernelEnvironment
          : [...kernelEnvironment, `KRUN_INIT=${program}`],
      });
      if (program !== undefined) assert.deepEqual(command, [program, ...more]);
      else if (configArgs.length > 0) assert.deepEqual(command, configArgs);
      else if (more.length > 0) assert.deepEqual(command, more);
      else assert.deepEqual(command, ["/bin/sh"]);
    }),
    { numRuns: 200 },
  );
});

Deno.test("workload takes an empty KRUN_INIT as a command", () => {
  const environment = ["KRUN_INIT="];
  const facts = { args: ["/init.krun", "-c"] };
  assert.deepEqual(commandOf({ environment, facts }), ["", "-c"]);
});

Deno.test("workload runs a shell where the kernel gives no argv at all", () => {
  assert.deepEqual(commandOf({ facts: { args: [] } }), ["/bin/sh"]);
});

Deno.test("workload replaces PID 1 where KRUN_INIT_PID1 begins with 1", () => {
  const replaces = (value: string): boolean =>
    runStage(workload, { environment: [`KRUN_INIT_PID1=${value}`] })
      .handover.replacePid1;
  for (const value of ["1", "10", "1\n"]) assert.equal(replaces(value), true);
  for (const value of ["0", "true", "01", "", " 1"]) {
    assert.equal(replaces(value), false);
  }
});

Deno.test("workload hands over KRUN_STOP_TIMEOUT in seconds, 10 by default", () => {
  const timeoutOf = (environment: readonly string[]): number => {
    const { events, handover } = runStage(workload, { environment });
    assert.deepEqual(events, ["start", "done"]);
    return handover.stopTimeout;
  };
  assert.equal(timeoutOf([]), 10);
  assert.equal(timeoutOf(["KRUN_STOP_TIMEOUT=0"]), 0);
  assert.equal(timeoutOf(["KRUN_STOP_TIMEOUT=90"]), 90);
  assert.equal(timeoutOf(["KRUN_STOP_TIMEOUT=999999999"]), 999_999_999);
});

Deno.test("workload reports a KRUN_STOP_TIMEOUT that is no number of seconds", () => {
  for (const value of ["", "-1", "1.5", "1s", " 1", "1\n", "1000000000"]) {
    const { events, handover } = runStage(workload, {
      environment: [`KRUN_STOP_TIMEOUT=${value}`],
    });
    assert.deepEqual(events, [
      "start",
      `warn: KRUN_STOP_TIMEOUT: ${value} is not a number of seconds (ignored)`,
      "done",
    ]);
    assert.equal(handover.stopTimeout, 10);
  }
});

Deno.test("workload takes the stop signal and the terminal of the config", () => {
  const { handover } = runStage(workload, {
    config: { stopSignal: 3, terminal: { rows: 24, columns: 80 } },
  });
  assert.equal(handover.stopSignal, 3);
  assert.deepEqual(handover.terminal, { rows: 24, columns: 80 });
});

Deno.test("workload has signals go to its group where KRUN_SIGNAL_GROUP is 1", () => {
  const toGroup = (value: string): boolean =>
    runStage(workload, { environment: [`KRUN_SIGNAL_GROUP=${value}`] })
      .handover.signalGroup;
  assert.deepEqual(["1", "0", "", "true"].map(toGroup), [
    ...[true, false, false, false],
  ]);
});
