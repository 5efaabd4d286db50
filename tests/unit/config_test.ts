import assert from "#assert";
import { config } from "../../stages/config.ts";
import { emptyConfig } from "../../stages/formats/guest_config.ts";
import { kernelEnvironment, runStage, type StageRun } from "./stage_helper.ts";

const readDefault = 'read("/.krun_config.json", first root)';

/** Runs the stage on a config file of these bytes. */
function runWith(file: string | Uint8Array): StageRun {
  const bytes = typeof file === "string"
    ? new TextEncoder().encode(file)
    : file;
  return runStage(config, { answers: { readFileIn: () => bytes } });
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

Deno.test("config takes the file that an earlier stage has read, and looks for no other", () => {
  const file = (text: string): Uint8Array => new TextEncoder().encode(text);
  const { calls, config: read } = runStage(config, {
    configFile: { path: "/mnt/c", bytes: file('{"args":["/a"]}') },
  });
  assert.deepEqual(calls, []);
  assert.deepEqual(read.args, ["/a"]);
  const { events } = runStage(config, {
    configFile: { path: "/mnt/c", bytes: file('{"args":5}') },
  });
  assert.deepEqual(events, [
    "start",
    "warn: /mnt/c: line 1, column 9: args: a number, not an array",
    "done",
  ]);
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
    `warn: ${readInNewRoot}: EIO`,
    "done",
  ]);
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

Deno.test("config reports a file that it can't read, and the boot goes on", () => {
  for (const errno of ["EACCES", "EISDIR", "EIO"]) {
    const run = runStage(config, { failures: { [readDefault]: errno } });
    assert.deepEqual(run.events, [
      "start",
      `warn: ${readDefault}: ${errno}`,
      "done",
    ]);
    assert.deepEqual(run.config, emptyConfig);
  }
});

Deno.test("config reports a file that is no JSON object, and goes on without it", () => {
  for (const file of ["", "{", '{"args":["a"]} x', "[]", "null", '"a"']) {
    const run = runWith(file);
    assert.equal(run.events.length, 3);
    assert.match(
      run.events[1] ?? "",
      /^warn: \/\.krun_config\.json: .* \(going on without a config\)$/,
    );
    assert.deepEqual(run.config, emptyConfig);
  }
  assert.deepEqual(runWith("[]").events, [
    "start",
    "warn: /.krun_config.json: Not a JSON object but an array (going on without a config)",
    "done",
  ]);
});

Deno.test("config reports a file that is not UTF-8, and goes on without it", () => {
  const start = new TextEncoder().encode('{"args":["a');
  const run = runWith(new Uint8Array([...start, 0xff, 0x22, 0x5d, 0x7d]));
  assert.deepEqual(run.events, [
    "start",
    "warn: /.krun_config.json: Not UTF-8 (going on without a config)",
    "done",
  ]);
  assert.deepEqual(run.config, emptyConfig);
});

Deno.test("config reports fields that it passes over, and takes the others", () => {
  const run = runWith('{"process":{"args":["a",1],"env":5,"cwd":"/w"}}');
  assert.deepEqual(run.events, [
    "start",
    "warn: /.krun_config.json: line 1, column 25: process.args[1]: a number, not a string",
    "warn: /.krun_config.json: line 1, column 34: process.env: a number, not an array",
    "done",
  ]);
  assert.deepEqual(run.config, { ...emptyConfig, args: ["a"], cwd: "/w" });
});
