import assert from "#assert";
import fc from "fast-check";
import { env } from "../../stages/env.ts";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { kernelText, variableName } from "./arbitraries.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
} from "./stage_helper.ts";

/** The workload's environment for what kernel and config give. */
function environmentOf(
  kernel: readonly string[],
  config: readonly string[],
): readonly string[] {
  return runStage(env, { environment: kernel, config: { environment: config } })
    .handover.environment;
}

Deno.test("env hands over the kernel's environment and names the host localhost", () => {
  const { calls, events, handover } = runStage(env);
  assert.deepEqual(calls, ['sethostname("localhost")']);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, {
    ...newHandover(),
    environment: kernelEnvironment,
  });
});

Deno.test("env adds the config's variables behind the kernel's, which keep their values", () => {
  assert.deepEqual(
    environmentOf(["HOME=/", "A=k", "TERM=linux"], [
      "PATH=/p",
      "A=c",
      "B=x=y",
      "B=again",
      "C=",
    ]),
    ["HOME=/", "A=k", "TERM=linux", "PATH=/p", "B=x=y", "C="],
  );
});

Deno.test("env lets the config, and then KRUN_HOME and KRUN_TERM, replace HOME and TERM", () => {
  const config = ["HOME=/c1", "HOME=/c2", "TERM=vt100"];
  assert.deepEqual(
    environmentOf(kernelEnvironment, config),
    ["HOME=/c2", "TERM=vt100"],
  );
  assert.deepEqual(
    environmentOf(["KRUN_HOME=/k", ...kernelEnvironment], config),
    ["KRUN_HOME=/k", "HOME=/k", "TERM=vt100"],
  );
  assert.deepEqual(
    environmentOf(["HOME=/", "KRUN_TERM="], ["KRUN_HOME=/ch"]),
    ["HOME=/ch", "KRUN_TERM=", "KRUN_HOME=/ch", "TERM="],
  );
});

Deno.test("env gives every variable the first value that there is, by its precedence", () => {
  const item = fc.tuple(variableName, kernelText);
  fc.assert(
    fc.property(
      fc.uniqueArray(item, { selector: ([name]) => name }),
      fc.array(item),
      (kernel, config) => {
        const write = ([name, text]: [string, string]): string =>
          `${name}=${text}`;
        const result = environmentOf(kernel.map(write), config.map(write));

        const kernelValue = new Map(kernel);
        const firstInConfig = new Map(config.toReversed());
        const lastInConfig = new Map(config);
        /** Kernel first: all but HOME and TERM. */
        const ordinary = (name: string): string | undefined =>
          kernelValue.get(name) ?? firstInConfig.get(name);
        /** KRUN_* first, then the config, then the kernel. */
        const replaced = (name: string): string | undefined =>
          ordinary(`KRUN_${name}`) ?? lastInConfig.get(name) ??
            kernelValue.get(name);

        const names = new Set([...kernel, ...config].map(([name]) => name));
        for (const name of ["HOME", "TERM"]) {
          if (names.has(`KRUN_${name}`)) names.add(name);
        }
        const expected = [...names].map((name) => {
          const text = name === "HOME" || name === "TERM"
            ? replaced(name)
            : ordinary(name);
          return `${name}=${text}`;
        });
        assert.deepEqual(result.toSorted(), expected.toSorted());
        // The kernel's own stay where they were.
        assert.deepEqual(
          result.slice(0, kernel.length).map((text) => text.split("=")[0]),
          kernel.map(([name]) => name),
        );
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("env leaves what it passes over as the kernel gave it", () => {
  const kernel = ["nonsense", "A=\udcff", "A=2", "KRUN_CONFIG=/c"];
  assert.deepEqual(environmentOf(kernel, ["A=3"]), kernel);
});

Deno.test("env reports config entries without a name or a value", () => {
  const { events, handover } = runStage(env, {
    config: { environment: ["NOEQ", "=x", "", "A=1"] },
  });
  assert.deepEqual(events, [
    "start",
    'warn: Environment entry without a name or "=": NOEQ (ignored)',
    'warn: Environment entry without a name or "=": =x (ignored)',
    'warn: Environment entry without a name or "=":  (ignored)',
    "done",
  ]);
  assert.deepEqual(handover.environment, [...kernelEnvironment, "A=1"]);
});

Deno.test("env hands over the limits of KRUN_RLIMITS, and reports bad ones", () => {
  const { events, handover } = runStage(env, {
    environment: ["KRUN_RLIMITS=7=1:2,x=1:2,NPROC=3:unlimited"],
  });
  assert.deepEqual(handover.limits, [
    { resource: 7, soft: 1n, hard: 2n },
    { resource: 6, soft: 3n, hard: 0xffff_ffff_ffff_ffffn },
  ]);
  assert.deepEqual(events, [
    "start",
    'warn: KRUN_RLIMITS: "x=1:2": unknown resource x (ignored)',
    "done",
  ]);
});

Deno.test("env takes KRUN_RLIMITS from the config where the kernel has none", () => {
  const config = { environment: ["KRUN_RLIMITS=7=1:2"] };
  assert.deepEqual(runStage(env, { config }).handover.limits, [
    { resource: 7, soft: 1n, hard: 2n },
  ]);
  const environment = ["KRUN_RLIMITS=7=5:6"];
  assert.deepEqual(runStage(env, { config, environment }).handover.limits, [
    { resource: 7, soft: 5n, hard: 6n },
  ]);
});

Deno.test("env names the host after HOSTNAME, of the kernel or else of the config", () => {
  const callsWith = (
    kernel: readonly string[],
    config: readonly string[],
  ): readonly string[] =>
    runStage(env, { environment: kernel, config: { environment: config } })
      .calls;
  assert.deepEqual(callsWith(["HOSTNAME=k"], []), ['sethostname("k")']);
  assert.deepEqual(callsWith(["HOSTNAME=k"], ["HOSTNAME=c"]), [
    'sethostname("k")',
  ]);
  assert.deepEqual(callsWith([], ["HOSTNAME=c"]), ['sethostname("c")']);
});

Deno.test("env takes host names of up to 64 bytes, and reports longer ones", () => {
  const fits = "ä".repeat(32);
  const { calls, events } = runStage(env, {
    environment: [`HOSTNAME=${fits}`],
  });
  assert.deepEqual(calls, [`sethostname("${fits}")`]);
  assert.deepEqual(events, ["start", "done"]);
  for (const long of [`${fits}a`, "\udcff".repeat(65)]) {
    const run = runStage(env, { environment: [`HOSTNAME=${long}`] });
    assert.deepEqual(run.calls, []);
    assert.deepEqual(run.events, [
      "start",
      `warn: The host name has more than 64 bytes: ${long} (ignored)`,
      "done",
    ]);
    assert.deepEqual(run.handover.environment, [`HOSTNAME=${long}`]);
  }
});

Deno.test("env reports a host name that is refused; environment and limits are settled all the same", () => {
  const environment = [...kernelEnvironment, "KRUN_RLIMITS=7=1:2"];
  const { events, handover } = runStage(env, {
    environment,
    failures: { 'sethostname("localhost")': "EPERM" },
  });
  assert.deepEqual(events, [
    "start",
    'warn: sethostname("localhost"): EPERM',
    "done",
  ]);
  assert.deepEqual(handover.environment, environment);
  assert.equal(handover.limits.length, 1);
});

/** What a config can ask for beyond upstream. */
const extras = {
  limits: [
    { resource: 7, soft: 10n, hard: 20n },
    { resource: 6, soft: 1n, hard: 2n },
  ],
  noNewPrivs: true,
  hostname: "box",
};

Deno.test("env takes limits and host name of the config unasked, and what confines the workload on request", () => {
  const cases: readonly (readonly [StageOptions, boolean])[] = [
    [{ config: extras }, false],
    [{ config: extras, environment: ["KRUN_INIT_OCI=1"] }, true],
    [{ config: { ...extras, oci: "1" } }, true],
    [{ config: { ...extras, environment: ["KRUN_INIT_OCI=1"] } }, true],
    // The environment's word is the last.
    [
      { config: { ...extras, oci: "0" }, environment: ["KRUN_INIT_OCI=1"] },
      true,
    ],
  ];
  for (const [options, isConfined] of cases) {
    const { calls, events, handover } = runStage(env, options);
    assert.deepEqual(calls, ['sethostname("box")']);
    assert.deepEqual(events, ["start", "done"]);
    assert.deepEqual(handover.limits, extras.limits);
    assert.equal(handover.noNewPrivs, isConfined);
  }
});

Deno.test("env takes nothing of it where that is asked for", () => {
  const cases: readonly StageOptions[] = [
    { config: extras, environment: ["KRUN_INIT_OCI=0"] },
    { config: { ...extras, environment: ["KRUN_INIT_OCI=0"] } },
    { config: { ...extras, oci: "0" } },
    { config: { ...extras, oci: "1" }, environment: ["KRUN_INIT_OCI=0"] },
  ];
  for (const options of cases) {
    const { calls, handover } = runStage(env, options);
    assert.deepEqual(calls, ['sethostname("localhost")']);
    const { limits, noNewPrivs } = newHandover();
    assert.deepEqual([handover.limits, handover.noNewPrivs], [
      limits,
      noNewPrivs,
    ]);
  }
});

Deno.test("env reports a KRUN_INIT_OCI that is neither 0 nor 1", () => {
  for (const value of ["yes", "11", " 1"]) {
    const { events, handover } = runStage(env, {
      config: extras,
      environment: [`KRUN_INIT_OCI=${value}`],
    });
    assert.deepEqual(events, [
      "start",
      `warn: KRUN_INIT_OCI: ${value} is neither 0 nor 1 (ignored)`,
      "done",
    ]);
    assert.equal(handover.noNewPrivs, false);
  }
  const { events } = runStage(env, { environment: ["KRUN_INIT_OCI="] });
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("env takes KRUN_RLIMITS and HOSTNAME before what the config asks for", () => {
  const { calls, handover } = runStage(env, {
    environment: ["KRUN_RLIMITS=7=3:4", "HOSTNAME=host"],
    config: extras,
  });
  assert.deepEqual(calls, ['sethostname("host")']);
  assert.deepEqual(handover.limits, [
    { resource: 6, soft: 1n, hard: 2n },
    { resource: 7, soft: 3n, hard: 4n },
  ]);
});

Deno.test("env takes FreeBSD's longer host names and its resources", () => {
  const long = "a".repeat(255);
  const { calls, events, handover } = runStage(env, {
    facts: { platform: "freebsd" },
    environment: [`HOSTNAME=${long}`, "KRUN_RLIMITS=NOFILE=1:2"],
  });
  assert.deepEqual(calls, [`sethostname("${long}")`]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover.limits, [{ resource: 8, soft: 1n, hard: 2n }]);
  const tooLong = runStage(env, {
    facts: { platform: "freebsd" },
    environment: [`HOSTNAME=${long}a`],
  });
  assert.deepEqual(tooLong.calls, []);
});
