import assert from "#assert";
import { recordingSys } from "../../ffi/recording_sys.ts";
import { SysError } from "../../ffi/sys_error.ts";
import { emptyConfig } from "../../stages/formats/guest_config.ts";
import { newHandover } from "../../stages/formats/handover_record.ts";
import {
  type BootEvent,
  BootFailure,
  runStages,
  skipReason,
} from "../../stages/runner.ts";
import type {
  BootContext,
  BootFacts,
  Gates,
  Stage,
} from "../../stages/stage.ts";
import { kernelEnvironment, plainGuest } from "./stage_helper.ts";

/** A stage that runs always and does as it is told. */
function stage(name: string, parts: Partial<Stage> = {}): Stage {
  return {
    name,
    summary: `What ${name} does`,
    gates: {},
    policy: "fatal",
    run() {},
    ...parts,
  };
}

/** Runs stages; the clock ticks once at every look. */
function run(
  stages: readonly Stage[],
  facts: Partial<BootFacts> = {},
  environment: readonly string[] = kernelEnvironment,
): { events: BootEvent[]; failure: BootFailure | undefined } {
  let clock = 100;
  const sys = recordingSys({ answers: { bootTime: () => clock++ } });
  const events: BootEvent[] = [];
  let failure: BootFailure | undefined;
  try {
    runStages(
      stages,
      sys,
      { ...plainGuest, ...facts },
      environment,
      (event) => events.push(event),
    );
  } catch (error) {
    if (!(error instanceof BootFailure)) throw error;
    failure = error;
  }
  return { events, failure };
}

/** What a stage with these gates is told, or undefined where it runs. */
function reasonFor(
  gates: Gates,
  facts: Partial<BootFacts> = {},
  environment: readonly string[] = kernelEnvironment,
): string | undefined {
  const { events, failure } = run([stage("s", { gates })], facts, environment);
  assert.equal(failure, undefined);
  const [first] = events;
  return first?.kind === "skip" ? first.message : undefined;
}

Deno.test("runStages() runs the stages in their order and gives the time of everything", () => {
  const order: string[] = [];
  const { events, failure } = run([
    stage("one", { run: () => order.push("one") }),
    stage("two", {
      run(context) {
        order.push("two");
        context.warn("Look here");
      },
    }),
    stage("three", { gates: { platforms: ["freebsd"] } }),
  ]);
  assert.equal(failure, undefined);
  assert.deepEqual(order, ["one", "two"]);
  assert.deepEqual(events, [
    { kind: "start", stage: "one", time: 100 },
    { kind: "done", stage: "one", time: 101 },
    { kind: "start", stage: "two", time: 102 },
    { kind: "warn", stage: "two", message: "Look here", time: 103 },
    { kind: "done", stage: "two", time: 104 },
    { kind: "skip", stage: "three", message: "not on linux", time: 105 },
  ]);
});

Deno.test("runStages() tells an event as it happens", () => {
  const told: string[] = [];
  runStages(
    [stage("s", { run: () => told.push("run") })],
    recordingSys(),
    plainGuest,
    [],
    (event) => told.push(event.kind),
  );
  assert.deepEqual(told, ["start", "run", "done"]);
});

Deno.test("runStages() hands every stage the same context, made of what it was given", () => {
  const seen: BootContext[] = [];
  const sys = recordingSys();
  const facts: BootFacts = {
    platform: "linux",
    features: ["timesync"],
    args: ["/init.krun", "-c"],
    root: 42,
  };
  const keep = (context: BootContext): void => {
    seen.push(context);
  };
  const handover = runStages(
    [stage("one", { run: keep }), stage("two", { run: keep })],
    sys,
    facts,
    ["A=1"],
    () => {},
  );
  const [first, second] = seen;
  assert.equal(first, second);
  assert.equal(first?.sys, sys);
  assert.equal(first?.platform, "linux");
  assert.equal(first?.features, facts.features);
  assert.equal(first?.args, facts.args);
  assert.equal(first?.root, 42);
  assert.equal(first?.config, emptyConfig);
  assert.deepEqual(first?.environment.items(), ["A=1"]);
  assert.equal(first?.handover, handover);
  assert.deepEqual(handover, newHandover());
});

Deno.test("runStages() tells what a stage has to say that is no warning", () => {
  const { events } = run([
    stage("s", { run: (context) => context.info("An address came") }),
  ]);
  assert.deepEqual(events, [
    { kind: "start", stage: "s", time: 100 },
    { kind: "info", stage: "s", message: "An address came", time: 101 },
    { kind: "done", stage: "s", time: 102 },
  ]);
});

Deno.test("runStages() adds the consequence to a warning", () => {
  const { events } = run([
    stage("s", {
      run(context) {
        const error = new SysError('interfaceUp("lo")', "EPERM");
        context.warn(error, "going on without lo");
        context.warn(error);
        context.warn("Odd", "even so");
      },
    }),
  ]);
  assert.deepEqual(
    events.map((event) => "message" in event ? event.message : event.kind),
    [
      "start",
      'interfaceUp("lo"): EPERM (going on without lo)',
      'interfaceUp("lo"): EPERM',
      "Odd (even so)",
      "done",
    ],
  );
});

Deno.test("runStages() ends the boot with the stage and the cause when a fatal stage fails", () => {
  const cause = new SysError('chdir("/x")', "ENOENT");
  const after: string[] = [];
  const { events, failure } = run([
    stage("bad", {
      run() {
        throw cause;
      },
    }),
    stage("after", { run: () => after.push("ran") }),
  ]);
  assert.deepEqual(events, [
    { kind: "start", stage: "bad", time: 100 },
    { kind: "fail", stage: "bad", message: 'chdir("/x"): ENOENT', time: 101 },
  ]);
  assert.deepEqual(after, []);
  assert.equal(failure?.stage, "bad");
  assert.equal(failure?.cause, cause);
  assert.equal(failure?.message, 'chdir("/x"): ENOENT');
  assert.equal(failure?.name, "BootFailure");
});

Deno.test("runStages() goes on when a stage that may fail does", () => {
  const { events, failure } = run([
    stage("mild", {
      policy: "warn",
      run() {
        throw new Error("No good");
      },
    }),
    stage("odd", {
      policy: "warn",
      run() {
        // deno-lint-ignore no-throw-literal -- whatever is thrown is told
        throw "a string";
      },
    }),
    stage("after"),
  ]);
  assert.equal(failure, undefined);
  assert.deepEqual(events, [
    { kind: "start", stage: "mild", time: 100 },
    { kind: "warn", stage: "mild", message: "No good", time: 101 },
    { kind: "done", stage: "mild", time: 102 },
    { kind: "start", stage: "odd", time: 103 },
    { kind: "warn", stage: "odd", message: "a string", time: 104 },
    { kind: "done", stage: "odd", time: 105 },
    { kind: "start", stage: "after", time: 106 },
    { kind: "done", stage: "after", time: 107 },
  ]);
});

Deno.test("skipReason() lets a stage without gates run everywhere", () => {
  assert.equal(reasonFor({}), undefined);
  assert.equal(reasonFor({}, { platform: "freebsd" }), undefined);
});

Deno.test("skipReason() names the platform that a stage is not for", () => {
  const gates: Gates = { platforms: ["linux"] };
  assert.equal(reasonFor(gates), undefined);
  assert.equal(reasonFor(gates, { platform: "freebsd" }), "not on freebsd");
  const both: Gates = { platforms: ["freebsd", "linux"] };
  assert.equal(reasonFor(both), undefined);
  assert.equal(reasonFor({ platforms: [] }), "not on linux");
});

Deno.test("skipReason() names the features of which a build has none", () => {
  const gates: Gates = { features: ["amd-sev", "tdx"] };
  assert.equal(reasonFor(gates), "built without amd-sev or tdx");
  assert.equal(reasonFor(gates, { features: ["tdx"] }), undefined);
  assert.equal(
    reasonFor(gates, { features: ["timesync"] }),
    "built without amd-sev or tdx",
  );
  assert.equal(reasonFor({ features: ["tdx"] }), "built without tdx");
});

Deno.test("skipReason() names the variable that is not set", () => {
  const gates: Gates = { variable: "KRUN_X" };
  assert.equal(reasonFor(gates), "KRUN_X is not set");
  assert.equal(reasonFor(gates, {}, ["KRUN_XY=1"]), "KRUN_X is not set");
  assert.equal(reasonFor(gates, {}, ["KRUN_X=1"]), undefined);
  assert.equal(reasonFor(gates, {}, ["KRUN_X="]), undefined);
});

Deno.test("skipReason() names the variable that must not be set", () => {
  const gates: Gates = { unset: "KRUN_X" };
  assert.equal(reasonFor(gates, {}), undefined);
  assert.equal(reasonFor(gates, {}, ["KRUN_X="]), "KRUN_X is set");
  assert.equal(
    reasonFor({ ...gates, platforms: ["freebsd"] }, {}, ["KRUN_X="]),
    "not on linux",
  );
});

Deno.test("skipReason() takes the variable or one of the features, but always the platform", () => {
  const gates: Gates = {
    platforms: ["linux"],
    features: ["tdx"],
    variable: "KRUN_X",
  };
  assert.equal(reasonFor(gates), "KRUN_X is not set");
  assert.equal(reasonFor(gates, {}, ["KRUN_X="]), undefined);
  assert.equal(reasonFor(gates, { features: ["tdx"] }), undefined);
  assert.equal(
    reasonFor(gates, { features: ["tdx"], platform: "freebsd" }, ["KRUN_X="]),
    "not on freebsd",
  );
});

Deno.test("skipReason() looks at the environment as the earlier stages left it", () => {
  const gated = stage("gated", { gates: { variable: "KRUN_X" } });
  const { events } = run([
    stage("first", {
      run: ({ environment }) => environment.set("KRUN_X", "", "a stage"),
    }),
    gated,
    stage("last", {
      run: (context) => assert.equal(skipReason(gated, context), undefined),
    }),
  ]);
  assert.deepEqual(
    events.map((event) => event.kind),
    ["start", "done", "start", "done", "start", "done"],
  );
});

Deno.test("runStages() tells a stage's first warnings, and counts the others", () => {
  const warnings = (count: number): string[] => {
    const told: string[] = [];
    const noisy = (name: string): Stage => ({
      ...{ name, summary: "Warns", gates: {}, policy: "warn" },
      run({ warn }) {
        for (let n = 1; n <= count; n++) warn(`number ${n}`);
      },
    });
    runStages(
      [noisy("one"), noisy("two")],
      recordingSys(),
      plainGuest,
      [],
      (event) => {
        if (event.kind === "warn") {
          told.push(`${event.stage}: ${event.message}`);
        }
      },
    );
    return told;
  };
  assert.equal(warnings(25).length, 50);
  const told = warnings(1000);
  assert.equal(told.length, 52);
  assert.deepEqual(told.slice(24, 27), [
    ...["one: number 25", "one: 975 more warnings", "two: number 1"],
  ]);
});
