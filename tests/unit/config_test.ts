import assert from "#assert";
import { config } from "../../stages/config.ts";
import { emptyConfig } from "../../stages/formats/guest_config.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
  type StageRun,
} from "./stage_helper.ts";

const readDefault = 'read("/.krun_config.json", first root)';

/** Runs the stage on a config file of these bytes. */
function runWith(
  file: string | Uint8Array,
  options: StageOptions = {},
): StageRun {
  const bytes = typeof file === "string"
    ? new TextEncoder().encode(file)
    : file;
  return runStage(config, {
    ...options,
    answers: { readFileIn: () => bytes },
  });
}

Deno.test("config reads the default file in the first root, once", () => {
  const asked: unknown[] = [];
  const { calls, events, config: read } = runStage(config, {
    facts: { root: 42 },
    answers: {
      readFileIn(root, path) {
        asked.push([root, path]);
        return new TextEncoder().encode(
          '{"process":{"args":["/a"],"env":["A=ü"],"cwd":"/w"}}',
        );
      },
    },
  });
  assert.deepEqual(calls, [readDefault]);
  assert.deepEqual(asked, [[42, "/.krun_config.json"]]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(read, {
    ...emptyConfig,
    args: ["/a"],
    environment: ["A=ü"],
    cwd: "/w",
  });
});

Deno.test("config leaves it at the file that an earlier stage has found", () => {
  const { calls, events, config: read } = runStage(config, {
    ...{ hasConfig: true, config: { args: ["/a"] } },
    environment: ["KRUN_BLOCK_ROOT_DEVICE=/dev/vda"],
  });
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(read.args, ["/a"]);
});

Deno.test("config looks only in a new root where an earlier stage has looked in vain", () => {
  assert.deepEqual(runStage(config, { hasConfig: false }).calls, []);
  const { calls } = runStage(config, {
    hasConfig: false,
    environment: ["KRUN_BLOCK_ROOT_DEVICE=/dev/vda"],
  });
  assert.deepEqual(calls, ['read("/.krun_config.json")']);
});

Deno.test("config goes on silently without a default file", () => {
  const run = runStage(config);
  assert.deepEqual(run.calls, [readDefault]);
  assert.deepEqual(run.events, ["start", "done"]);
  assert.deepEqual(run.config, emptyConfig);
});

Deno.test("config reads the file that KRUN_CONFIG names, and no other", () => {
  const run = runStage(config, {
    environment: [...kernelEnvironment, "KRUN_CONFIG=/tmp/krun.json"],
    answers: { readFileIn: () => new TextEncoder().encode('{"Cmd":["x"]}') },
  });
  assert.deepEqual(run.calls, ['read("/tmp/krun.json", first root)']);
  assert.deepEqual(run.config.args, ["x"]);
});

Deno.test("config reports that a file which KRUN_CONFIG names is missing", () => {
  for (const path of ["/none", ""]) {
    const run = runStage(config, {
      environment: [...kernelEnvironment, `KRUN_CONFIG=${path}`],
    });
    assert.deepEqual(run.calls, [`read("${path}", first root)`]);
    assert.deepEqual(run.events, [
      "start",
      `warn: No config file at ${path}`,
      "done",
    ]);
    assert.deepEqual(run.config, emptyConfig);
  }
});

Deno.test("config reads the file of a block root where the first root has none", () => {
  const environment = [
    ...kernelEnvironment,
    "KRUN_BLOCK_ROOT_DEVICE=/dev/vda",
  ];
  const readInNewRoot = 'read("/.krun_config.json")';
  const run = runStage(config, {
    environment,
    answers: { readFile: () => new TextEncoder().encode('{"Cmd":["x"]}') },
    failures: { [readDefault]: "ENOENT" },
  });
  assert.deepEqual(run.calls, [readDefault, readInNewRoot]);
  assert.deepEqual(run.events, ["start", "done"]);
  assert.deepEqual(run.config.args, ["x"]);

  const none = runStage(config, { environment });
  assert.deepEqual(none.calls, [readDefault, readInNewRoot]);
  assert.deepEqual(none.events, ["start", "done"]);
  assert.deepEqual(none.config, emptyConfig);

  const unreadable = runStage(config, {
    environment,
    failures: { [readInNewRoot]: "EIO" },
  });
  assert.deepEqual(unreadable.events, [
    "start",
    `fail: ${readInNewRoot}: EIO`,
  ]);
});

Deno.test("config takes the init's own variables from a block root's file, too", () => {
  const text = '{"Cmd":["x"],"Env":["KRUN_INIT_OCI=1","A=b","KRUN_A=c"]}';
  const kernels = ["KRUN_BLOCK_ROOT_DEVICE=/dev/vda", "KRUN_A=k"];
  const { environment } = runStage(config, {
    hasConfig: false,
    environment: kernels,
    answers: { readFile: () => new TextEncoder().encode(text) },
  });
  assert.deepEqual(environment, [...kernels, "KRUN_INIT_OCI=1"]);
});

Deno.test("config reads the file of a TEE's disk where the initramfs has none", () => {
  for (const feature of ["amd-sev", "tdx"] as const) {
    const run = runStage(config, {
      facts: { features: [feature] },
      answers: { readFile: () => new TextEncoder().encode('{"Cmd":["x"]}') },
    });
    assert.deepEqual(run.calls, [readDefault, 'read("/.krun_config.json")']);
    assert.deepEqual(run.config.args, ["x"]);
  }
});

Deno.test("config takes the first root's file before that of a block root", () => {
  const run = runStage(config, {
    environment: ["KRUN_BLOCK_ROOT_DEVICE=/dev/vda"],
    answers: { readFileIn: () => new TextEncoder().encode('{"Cmd":["x"]}') },
  });
  assert.deepEqual(run.calls, [readDefault]);
  assert.deepEqual(run.config.args, ["x"]);
});

/** Ways to name the command elsewhere, or to insist on upstream's way. */
const others: readonly StageOptions[] = [
  { environment: ["KRUN_INIT=/bin/app"] },
  { facts: { args: ["/init.krun", "/bin/app"] } },
  { environment: ["KRUN_CONFIG_LENIENT=1"] },
];

Deno.test("config ends the boot where the file can't be read and nothing else names the command", () => {
  for (const errno of ["EACCES", "EISDIR", "EIO", "ENOSYS"]) {
    const failures = { [readDefault]: errno };
    assert.deepEqual(runStage(config, { failures }).events, [
      "start",
      `fail: ${readDefault}: ${errno}`,
    ]);
    for (const options of others) {
      const { events, config: read } = runStage(config, {
        ...options,
        failures,
      });
      assert.deepEqual(events, [
        "start",
        `warn: ${readDefault}: ${errno} (going on without a config)`,
        "done",
      ]);
      assert.deepEqual(read, emptyConfig);
    }
  }
});

const notUtf8 = new Uint8Array([
  ...new TextEncoder().encode('{"args":["a'),
  ...[0xff, 0x22, 0x5d, 0x7d],
]);

/** Files that say nothing, and why. */
const useless: readonly (readonly [string | Uint8Array, RegExp])[] = [
  ["", /line 1, column 1: a value is missing$/],
  ["{", /line 1, column 2: a closing brace is missing$/],
  ['{"args":["a"]} {}', /line 1, column 16: text behind the end$/],
  ["[]", /Not a JSON object but an array$/],
  ["null", /Not a JSON object but null$/],
  ['"a"', /Not a JSON object but a string$/],
  [notUtf8, /Not UTF-8$/],
];

Deno.test("config ends the boot where the file is no JSON object and nothing else names the command", () => {
  for (const [file, reason] of useless) {
    const [, event = "", ...rest] = runWith(file).events;
    assert.match(event, /^fail: \/\.krun_config\.json: /);
    assert.match(event, reason);
    assert.deepEqual(rest, []);
    for (const options of others) {
      const { events, config: read } = runWith(file, options);
      const [start = "", end] = (events[1] ?? "").split(/ (?=\()/);
      assert.match(start, /^warn: \/\.krun_config\.json: /);
      assert.match(start, reason);
      assert.equal(end, "(going on without a config)");
      assert.equal(events.length, 3);
      assert.deepEqual(read, emptyConfig);
    }
  }
});

Deno.test("config ends the boot where the command or the user is of a wrong type", () => {
  const cases = [
    ['{"args":"/bin/server --port 80"}', "args: a string, not an array"],
    [
      '{"process":{"args":["/a",1]}}',
      "process.args[1]: a number, not a string",
    ],
    ['{"Cmd":["a"],"Entrypoint":5}', "Entrypoint: a number, not an array"],
    ['{"Config":{"Cmd":{}}}', "Config.Cmd: an object, not an array"],
    ['{"process":[]}', "process: an array, not an object"],
    ['{"args":["a\\u0000b"]}', "args[0]: has a NUL in it"],
    [
      '{"process":{"user":{"uid":"1"}}}',
      "process.user.uid: a string, not a whole number from 0 to 4294967294",
    ],
    ['{"User":5}', "User: a number, not a string"],
  ] as const;
  for (const [text, finding] of cases) {
    const said = (kind: string, event = ""): void =>
      assert.match(
        event.replace(finding, "FINDING"),
        new RegExp(
          `^${kind}: /\\.krun_config\\.json: line 1, column \\d+: FINDING$`,
        ),
      );
    const { events } = runWith(text);
    said("fail", events[1]);
    assert.equal(events.length, 2, text);
    for (const options of others) {
      const { events } = runWith(text, options);
      said("warn", events[1]);
      assert.equal(events.length, 3);
    }
  }
});

Deno.test("config tells all that it found before it ends the boot", () => {
  assert.deepEqual(runWith('{"env":[1],"args":[2,"a",3]}').events, [
    "start",
    "warn: /.krun_config.json: line 1, column 26: args[2]: a number, not a string",
    "warn: /.krun_config.json: line 1, column 9: env[0]: a number, not a string",
    "fail: /.krun_config.json: line 1, column 20: args[0]: a number, not a string",
  ]);
});

Deno.test("config skips a byte order mark", () => {
  const { events, config: read } = runWith('\ufeff{"args":["/a"],"env":5}');
  assert.deepEqual(events, [
    "start",
    "warn: /.krun_config.json: line 1, column 22: env: a number, not an array",
    "done",
  ]);
  assert.deepEqual(read.args, ["/a"]);
});

Deno.test("config reports fields that it passes over, and takes the others", () => {
  const run = runWith('{"process":{"args":["a"],"env":5,"cwd":"/w"}}');
  assert.deepEqual(run.events, [
    "start",
    "warn: /.krun_config.json: line 1, column 32: process.env: a number, not an array",
    "done",
  ]);
  assert.deepEqual(run.config, { ...emptyConfig, args: ["a"], cwd: "/w" });
});
