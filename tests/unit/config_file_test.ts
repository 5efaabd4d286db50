import assert from "#assert";
import { configFile } from "../../stages/config_file.ts";
import { emptyConfig } from "../../stages/formats/guest_config.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
  type StageRun,
} from "./stage_helper.ts";

function runWith(file: unknown, options: StageOptions = {}): StageRun {
  return runStage(configFile, {
    ...options,
    answers: {
      readFileIn: () => new TextEncoder().encode(JSON.stringify(file)),
    },
  });
}

Deno.test("configFile takes the init's own variables from the config, and no others", () => {
  const env = [
    "KRUN_DHCP=1",
    "PATH=/bin",
    "KRUN_X=a=b",
    "HOME=/h",
    "HOSTNAME=h",
  ];
  const { calls, events, environment, config } = runWith({ args: ["/a"], env });
  assert.deepEqual(calls, ['read("/.krun_config.json", first root)']);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(environment, [
    ...kernelEnvironment,
    ...["KRUN_DHCP=1", "KRUN_X=a=b", "HOSTNAME=h"],
  ]);
  assert.deepEqual(config.args, ["/a"]);
});

Deno.test("configFile lets the kernel's variables win, and then the first of the config's", () => {
  const env = ["KRUN_A=c", "KRUN_B=1", "KRUN_B=2", "KRUN_NOTHING"];
  const { environment } = runWith({ env }, { environment: ["KRUN_A=k"] });
  assert.deepEqual(environment, ["KRUN_A=k", "KRUN_B=1"]);
});

Deno.test("configFile says what is wrong with the file, at once", () => {
  const { events, environment } = runWith({ args: ["/a"], env: [5] });
  assert.deepEqual(events, [
    "start",
    "warn: /.krun_config.json: line 1, column 23: env[0]: a number, not a string",
    "done",
  ]);
  assert.deepEqual(environment, kernelEnvironment);
  assert.deepEqual(runWith([]).events, [
    "start",
    "fail: /.krun_config.json: Not a JSON object but an array",
  ]);
});

Deno.test("configFile notes whether there is a file", () => {
  assert.equal(runWith({}).hasConfig, true);
  const { events, hasConfig, config } = runStage(configFile);
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(hasConfig, false);
  assert.deepEqual(config, emptyConfig);
});

Deno.test("configFile reads the file that KRUN_CONFIG names", () => {
  const { calls } = runWith({}, { environment: ["KRUN_CONFIG=/c"] });
  assert.deepEqual(calls, ['read("/c", first root)']);
});
