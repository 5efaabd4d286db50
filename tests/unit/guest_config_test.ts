import assert from "#assert";
import fc from "fast-check";
import { isUnicode } from "../../ffi/bytes.ts";
import {
  emptyConfig,
  type GuestConfig,
  type ParsedConfig,
  parseGuestConfig,
} from "../../stages/formats/guest_config.ts";

/** Parses a value written as JSON, in which nothing is to be wrong. */
function configOf(value: unknown): GuestConfig {
  const { config, findings } = parseGuestConfig(JSON.stringify(value));
  assert.deepEqual(findings, []);
  return config;
}

/** The findings of a value written as JSON, each as `path: message`. */
function findingsOf(value: unknown): readonly string[] {
  return parseGuestConfig(JSON.stringify(value)).findings
    .map(({ path, message }) => `${path}: ${message}`);
}

Deno.test("parseGuestConfig() reads the runtime specification's form", () => {
  assert.deepEqual(
    configOf({
      ociVersion: "1.0.2",
      process: {
        terminal: true,
        user: { uid: 1000 },
        args: ["/bin/sh", "-c", "true"],
        env: ["PATH=/bin", "A=b=c"],
        cwd: "/srv",
      },
      root: { path: "rootfs" },
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        {
          destination: "/tmp",
          type: "tmpfs",
          source: "tmpfs",
          options: ["size=65536k"],
        },
        { destination: "/data" },
      ],
    }),
    {
      args: ["/bin/sh", "-c", "true"],
      environment: ["PATH=/bin", "A=b=c"],
      cwd: "/srv",
      mounts: [
        { destination: "/proc", type: "proc", source: "proc" },
        {
          destination: "/tmp",
          type: "tmpfs",
          source: "tmpfs",
          options: ["size=65536k"],
        },
        { destination: "/data" },
      ],
      terminal: { rows: 0, columns: 0 },
      user: { uid: 1000, gid: 0, groups: [] },
      limits: [],
      noNewPrivs: false,
    },
  );
});

Deno.test("parseGuestConfig() reads Docker's form", () => {
  assert.deepEqual(
    configOf({
      Entrypoint: ["/e", "-f"],
      Cmd: ["n"],
      Env: ["PATH=/p"],
      WorkingDir: "/w",
      User: "nobody",
    }),
    {
      ...emptyConfig,
      args: ["/e", "-f", "n"],
      environment: ["PATH=/p"],
      cwd: "/w",
      user: "nobody",
    },
  );
});

Deno.test("parseGuestConfig() reads the flat form of libkrun's own tests", () => {
  assert.deepEqual(
    configOf({ args: ["/a"], env: ["A=1"], cwd: "/c" }),
    { ...emptyConfig, args: ["/a"], environment: ["A=1"], cwd: "/c" },
  );
});

Deno.test("parseGuestConfig() finds nothing to do in an object without known fields", () => {
  for (const value of [{}, { process: {} }, { hooks: [1] }, { mounts: [] }]) {
    assert.deepEqual(configOf(value), emptyConfig);
  }
});

Deno.test("parseGuestConfig() puts the entrypoint before the arguments of every form", () => {
  const forms: readonly (readonly [unknown, readonly string[]])[] = [
    [{ Entrypoint: ["/e"] }, ["/e"]],
    [{ Entrypoint: ["/e"], Cmd: [] }, ["/e"]],
    [{ Entrypoint: [], Cmd: ["x"] }, ["x"]],
    [{ Entrypoint: null, Cmd: ["x"] }, ["x"]],
    [{ Entrypoint: ["/e"], args: ["x"] }, ["/e", "x"]],
    [{ Entrypoint: ["/e"], process: { args: ["x"] } }, ["/e", "x"]],
    // In the process object there is no entrypoint.
    [{ process: { Entrypoint: ["/e"], args: ["x"] } }, ["x"]],
  ];
  for (const [value, args] of forms) {
    assert.deepEqual(configOf(value).args, args);
  }
});

Deno.test("parseGuestConfig() passes over the flat fields where there is a process object", () => {
  assert.deepEqual(
    configOf({
      process: {},
      args: ["x"],
      env: ["A=1"],
      cwd: "/c",
      Entrypoint: ["/e"],
    }),
    { ...emptyConfig, args: ["/e"] },
  );
  assert.deepEqual(
    configOf({ process: null, Cmd: ["x"] }),
    { ...emptyConfig, args: ["x"], user: "" },
  );
});

Deno.test("parseGuestConfig() takes the runtime specification's name before Docker's", () => {
  assert.deepEqual(configOf({ Cmd: ["b"], args: ["a"] }).args, ["a"]);
  assert.deepEqual(configOf({ Env: ["B=1"], env: ["A=1"] }).environment, [
    "A=1",
  ]);
  assert.equal(configOf({ Cwd: "/3", WorkingDir: "/2", cwd: "/1" }).cwd, "/1");
  assert.equal(configOf({ Cwd: "/3", WorkingDir: "/2" }).cwd, "/2");
  assert.equal(configOf({ Cwd: "/3" }).cwd, "/3");
});

Deno.test("parseGuestConfig() takes null as not there", () => {
  const value = {
    process: null,
    args: null,
    Cmd: ["b"],
    cwd: null,
    WorkingDir: "/w",
    env: null,
    mounts: null,
    Entrypoint: null,
  };
  assert.deepEqual(configOf(value), {
    ...emptyConfig,
    args: ["b"],
    cwd: "/w",
    user: "",
  });
});

Deno.test("parseGuestConfig() takes names in any case where there is no exact one", () => {
  assert.deepEqual(
    configOf({
      ENTRYPOINT: ["/e"],
      cmd: ["x"],
      ENV: ["A=1"],
      workingDIR: "/w",
    }),
    {
      ...emptyConfig,
      args: ["/e", "x"],
      environment: ["A=1"],
      cwd: "/w",
    },
  );
  assert.deepEqual(configOf({ ENV: ["B=1"], Env: ["A=1"] }).environment, [
    "A=1",
  ]);
  assert.equal(configOf({ CWD: "/b", Cwd: "/a" }).cwd, "/a");
  assert.deepEqual(configOf({ cmd: ["x"], ARGS: ["y"] }).args, ["x"]);
  assert.deepEqual(configOf({ ARGS: ["x"], Cmd: ["y"] }).args, ["y"]);
  assert.deepEqual(configOf({ process: { Args: ["x"] } }).args, ["x"]);
  assert.deepEqual(configOf({ argss: ["x"], arg: ["y"] }).args, []);
});

Deno.test("parseGuestConfig() takes an empty working directory as none", () => {
  for (const value of [{ cwd: "" }, { WorkingDir: "" }, { Cwd: "" }]) {
    assert.equal(configOf(value).cwd, undefined);
  }
  assert.equal(configOf({ process: { args: ["a"], cwd: "" } }).cwd, undefined);
});

Deno.test("parseGuestConfig() reads the nested form of a saved image and of muvm", () => {
  const nested = { Cmd: ["x"], Env: ["A=1"], Entrypoint: ["/e"] };
  const expected = {
    ...emptyConfig,
    args: ["/e", "x"],
    environment: ["A=1"],
    user: "",
  };
  for (
    const value of [
      { Config: nested },
      { config: nested },
      { architecture: "amd64", config: nested, rootfs: {}, Id: "x" },
      { config: { Cmd: ["no"] }, Config: nested },
    ]
  ) {
    assert.deepEqual(configOf(value), expected);
  }
});

Deno.test("parseGuestConfig() takes the top where it says anything itself", () => {
  const Config = { Cmd: ["no"], Env: ["NO=1"] };
  const tops: readonly (readonly [Record<string, unknown>, GuestConfig])[] = [
    [{ Cmd: ["x"] }, { ...emptyConfig, args: ["x"], user: "" }],
    [{ cmd: ["x"] }, { ...emptyConfig, args: ["x"] }],
    [{ Entrypoint: ["x"] }, { ...emptyConfig, args: ["x"], user: "" }],
    [{ env: ["A=1"] }, { ...emptyConfig, environment: ["A=1"] }],
    [{ cwd: "/c" }, { ...emptyConfig, cwd: "/c" }],
    [{ process: {} }, emptyConfig],
    [{ mounts: [] }, emptyConfig],
  ];
  for (const [top, expected] of tops) {
    assert.deepEqual(configOf({ ...top, Config }), expected);
  }
  assert.deepEqual(configOf({ Config: { Config } }).args, []);
  assert.deepEqual(configOf({ Config: 5, config: { Cmd: ["x"] } }).args, ["x"]);
});

Deno.test("parseGuestConfig() keeps the rest where one field has a wrong type", () => {
  const value = {
    process: { args: ["a"], env: "A=1", cwd: 5 },
    Entrypoint: { 0: "/e" },
    mounts: { destination: "/t" },
  };
  const { config } = parseGuestConfig(JSON.stringify(value));
  assert.deepEqual(config, { ...emptyConfig, args: ["a"] });
  assert.deepEqual(findingsOf(value), [
    "Entrypoint: an object, not an array",
    "process.env: a string, not an array",
    "process.cwd: a number, not a string",
    "mounts: an object, not an array",
  ]);
});

Deno.test("parseGuestConfig() passes over single strings that are none", () => {
  const value = { Cmd: ["a", 1, null, ["b"], {}, true, "c"], Env: [null] };
  const { config } = parseGuestConfig(JSON.stringify(value));
  assert.deepEqual(config.args, ["a", "c"]);
  assert.deepEqual(findingsOf(value), [
    "Cmd[1]: a number, not a string",
    "Cmd[2]: null, not a string",
    "Cmd[3]: an array, not a string",
    "Cmd[4]: an object, not a string",
    "Cmd[5]: a boolean, not a string",
    "Env[0]: null, not a string",
  ]);
});

Deno.test("parseGuestConfig() passes over strings that no argument can be", () => {
  const value = { args: ["a\0b", "\udcff", "c"], cwd: "/\0" };
  const { config } = parseGuestConfig(JSON.stringify(value));
  assert.deepEqual(config, { ...emptyConfig, args: ["c"] });
  assert.deepEqual(findingsOf(value), [
    "args[0]: has a NUL in it",
    "args[1]: has half a surrogate pair in it",
    "cwd: has a NUL in it",
  ]);
});

Deno.test("parseGuestConfig() passes over mounts that are none, and wrong fields of others", () => {
  const value = {
    mounts: [
      5,
      null,
      { type: "tmpfs" },
      { destination: null, source: "x" },
      { destination: 1 },
      { destination: "/a", type: 2, source: null },
      { destination: "/b", type: "tmpfs", source: [] },
    ],
  };
  const { config } = parseGuestConfig(JSON.stringify(value));
  assert.deepEqual(config.mounts, [
    { destination: "/a" },
    { destination: "/b", type: "tmpfs" },
  ]);
  assert.deepEqual(findingsOf(value), [
    "mounts[0]: a number, not an object",
    "mounts[1]: null, not an object",
    "mounts[2]: has no destination",
    "mounts[3]: has no destination",
    "mounts[4].destination: a number, not a string",
    "mounts[5].type: a number, not a string",
    "mounts[6].source: an array, not a string",
  ]);
});

Deno.test("parseGuestConfig() uses the flat fields where process is no object", () => {
  const value = { process: ["no"], args: ["a"] };
  assert.deepEqual(
    parseGuestConfig(JSON.stringify(value)).config.args,
    ["a"],
  );
  assert.deepEqual(findingsOf(value), ["process: an array, not an object"]);
});

Deno.test("parseGuestConfig() names the whole path in a nested form", () => {
  assert.deepEqual(findingsOf({ Config: { Cmd: [1], mounts: [2] } }), [
    "Config.Cmd[0]: a number, not a string",
    "Config.mounts[0]: a number, not an object",
  ]);
  assert.deepEqual(findingsOf({ config: { process: { cwd: 1 } } }), [
    "config.process.cwd: a number, not a string",
  ]);
});

Deno.test("parseGuestConfig() refuses what is not JSON", () => {
  const texts = ["", " ", "{", "{}x", '{"args":["a"]', "{'a':1}"];
  for (const text of texts) {
    assert.throws(() => parseGuestConfig(text), { name: "SyntaxError" });
  }
});

Deno.test("parseGuestConfig() refuses JSON that is no object", () => {
  const kinds: Record<string, string> = {
    "[]": "an array",
    "null": "null",
    '"a"': "a string",
    "1": "a number",
    "true": "a boolean",
  };
  for (const [text, kind] of Object.entries(kinds)) {
    assert.throws(() => parseGuestConfig(text), {
      name: "SyntaxError",
      message: `Not a JSON object but ${kind}`,
    });
  }
});

Deno.test("parseGuestConfig() decodes escapes and reads other scripts", () => {
  const { config } = parseGuestConfig(
    String.raw`{"args":["ü","\u00fc","\ud83d\udc80","\"\\\/\t\n"]}`,
  );
  assert.deepEqual(config.args, ["ü", "ü", "\u{1f480}", '"\\/\t\n']);
});

Deno.test("parseGuestConfig() is not confused by the names of JavaScript's own objects", () => {
  const text =
    '{"__proto__":{"args":["no"]},"constructor":1,"toString":2,"hasOwnProperty":3}';
  const { config, findings } = parseGuestConfig(text);
  assert.deepEqual(config, emptyConfig);
  assert.deepEqual(findings, []);
});

Deno.test("parseGuestConfig() takes unknown fields of any depth and size", () => {
  const depth = 50_000;
  const deep = `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const { config } = parseGuestConfig(`{"deep":${deep},"args":["a"]}`);
  assert.deepEqual(config.args, ["a"]);
  const long = "x".repeat(1_000_000);
  assert.deepEqual(configOf({ long, args: [long] }).args, [long]);
});

/** Every name that has a meaning somewhere, and some that have none. */
const fieldName = fc.constantFrom(
  ...["process", "mounts", "Config", "config", "Entrypoint", "entrypoint"],
  ...["args", "Cmd", "CMD", "env", "Env", "cwd", "WorkingDir", "Cwd"],
  ...["destination", "type", "source", "other"],
);

const text = fc.oneof(
  fc.string(),
  fc.constantFrom("", "A=1", "/w", "a\0b", "\udcff", "ä"),
);

/** JSON in which the fields stand where they may, with any values. */
const configLike = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 5),
    text,
    fc.array(text, { maxLength: 3 }),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(fieldName, tie("value"), { maxKeys: 6 }),
})).object;

/** What stands at a finding's path. */
function valueAt(value: unknown, path: string): unknown {
  return path.split(/[.[\]]+/).filter((step) => step !== "")
    .reduce((at, step) => (at as Record<string, unknown>)[step], value);
}

function isGoodString(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\0") && isUnicode(value);
}

Deno.test("parseGuestConfig() takes any JSON object, gives only strings and says where the rest is", () => {
  fc.assert(
    fc.property(fc.oneof(configLike, fc.object()), (value) => {
      const json = JSON.stringify(value);
      const { config, findings } = parseGuestConfig(json);
      const { args, environment, cwd, mounts } = config;
      for (const word of [...args, ...environment]) {
        assert.ok(isGoodString(word));
      }
      assert.ok(cwd === undefined || (cwd !== "" && isGoodString(cwd)));
      for (const { destination, type = "", source = "" } of mounts) {
        assert.ok([destination, type, source].every(isGoodString));
      }
      for (const { path, message } of findings) {
        const found = valueAt(JSON.parse(json), path);
        assert.notEqual(found, undefined, path);
        if (message.endsWith("not a string")) {
          assert.notEqual(typeof found, "string", path);
        } else if (message.endsWith("not an array")) {
          assert.ok(!Array.isArray(found), path);
        } else if (message.endsWith("not an object")) {
          assert.ok(
            typeof found !== "object" || found === null || Array.isArray(found),
            path,
          );
        } else {
          assert.match(message, /^has /);
          assert.ok(!isGoodString(found), path);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseGuestConfig() throws nothing but SyntaxError, whatever the text", () => {
  const parse = (json: string): ParsedConfig | undefined => {
    try {
      return parseGuestConfig(json);
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  };
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.json(),
        // JSON with one character changed.
        fc.tuple(configLike, fc.nat(), fc.string({ maxLength: 1 })).map(
          ([value, at, put]) => {
            const json = JSON.stringify(value);
            const cut = at % (json.length + 1);
            return `${json.slice(0, cut)}${put}${json.slice(cut + 1)}`;
          },
        ),
      ),
      (json) => {
        const parsed = parse(json);
        assert.ok(parsed === undefined || Array.isArray(parsed.config.args));
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("parseGuestConfig() reads back what is written in any of the forms", () => {
  const word = fc.string({ unit: "grapheme" }).filter(isGoodString);
  const words = fc.array(word);
  fc.assert(
    fc.property(
      words,
      words,
      words,
      word,
      (entrypoint, args, environment, cwd) => {
        const expected = {
          ...emptyConfig,
          args: [...entrypoint, ...args],
          environment,
          cwd: cwd === "" ? undefined : cwd,
        };
        const docker = {
          Entrypoint: entrypoint,
          Cmd: args,
          Env: environment,
          WorkingDir: cwd,
        };
        const process = { args, env: environment, cwd };
        for (
          const form of [
            { process, Entrypoint: entrypoint },
            { ...process, Entrypoint: entrypoint },
            docker,
            { Config: docker },
            { config: docker },
          ]
        ) {
          const { user: _, ...config } = configOf(form);
          assert.deepEqual(config, expected);
        }
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("parseGuestConfig() reads what the runtime specification has beyond upstream", () => {
  const { config, findings } = parseGuestConfig(JSON.stringify({
    hostname: "box",
    annotations: { "krun-init.oci": "1" },
    process: {
      user: { uid: 1, gid: 2, umask: 18, additionalGids: [3, 4] },
      noNewPrivileges: true,
      rlimits: [
        { type: "RLIMIT_NOFILE", soft: 1024, hard: 2 ** 64 },
        { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      ],
    },
  }));
  assert.deepEqual(findings, []);
  assert.deepEqual(config, {
    ...emptyConfig,
    oci: "1",
    hostname: "box",
    user: { uid: 1, gid: 2, umask: 18, groups: [3, 4] },
    noNewPrivs: true,
    limits: [
      { resource: 7, soft: 1024n, hard: 0xffff_ffff_ffff_ffffn },
      { resource: 4, soft: 0n, hard: 0n },
    ],
  });
});

Deno.test("parseGuestConfig() takes 0 and 1 as how much of it counts, and finds anything else", () => {
  const parse = (value: unknown): ParsedConfig =>
    parseGuestConfig(
      JSON.stringify({ annotations: { "krun-init.oci": value } }),
    );
  assert.equal(parse("0").config.oci, "0");
  assert.equal(parse("1").config.oci, "1");
  for (const value of [null, undefined]) {
    assert.deepEqual(parse(value), {
      config: emptyConfig,
      findings: [],
      omitted: 0,
    });
  }
  for (const value of ["", "true", 1, true, {}]) {
    const { config, findings } = parse(value);
    assert.deepEqual(config, emptyConfig);
    assert.deepEqual(
      findings.map(({ path, message }) => `${path}: ${message}`),
      ['annotations.krun-init.oci: neither "0" nor "1"'],
    );
  }
});

Deno.test("parseGuestConfig() reads the user of an image, who is root where none is named", () => {
  const users: readonly (readonly [unknown, GuestConfig["user"]])[] = [
    [{ Cmd: ["/x"], User: "web:staff" }, "web:staff"],
    [{ Config: { User: "1000" } }, "1000"],
    [{ config: { Cmd: ["/x"], User: null } }, ""],
    [{ Entrypoint: null }, ""],
    [{ WorkingDir: "/" }, ""],
    // These are no images.
    [{ args: ["/x"], env: [] }, undefined],
    [{ args: ["/x"], uid: 5, gid: 6 }, { uid: 5, gid: 6, groups: [] }],
    [{ process: {}, gid: 6 }, { uid: 0, gid: 6, groups: [] }],
    [
      { process: { user: { uid: 7 } }, uid: 5 },
      { uid: 7, gid: 0, groups: [] },
    ],
    [{ Cmd: ["/x"], User: "web", uid: 5 }, "web"],
    [{ Cmd: ["/x"], uid: 5 }, { uid: 5, gid: 0, groups: [] }],
    [{ args: ["/x"], Env: [], gid: 5 }, { uid: 0, gid: 5, groups: [] }],
    [{ process: {}, User: "web" }, undefined],
    [{ process: { user: {} }, User: "web" }, { uid: 0, gid: 0, groups: [] }],
  ];
  for (const [value, user] of users) {
    const { config } = parseGuestConfig(JSON.stringify(value));
    assert.deepEqual(config.user, user, JSON.stringify(value));
  }
  assert.deepEqual(findingsOf({ User: 5 }), ["User: a number, not a string"]);
});

Deno.test("parseGuestConfig() takes a wrong id for grave only where it decides who runs", () => {
  const isGrave = (value: unknown): boolean =>
    parseGuestConfig(JSON.stringify(value)).findings
      .some(({ path, isGrave }) => path === "uid" && isGrave === true);
  assert.equal(isGrave({ args: ["/x"], uid: "bad" }), true);
  assert.equal(isGrave({ Cmd: ["/x"], uid: "bad" }), true);
  assert.equal(isGrave({ Cmd: ["/x"], User: "web", uid: "bad" }), false);
  assert.equal(isGrave({ process: { user: { uid: 1 } }, uid: "bad" }), false);
});

Deno.test("parseGuestConfig() passes over ids and limits that are none", () => {
  const { config, findings } = parseGuestConfig(JSON.stringify({
    process: {
      user: { uid: -1, gid: 1.5, umask: 512, additionalGids: [7, "8", null] },
      noNewPrivileges: "yes",
      rlimits: [
        { type: "NOFILE", soft: 1, hard: 1 },
        { type: "RLIMIT_NOFILE", soft: 2, hard: 1 },
        { type: "RLIMIT_NOFILE", soft: "1", hard: 1 },
        { soft: 1, hard: 1 },
        7,
        null,
      ],
    },
  }));
  assert.deepEqual(config.user, { uid: 0, gid: 0, groups: [7] });
  assert.deepEqual(config.limits, []);
  assert.deepEqual(findings.map(({ path, message }) => `${path}: ${message}`), [
    "process.user.umask: 512, not a whole number from 0 to 511",
    "process.user.uid: -1, not a whole number from 0 to 4294967294",
    "process.user.gid: 1.5, not a whole number from 0 to 4294967294",
    "process.user.additionalGids[1]: a string, not a whole number from 0 to 4294967294",
    "process.user.additionalGids[2]: null, not a whole number from 0 to 4294967294",
    'process.rlimits[0]: unknown resource "NOFILE"',
    "process.rlimits[1]: the soft limit is above the hard limit",
    'process.rlimits[2]: bad soft limit "1"',
    "process.rlimits[3]: has no type",
    "process.rlimits[4]: a number, not an object",
    "process.rlimits[5]: null, not an object",
    "process.noNewPrivileges: a string, not true or false",
  ]);
});

Deno.test("parseGuestConfig() says where the things stand that it passes over", () => {
  const { findings } = parseGuestConfig(
    '{ // a comment\n "process": {"args": ["a",\n  5], "cwd": "/x",\n "cwd": "/y"}}',
  );
  assert.deepEqual(findings, [
    {
      path: "process.args[1]",
      message: "a number, not a string",
      place: { line: 3, column: 3 },
      isGrave: true,
    },
    {
      path: "process.cwd",
      message: "there twice, the last one counts",
      place: { line: 4, column: 2 },
    },
  ]);
});

Deno.test("parseGuestConfig() reads the limits of the platform that it is told", () => {
  const text = JSON.stringify({
    process: { rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }] },
  });
  const resourceOn = (platform: "linux" | "freebsd"): unknown =>
    parseGuestConfig(text, platform).config.limits[0]?.resource;
  assert.equal(resourceOn("linux"), 7);
  assert.equal(resourceOn("freebsd"), 8);
});

Deno.test("parseGuestConfig() tells the first findings, and counts the others", () => {
  const start = performance.now();
  const { findings, omitted, config } = parseGuestConfig(
    `{"env": [${"1, ".repeat(8000)}"A=1"], "args": [${"2, ".repeat(5)}"/a"]}`,
  );
  assert.equal(findings.length, 20);
  assert.equal(omitted, 8005 - 20);
  // What would have another program run is among them.
  assert.ok(findings.slice(0, 5).every(({ isGrave }) => isGrave));
  assert.deepEqual(findings[5], {
    ...{ path: "env[0]", message: "a number, not a string" },
    place: { line: 1, column: 10 },
  });
  assert.deepEqual(config.environment, ["A=1"]);
  // It took 12 s when each finding was looked for anew.
  assert.ok(performance.now() - start < 2000);
});

Deno.test("parseGuestConfig() reads what docker inspect prints, of images and containers", () => {
  const Config = {
    ...{ Env: ["MODE=web"], Cmd: ["--port", "80"], Entrypoint: ["/start"] },
    ...{ WorkingDir: "/w", User: "web" },
  };
  const expected = {
    ...emptyConfig,
    args: ["/start", "--port", "80"],
    environment: ["MODE=web"],
    ...{ cwd: "/w", user: "web" },
  };
  const container = {
    ...{ Id: "1f", Path: "/start", Args: ["--port", "80"], Mounts: [] },
    ...{ Config, HostConfig: {}, Name: "/box" },
  };
  const image = { Id: "sha256:1f", RepoTags: [], Config, RootFS: {} };
  for (const value of [container, image, [container], [image]]) {
    assert.deepEqual(configOf(value), expected);
  }
  assert.deepEqual(findingsOf([{ ...image, Config: { Env: [1] } }]), [
    "[0].Config.Env[0]: a number, not a string",
  ]);
  const { findings: [finding] } = parseGuestConfig(
    '[{"Id": "1", "Config": {"Env": [1]}}]',
  );
  assert.deepEqual(finding?.place, { line: 1, column: 33 });
  assert.throws(() => parseGuestConfig(JSON.stringify([image, image])), {
    message: "Describes 2 images, not one",
  });
  for (const value of [[], [5], [Config], [{ Config }]]) {
    assert.throws(() => parseGuestConfig(JSON.stringify(value)), {
      message: "Not a JSON object but an array",
    });
  }
});

Deno.test("parseGuestConfig() reads how the kernel is to prefer the workload", () => {
  const confinementOf = (process: unknown): unknown =>
    configOf({ process }).confinement;
  assert.deepEqual(
    confinementOf({
      ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 },
      scheduler: {
        policy: "SCHED_DEADLINE",
        ...{ nice: -5, priority: 0, runtime: 1, deadline: 2, period: 3 },
        flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_DL_OVERRUN"],
      },
    }),
    {
      ioPriority: { class: 2, level: 4 },
      scheduler: {
        ...{ policy: 6, flags: 5, nice: -5, priority: 0, runtime: 1 },
        ...{ deadline: 2, period: 3 },
      },
    },
  );
  assert.deepEqual(
    confinementOf({
      ioPriority: { class: "IOPRIO_CLASS_IDLE" },
      scheduler: { policy: "SCHED_OTHER" },
    }),
    {
      ioPriority: { class: 3, level: 0 },
      scheduler: {
        ...{ policy: 0, flags: 0, nice: 0, priority: 0, runtime: 0 },
        ...{ deadline: 0, period: 0 },
      },
    },
  );
});

Deno.test("parseGuestConfig() passes over priorities with anything wrong in them", () => {
  const process = {
    ioPriority: { class: "BE", priority: 8 },
    scheduler: {
      ...{ nice: 20, priority: -1, runtime: 0.5 },
      flags: ["SCHED_FLAG_RECLAIM", "RECLAIM", 1],
    },
  };
  const { config } = parseGuestConfig(JSON.stringify({ process }));
  assert.equal(config.confinement, undefined);
  const found = findingsOf({ process })
    .map((finding) => finding.replace(/one of .*/, "one of …"));
  assert.deepEqual(found, [
    'process.ioPriority.class: "BE", not one of …',
    "process.ioPriority.priority: 8, not a whole number from 0 to 7",
    "process.scheduler: has no policy",
    'process.scheduler.flags[1]: "RECLAIM", not one of …',
    "process.scheduler.flags[2]: 1, not one of …",
    "process.scheduler.nice: 20, not a whole number from -20 to 19",
    "process.scheduler.priority: -1, not a whole number from 0 to 99",
    "process.scheduler.runtime: 0.5, not a whole number from 0 to 9007199254740991",
  ]);
  assert.deepEqual(findingsOf({ process: { ioPriority: 1, scheduler: [] } }), [
    "process.ioPriority: 1, not an object",
    "process.scheduler: an array, not an object",
  ]);
});

Deno.test("parseGuestConfig() says where a priority lacks what it needs", () => {
  const { findings } = parseGuestConfig('{"process":\n {"ioPriority": {}}}');
  assert.deepEqual(findings, [{
    ...{ path: "process.ioPriority", message: "has no class" },
    place: { line: 2, column: 17 },
  }]);
});

Deno.test("parseGuestConfig() repeats nothing long in what it finds", () => {
  for (
    const long of ["x".repeat(1e6), Array(1e5).fill("x"), {
      x: "x".repeat(1e6),
    }]
  ) {
    const rlimits = [
      { type: long, soft: 1, hard: 1 },
      { type: "RLIMIT_CORE", soft: long, hard: long },
    ];
    const process = {
      ...{ ioPriority: long, terminal: long, rlimits, umask: long },
      ...{ user: { uid: long, umask: long }, oomScoreAdj: long, cwd: [long] },
      ...{ scheduler: { policy: long, flags: [long], nice: long } },
      ...{ noNewPrivileges: long, args: [[long]], env: [[long]] },
    };
    const findings = findingsOf({ process, StopSignal: long });
    assert.ok(findings.length > 10, `${findings.length}`);
    assert.ok(Math.max(...findings.map(({ length }) => length)) < 300);
  }
});

Deno.test("parseGuestConfig() reads a user's name where no number is", () => {
  const userOf = (user: unknown): unknown =>
    configOf({ process: { user } }).user;
  assert.deepEqual(userOf({ username: "web", additionalGids: [5] }), {
    ...{ uid: 0, gid: 0, groups: [5], name: "web" },
  });
  for (const user of [{ username: "web", uid: 0 }, { username: "", gid: 0 }]) {
    assert.deepEqual(userOf(user), { uid: 0, gid: 0, groups: [] });
  }
});

Deno.test("parseGuestConfig() reads what confines the workload", () => {
  assert.deepEqual(
    configOf({
      process: {
        capabilities: {
          bounding: ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"],
          effective: ["CAP_CHOWN"],
        },
        oomScoreAdj: -500,
      },
      root: { path: "/srv", readonly: true },
      linux: {
        sysctl: { "net.ipv4.ip_forward": "1" },
        maskedPaths: ["/proc/kcore"],
        readonlyPaths: ["/proc/sys"],
      },
    }).confinement,
    {
      capabilities: {
        ...{ bounding: 1n | 1n << 40n, effective: 1n, inheritable: 0n },
        ...{ permitted: 0n, ambient: 0n },
      },
      oomScoreAdj: -500,
      sysctl: [["net.ipv4.ip_forward", "1"]],
      maskedPaths: ["/proc/kcore"],
      readonlyPaths: ["/proc/sys"],
      readonlyRoot: true,
    },
  );
  // An empty object takes all of them away.
  assert.deepEqual(
    configOf({ process: { capabilities: {} } }).confinement?.capabilities,
    {
      ...{ bounding: 0n, effective: 0n, inheritable: 0n, permitted: 0n },
      ambient: 0n,
    },
  );
  assert.deepEqual(
    findingsOf({
      process: {
        capabilities: { bounding: [null, "CHOWN"] },
        oomScoreAdj: 1001,
      },
      linux: { sysctl: { "net..ip": "1", "a": 5 } },
    }),
    [
      "process.capabilities.bounding[0]: null, not a string",
      "process.capabilities.bounding[1]: unknown capability CHOWN",
      "process.oomScoreAdj: 1001, not a whole number from -1000 to 1000",
      "linux.sysctl.net..ip: no name of a parameter",
      "linux.sysctl.a: a number, not a string",
    ],
  );
});
