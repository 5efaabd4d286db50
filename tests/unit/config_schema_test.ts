import assert from "#assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { parseGuestConfig } from "../../stages/formats/guest_config.ts";
import { configSchema, schemaPath } from "../../tools/config/schema.ts";
import { outcome, readVectors } from "./config_vectors.ts";

const validate = new Ajv2020().compile(configSchema());

/** True where the reader passes over nothing. */
function readsAll(value: unknown): boolean {
  const { findings } = parseGuestConfig(JSON.stringify(value));
  return findings.length === 0;
}

Deno.test("config.schema.json is what the code gives (deno task schema)", () => {
  assert.deepEqual(
    JSON.parse(Deno.readTextFileSync(schemaPath)),
    configSchema(),
  );
});

Deno.test("the schema takes whatever the builder writes", () => {
  for (const { name, calls } of readVectors()) {
    const result = outcome(calls);
    if ("json" in result) assert.ok(validate(JSON.parse(result.json)), name);
  }
});

const good = fc.string({ unit: "grapheme" }).filter((value) =>
  !value.includes("\0") && value.isWellFormed()
);
const junk = fc.constantFrom<unknown>(
  ...[true, 5, -2, 1.5, "a\0b", "\ud800", ["a", 5], [null], {}, [[]]],
);

/** A value that is mostly right, and now and then anything. */
function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: junk },
  );
}

const words = mostly(fc.array(good, { maxLength: 3 }));
const directory = mostly(good);
const id = mostly(fc.constantFrom(0, 1, 4294967294, 4294967295));

const optional = { requiredKeys: [] };

const signal = mostly(fc.constantFrom<unknown>(
  ...["", "SIGQUIT", "QUIT", "SIGIOT", "3", "03", "64", "SIGRTMIN+3", "RTMIN"],
  ...["RTMAX-30", "SIGRTMAX", 9, 64],
  ...["SIG", "NONE", "0", "65", "100", "RTMIN+31", "RTMIN-1", "RTMAX+0"],
  ...[" QUIT", 0, 65, 1.5],
));

const limit = fc.constantFrom<unknown>(
  { type: "RLIMIT_NOFILE", soft: 1, hard: 2 },
  { type: "RLIMIT_CPU", soft: -1, hard: -1 },
  { type: "RLIMIT_CPU", soft: 0, hard: 2 ** 64 },
  { type: "RLIMIT_NONE", soft: 1, hard: 2 },
  { type: "NOFILE", soft: 1, hard: 2 },
  { type: "RLIMIT_AS", soft: -2, hard: 2 },
  { type: "RLIMIT_AS", soft: 1.5, hard: 2 },
  { type: "RLIMIT_AS", soft: 1 },
  5,
);

const mount = fc.oneof(
  // The reader passes over a mount without a destination in silence.
  junk.filter((value) => JSON.stringify(value) !== "{}"),
  fc.constant(null),
  fc.record({
    destination: fc.oneof({ weight: 12, arbitrary: good }, junk),
    type: directory,
    source: directory,
    options: words,
  }, { requiredKeys: ["destination"] }),
);

/** What every form may have. */
const common = {
  Entrypoint: words,
  hostname: mostly(good),
  mounts: mostly(fc.array(mount, { maxLength: 2 })),
  annotations: mostly(
    fc.record({
      "krun-init.oci": mostly(fc.constantFrom<unknown>("0", "1", "2", 1)),
      "org.opencontainers.image.stopSignal": signal,
      other: junk,
    }, { requiredKeys: [] }),
  ),
  StopSignal: signal,
};

const oci = fc.record({
  ...common,
  process: mostly(fc.record({
    args: words,
    env: words,
    cwd: directory,
    user: mostly(fc.record({
      uid: id,
      gid: id,
      username: directory,
      umask: mostly(fc.constantFrom(0, 511, 512)),
      additionalGids: mostly(fc.array(fc.constantFrom<unknown>(1, -1, "1"))),
    }, optional)),
    rlimits: mostly(fc.array(limit, { maxLength: 2 })),
    noNewPrivileges: mostly(fc.boolean()),
    terminal: mostly(fc.boolean()),
    consoleSize: mostly(fc.record({
      height: mostly(fc.constantFrom(0, 24, 65535, 65536)),
      width: mostly(fc.constantFrom(0, 80, -1)),
    }, optional)),
    ioPriority: mostly(fc.record({
      class: mostly(fc.constantFrom("IOPRIO_CLASS_BE", "", "BE")),
      priority: mostly(fc.constantFrom(0, 7, 8)),
    }, optional)),
    scheduler: mostly(fc.record({
      policy: mostly(fc.constantFrom("SCHED_BATCH", "SCHED_NONE")),
      flags: mostly(
        fc.array(fc.constantFrom("SCHED_FLAG_RESET_ON_FORK", "RECLAIM"), {
          maxLength: 2,
        }),
      ),
      nice: mostly(fc.constantFrom(-20, 19, 20)),
      priority: mostly(fc.constantFrom(0, 99, 100)),
      period: mostly(fc.constantFrom(0, 2 ** 53)),
    }, optional)),
    oomScoreAdj: mostly(fc.constantFrom(0, -1000, 1000, 1001, -1001, 0.5)),
    capabilities: mostly(fc.record({
      bounding: mostly(
        fc.array(fc.constantFrom("CAP_CHOWN", "CAP_NO", "KILL")),
      ),
      ambient: mostly(fc.constant(["CAP_BPF"])),
    }, optional)),
  }, optional)),
  root: mostly(fc.record({ readonly: mostly(fc.boolean()) }, optional)),
  linux: mostly(fc.record({
    sysctl: mostly(fc.dictionary(
      fc.constantFrom("net.ipv4.ip_forward", "a/b.c", "a..b", "", ".", "x\0"),
      mostly(good),
      { maxKeys: 2 },
    )),
    maskedPaths: words,
    readonlyPaths: words,
  }, optional)),
}, optional);

const flat = fc.record(
  { ...common, args: words, env: words, cwd: directory, uid: id, gid: id },
  optional,
);

const docker = fc.record(
  { ...common, Cmd: words, Env: words, WorkingDir: directory, User: directory },
  optional,
);

const anyForm = fc.oneof(oci, flat, docker);

const file = fc.oneof(
  anyForm,
  fc.record({ Config: fc.oneof(anyForm, junk), Id: junk }),
  fc.record({ config: fc.oneof(anyForm, junk), rootfs: junk }),
  fc.array(
    fc.record({ Id: fc.constant("1f"), Config: anyForm, Args: words }),
    { minLength: 1, maxLength: 1 },
  ),
);

Deno.test("the schema takes a config just where the reader has nothing to find", () => {
  let taken = 0;
  let refused = 0;
  fc.assert(
    fc.property(file, (value) => {
      // As it is in a file: JSON has no undefined.
      const isValid = validate(JSON.parse(JSON.stringify(value)));
      assert.equal(isValid, readsAll(value), JSON.stringify(validate.errors));
      if (isValid) taken += 1;
      else refused += 1;
    }),
    { numRuns: 3000 },
  );
  // Neither side of it is idle.
  assert.ok(taken > 300 && refused > 300, `${taken} taken, ${refused} refused`);
});

Deno.test("the schema refuses what is wrong in each field", () => {
  const wrong: readonly unknown[] = [
    { process: [] },
    { process: { args: "x" } },
    { process: { env: [1] } },
    { process: { cwd: ["/"] } },
    { process: { user: { uid: 2 ** 32 - 1 } } },
    { process: { user: { umask: 512 } } },
    { process: { rlimits: [{ type: "NOFILE", soft: 1, hard: 1 }] } },
    { process: { noNewPrivileges: "yes" } },
    { process: { terminal: "yes" } },
    { process: { consoleSize: { height: 1.5 } } },
    { StopSignal: "SIGNONE" },
    { hostname: 5 },
    { mounts: [null] },
    { mounts: [{ destination: "/t", options: "ro" }] },
    { Cmd: "x" },
    { User: 1000 },
    { annotations: { "krun-init.oci": true } },
    { WorkingDir: 1 },
    { Config: { Env: {} } },
    { config: { process: { cwd: 1 } } },
    { args: ["a\0"] },
    [],
  ];
  for (const value of wrong) assert.ok(!validate(value), JSON.stringify(value));
});

Deno.test("the schema takes fields that it does not know", () => {
  const value = {
    ociVersion: "1.2.0",
    process: { selinuxLabel: true, args: ["a"], later: {} },
    later: 5,
  };
  assert.ok(validate(value));
  assert.ok(readsAll(value));
});
