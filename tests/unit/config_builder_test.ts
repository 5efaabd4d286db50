import assert from "#assert";
import fc from "fast-check";
import { Environment } from "../../stages/formats/environment.ts";
import {
  emptyConfig,
  parseGuestConfig,
} from "../../stages/formats/guest_config.ts";
import { parseMountOptions } from "../../stages/formats/mount_options.ts";
import { parseRlimits } from "../../stages/formats/rlimits.ts";
import { ConfigBuilder, ConfigError } from "../../tools/config/mod.ts";
import { fileBuilder, settings } from "./config_settings.ts";

/** What is wrong with a builder's settings, `code path` each. */
function problemsOf(builder: ConfigBuilder): string[] {
  try {
    builder.build();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ code, path }) => `${code} ${path}`);
  }
}

type Make = (builder: ConfigBuilder) => ConfigBuilder;

/** Makes a call several times. */
function repeat(count: number, call: (n: number) => Make): Make {
  return (builder) => {
    for (let n = 0; n < count; n++) call(n)(builder);
    return builder;
  };
}

const refused: readonly (readonly [make: Make, problem: string])[] = [
  [(b) => b.env("A"), "not_name_value process.env[0]"],
  [(b) => b.env("A=\0"), "nul process.env[0]"],
  [(b) => b.env("A=\ud800"), "not_unicode process.env[0]"],
  [(b) => b.env("KRUN_CONFIG=/x"), "no_effect process.env[0]"],
  [(b) => b.env("KRUN_INIT=/x").arg("/y"), "conflict process.env[0]"],
  [(b) => b.env("KRUN_WORKDIR=/x").cwd("/y"), "conflict process.env[0]"],
  [(b) => b.hostname("a").kernelEnv("HOSTNAME=b"), "conflict process.env[0]"],
  [(b) => b.cwd(""), "empty process.cwd"],
  [(b) => b.cwd("/\0"), "nul process.cwd"],
  [(b) => b.user(-1, 0), "out_of_range process.user.uid"],
  [(b) => b.user(1.5, 0), "out_of_range process.user.uid"],
  [(b) => b.user(0, NaN), "out_of_range process.user.gid"],
  [(b) => b.umask(-1), "out_of_range process.user.umask"],
  [
    (b) => b.additionalGid(1).additionalGid(2 ** 32),
    "out_of_range process.user.additionalGids[1]",
  ],
  [
    repeat(65_537, (n) => (b) => b.additionalGid(n)),
    "too_many process.user.additionalGids",
  ],
  [(b) => b.rlimit("NOFILE=1"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("nofile=1:2"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("16=1:2"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("RLIMIT_7=1:2"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("7:1:2"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("7=-1:-1"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("7=1:2,8=1:2"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("7=0:18446744073709551616"), "bad_limit process.env[0]"],
  [(b) => b.rlimit("7=1:2\n"), "bad_limit process.env[0]"],
  [(b) => b.hostname(""), "empty process.env[0]"],
  [(b) => b.hostname("ü".repeat(33)), "too_long process.env[0]"],
  [(b) => b.hostname("a\0"), "nul process.env[0]"],
  [(b) => b.stopTimeout(-1), "out_of_range process.env[0]"],
  [(b) => b.stopTimeout(1e9), "out_of_range process.env[0]"],
  [
    (b) => b.stopSignal(65),
    "out_of_range annotations.org.opencontainers.image.stopSignal",
  ],
  [(b) => b.tmpfs(""), "empty mounts[0].destination"],
  [(b) => b.tmpfs("tmp"), "not_absolute mounts[0].destination"],
  [(b) => b.tmpfs("/"), "not_normal mounts[0].destination"],
  [(b) => b.tmpfs("/a/"), "not_normal mounts[0].destination"],
  [(b) => b.tmpfs("/a//b"), "not_normal mounts[0].destination"],
  [(b) => b.tmpfs("/a/./b"), "not_normal mounts[0].destination"],
  [(b) => b.mount("/a", "", ""), "empty mounts[0].type"],
  [(b) => b.mount("/a", "t", "\0"), "nul mounts[0].source"],
  [(b) => b.mount("/a", "t", "", "a,"), "empty mounts[0].options[1]"],
  [(b) => b.tmpfs("/a", "size=1x"), "bad_value mounts[0].options[0]"],
  [(b) => b.tmpfs("/a", "size"), "bad_value mounts[0].options[0]"],
  [(b) => b.tmpfs("/a", "mode=8"), "bad_value mounts[0].options[0]"],
  [(b) => b.tmpfs("/a", "nr_inodes=5%"), "bad_value mounts[0].options[0]"],
  [(b) => b.tmpfs("/a", "uid=4294967295"), "bad_value mounts[0].options[0]"],
  [(b) => b.tmpfs("/a", "ro=1"), "unknown_option mounts[0].options[0]"],
  [(b) => b.tmpfs("/a", "tmpcopyup"), "unknown_option mounts[0].options[0]"],
  [(b) => b.volume("/a", "nfs", "h:/x"), "bad_value mounts[0].type"],
  [(b) => b.volume("/a", "tmpfs", "tmpfs"), "bad_value mounts[0].type"],
  [(b) => b.volume("/a", "virtiofs", ""), "empty mounts[0].source"],
  [(b) => b.volume("/a", "xfs", "/x.img"), "bad_value mounts[0].source"],
  [(b) => b.volume("/a", "xfs", "NAME=x"), "bad_value mounts[0].source"],
  [(b) => b.volume("/a", "bind", "x"), "not_absolute mounts[0].source"],
  [(b) => b.volume("/a", "overlay", "o"), "bad_value mounts[0].options"],
  [
    (b) => b.volume("/a", "9p", "t", "ro,noauto"),
    "no_effect mounts[0].options[1]",
  ],
  [
    (b) => b.volume("/a", "9p", "t", "rbind"),
    "conflict mounts[0].options[0]",
  ],
  [
    (b) => b.file("a", new Uint8Array()),
    "not_absolute files[2].path",
  ],
  [
    (b) => b.file("/a/..", new Uint8Array()),
    "not_normal files[2].path",
  ],
  [
    (b) => b.file("/init.krun", new Uint8Array()),
    "duplicate files[2].path",
  ],
  [
    (b) => b.file("/a", new Uint8Array(), 0o10000),
    "out_of_range files[2].mode",
  ],
  [(b) => b.dhcpTimeout(300), "no_effect kernel.environment[0]"],
  [(b) => b.dhcp().dhcpTimeout(0), "out_of_range kernel.environment[1]"],
  [(b) => b.dhcp().dhcpTimeout(10_001), "out_of_range kernel.environment[1]"],
  [(b) => b.blockRoot(""), "empty kernel.environment[0]"],
  [(b) => b.blockRoot("vda"), "not_absolute kernel.environment[0]"],
  [(b) => b.blockRoot("/dev/ü"), "bad_character kernel.environment[0]"],
  [
    (b) => b.blockRoot("/dev/vda", "ext4", 'a="b"'),
    "bad_character kernel.environment[2]",
  ],
  [(b) => b.kernelEnv("A"), "not_name_value kernel.environment[0]"],
  [(b) => b.kernelEnv("a.b=1"), "not_name_value kernel.environment[0]"],
  [(b) => b.kernelEnv("1A=1"), "not_name_value kernel.environment[0]"],
  [(b) => b.kernelEnv("A=\t"), "bad_character kernel.environment[0]"],
  [(b) => b.kernelEnv("A=\0"), "nul kernel.environment[0]"],
  [(b) => b.kernelEnv("KRUN_CONFIG=/x"), "conflict kernel.environment[0]"],
  [
    (b) => b.kernelEnv("KRUN_INIT=/x").arg("/y"),
    "conflict kernel.environment[0]",
  ],
  [
    (b) => b.kernelEnv("KRUN_WORKDIR=/x").cwd("/y"),
    "conflict kernel.environment[0]",
  ],
  [
    repeat(31, (n) => (b) => b.kernelEnv(`V${n}=`)),
    "too_many kernel.environment",
  ],
  [(b) => b.kernelArg("--"), "bad_value kernel.arguments[0]"],
  [(b) => b.kernelArg("\x7f"), "bad_character kernel.arguments[0]"],
  [(b) => b.kernelArg("a").arg("/b"), "conflict kernel.arguments[0]"],
  [repeat(32, (n) => (b) => b.kernelArg(`${n}`)), "too_many kernel.arguments"],
  // 15 bytes of init=, ` -- ` and two double quotes are 21.
  [(b) => b.kernelArg("a".repeat(1515)), "too_long kernel.line"],
];

refused.forEach(([make, problem], n) => {
  Deno.test(`ConfigBuilder refuses what is wrong (${n}): ${problem}`, () => {
    assert.deepEqual(problemsOf(make(new ConfigBuilder())), [problem]);
  });
});

Deno.test("ConfigBuilder takes what is just within the limits", () => {
  new ConfigBuilder().additionalGid(0xffff_fffe).stopTimeout(0)
    .rlimit("RTTIME=18446744073709551615:unlimited").hostname("ü".repeat(32))
    .tmpfs("/a", "size=0,mode=0,nr_inodes=0,uid=0").dhcp().dhcpTimeout(1)
    .build();
  const { kernelLine } = new ConfigBuilder().kernelArg("a".repeat(1514))
    .build();
  assert.equal(kernelLine.length, 2047 - 512);
});

Deno.test("ConfigBuilder names all that is wrong, in the order of the config", () => {
  const builder = new ConfigBuilder()
    .kernelArg("ü").kernelEnv("x").file("f", new Uint8Array()).tmpfs("t")
    .user(-1, -1).cwd("c").env("e").arg("");
  assert.deepEqual(
    problemsOf(builder),
    [
      "empty process.args[0]",
      "not_name_value process.env[0]",
      "not_absolute process.cwd",
      "out_of_range process.user.uid",
      "out_of_range process.user.gid",
      "not_absolute mounts[0].destination",
      "not_absolute files[2].path",
      "not_name_value kernel.environment[0]",
      "bad_character kernel.arguments[0]",
      "conflict kernel.arguments[0]",
    ].filter((problem) => !problem.startsWith("conflict")),
  );
});

Deno.test("ConfigError has the first problem's code and path, and a message with all", () => {
  assert.throws(() => new ConfigBuilder().arg("").cwd("c").build(), {
    name: "ConfigError",
    code: "empty",
    path: "process.args[0]",
    message:
      'process.args[0]: is empty; process.cwd: "c" does not begin with /',
  });
});

Deno.test("ConfigBuilder goes on after build() without touching what it has made", () => {
  const builder = new ConfigBuilder().arg("/a").kernelEnv("A=1");
  const first = builder.build();
  const copy = structuredClone(first);
  builder.arg("b").kernelEnv("A=2").kernelEnv("B=3").env("C=4");
  const second = builder.build();
  assert.deepEqual(first, copy);
  assert.equal(
    second.json,
    '{"process":{"args":["/a","b"],"env":["C=4"]}}\n',
  );
  assert.deepEqual(second.kernelEnvironment, ["A=2", "B=3"]);
});

Deno.test("ConfigBuilder lists the files with the bytes that it was given", () => {
  const image = new Uint8Array([1]);
  const bytes = new Uint8Array([2]);
  const { json, files } = new ConfigBuilder().image(image)
    .file("/a/b", bytes).file("/c", bytes, 0o600, true).build();
  assert.deepEqual(files, [
    { path: "/init.krun", bytes: image, mode: 0o755, oneShot: true },
    {
      path: "/.krun_config.json",
      bytes: new TextEncoder().encode(json),
      mode: 0o644,
      oneShot: true,
    },
    { path: "/a/b", bytes, mode: 0o644, oneShot: false },
    { path: "/c", bytes, mode: 0o600, oneShot: true },
  ]);
});

Deno.test("the pipeline's readers read back what ConfigBuilder writes", () => {
  fc.assert(
    fc.property(settings, (wanted) => {
      const { user, umask, cwd, limits, noNewPrivs } = wanted;
      const { json } = fileBuilder(wanted).build();
      const { config, findings } = parseGuestConfig(json);
      assert.deepEqual(findings, []);
      const environment = new Environment(config.environment);
      const isOci = user !== undefined || umask !== undefined || noNewPrivs;
      const { uid = 0, gid = 0, groups = [] } = user ?? {};
      assert.deepEqual(config, {
        ...emptyConfig,
        args: wanted.args,
        environment: [
          ...wanted.env.map(([name, value]) => `${name}=${value}`),
          ...(limits.length === 0
            ? []
            : [`KRUN_RLIMITS=${environment.get("KRUN_RLIMITS")}`]),
        ],
        cwd,
        mounts: wanted.mounts.map(([destination, options]) => ({
          ...{ destination, type: "tmpfs", source: "tmpfs" },
          ...(options.length > 0 && { options }),
        })),
        noNewPrivs,
        ...(isOci && { oci: "1" as const }),
        ...((user !== undefined || umask !== undefined) && {
          user: { uid, gid, groups, ...(umask !== undefined && { umask }) },
        }),
      });
      assert.deepEqual(
        parseRlimits(environment.get("KRUN_RLIMITS") ?? ""),
        { limits, problems: [] },
      );
      config.mounts.forEach(({ options = [] }, n) => {
        assert.deepEqual(
          parseMountOptions(options.join(",")),
          parseMountOptions(wanted.mounts[n]?.[1].join(",") ?? ""),
        );
      });
    }),
    { numRuns: 300 },
  );
});

const anyText = fc.oneof(
  fc.constantFrom(
    ...["", "/", "/a", "A=1", "KRUN_INIT=/x", "HOSTNAME=h", "NOFILE=1:2"],
    ...["tmpfs", "size=1m", "size=", "--", "\0", "\ud800", '"', "auto"],
  ),
  fc.string({ unit: "binary" }),
);
const anyNumber = fc.oneof(fc.nat(), fc.integer(), fc.double());
const content = fc.uint8Array({ maxLength: 2 });

/** Every call of the builder, with whatever arguments its types take. */
const anyCall: fc.Arbitrary<Make> = fc.oneof(
  anyText.map((a): Make => (b) => b.arg(a)),
  anyText.map((a): Make => (b) => b.env(a)),
  anyText.map((a): Make => (b) => b.cwd(a)),
  anyText.map((a): Make => (b) => b.rlimit(a)),
  anyText.map((a): Make => (b) => b.hostname(a)),
  anyText.map((a): Make => (b) => b.kernelEnv(a)),
  anyText.map((a): Make => (b) => b.kernelArg(a)),
  anyNumber.map((n): Make => (b) => b.additionalGid(n)),
  anyNumber.map((n): Make => (b) => b.umask(n)),
  anyNumber.map((n): Make => (b) => b.stopTimeout(n)),
  anyNumber.map((n): Make => (b) => b.stopSignal(n)),
  anyNumber.map((n): Make => (b) => b.dhcpTimeout(n)),
  fc.tuple(anyNumber, anyNumber).map(([n, m]): Make => (b) => b.user(n, m)),
  fc.tuple(anyText, anyText, anyText, anyText)
    .map((texts): Make => (b) => b.mount(...texts)),
  fc.tuple(anyText, anyText, anyText, anyText)
    .map((texts): Make => (b) => b.volume(...texts)),
  fc.tuple(anyText, anyText).map((texts): Make => (b) => b.tmpfs(...texts)),
  fc.tuple(anyText, anyText, anyText)
    .map((texts): Make => (b) => b.blockRoot(...texts)),
  fc.tuple(anyText, content, anyNumber, fc.boolean())
    .map((file): Make => (b) => b.file(...file)),
  content.map((bytes): Make => (b) => b.image(bytes)),
  fc.constant<Make>((b) => b.noNewPrivileges()),
  fc.constant<Make>((b) => b.dhcp()),
  fc.constant<Make>((b) => b.trace()),
);

Deno.test("ConfigBuilder makes of any calls a config that the init reads without a finding, or a ConfigError", () => {
  let built = 0;
  fc.assert(
    fc.property(fc.array(anyCall, { maxLength: 4 }), (calls) => {
      const builder = new ConfigBuilder();
      for (const call of calls) call(builder);
      if (problemsOf(builder).length > 0) return;
      built += 1;
      const { json, kernelLine } = builder.build();
      assert.deepEqual(parseGuestConfig(json).findings, []);
      assert.match(kernelLine, /^[\x20-\x7e]{15,1535}$/);
    }),
    { numRuns: 5000 },
  );
  assert.ok(built > 500, `${built}`);
});

/** The words of a kernel's command line, as Linux' next_arg() finds them. */
function linuxWords(line: string): { env: string[]; args: string[] } {
  const words: string[] = [];
  let word = "";
  let inQuotes = false;
  for (const character of `${line} `) {
    if (character === '"') inQuotes = !inQuotes;
    if (character !== " " || inQuotes) {
      word += character;
      continue;
    }
    if (word !== "") words.push(word.replace(/^"(.*)"$/s, "$1"));
    word = "";
  }
  const end = words.indexOf("--");
  return end < 0
    ? { env: words.slice(1), args: [] }
    : { env: words.slice(1, end), args: words.slice(end + 1) };
}

Deno.test("Linux takes apart the kernel's line into what ConfigBuilder was told", () => {
  fc.assert(
    fc.property(settings, ({ kernel, kernelArgs }) => {
      const env = kernel.map(([name, value]) => `${name}=${value}`);
      const builder = new ConfigBuilder();
      for (const variable of env) builder.kernelEnv(variable);
      for (const arg of kernelArgs) builder.kernelArg(arg);
      const built = builder.build();
      assert.deepEqual(built.kernelEnvironment, env);
      assert.deepEqual(built.kernelArguments, kernelArgs);
      assert.deepEqual(linuxWords(built.kernelLine), { env, args: kernelArgs });
    }),
    { numRuns: 300 },
  );
});
