import assert from "#assert";
import { UsageError } from "../../tools/command_line/command.ts";
import { config } from "../../tools/command_line/config.ts";
import { type Call, readVectors } from "./config_vectors.ts";

const facts = {
  version: "0",
  arch: "x86_64",
  features: [],
  runtime: "none",
  digest: "none",
};

/** Runs the command in this process; it writes to a file. */
function run(...args: string[]): Promise<number> {
  return config.run(args, { facts, environment: [] });
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a shell does. */
async function runProcess(...args: string[]): Promise<Ended> {
  const program = new URL(
    "../../tools/command_line/sources.ts",
    import.meta.url,
  );
  const result = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program.pathname, "config", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return {
    code: result.code,
    stdout: decoder.decode(result.stdout),
    stderr: decoder.decode(result.stderr),
  };
}

/** The words for a vector's calls; files are none of the command's business. */
function wordsOf(calls: readonly Call[]): string[] {
  return calls.flatMap(({ call, args }) => {
    const [first, ...others] = args.map((arg) => String(arg ?? ""));
    const option = `--${call.replaceAll("_", "-")}`;
    switch (call) {
      case "file":
        return [];
      case "additional_gid":
        return ["--group", String(first)];
      case "umask":
        return [option, Number(first).toString(8)];
      case "block_root":
        return [
          ...[option, String(first), "--block-root-type", String(others[0])],
          ...["--block-root-options", String(others[1])],
        ];
      default:
        return args.length === 0
          ? [option]
          : [option, [first, ...others].join(":")];
    }
  });
}

const vectors = readVectors();

/** What a process can be given, in the form of words. */
const forShell = vectors.filter(({ calls }) =>
  calls.every(({ args }) =>
    args.every((arg) => typeof arg !== "object" || arg === null) &&
    !args.some((arg) => String(arg).includes("\0"))
  )
);

for (const { name, calls, expected } of forShell) {
  const isFile = calls.some(({ call }) => call === "file");
  if ("error" in expected && isFile) continue;
  Deno.test(`krun-init config gives what its vector says: ${name}`, async () => {
    const words = wordsOf(calls);
    const { code, stdout, stderr } = await runProcess(...words);
    if ("error" in expected) {
      assert.equal(stdout, "");
      assert.ok(
        stderr.startsWith(`krun-init: config: ${expected.error.path}:`),
      );
      assert.equal(code, 2);
      return;
    }
    assert.equal(stderr, "");
    assert.equal(stdout, expected.json);
    assert.equal(code, 0);
    if (expected.kernelLine === "init=/init.krun") return;
    const line = await runProcess("--kernel-line", ...words);
    assert.equal(line.stdout, `${expected.kernelLine}\n`);
  });
}

Deno.test("krun-init config names what no process can be given", async () => {
  await assert.rejects(run("--arg", "a\0"), {
    name: "UsageError",
    message: "process.args[0]: has a NUL in it",
  });
  await assert.rejects(run("--arg", "a\udcff"), {
    name: "UsageError",
    message: "process.args[0]: is not Unicode",
  });
});

/** Runs something in a folder of its own. */
async function inFolder(
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "krun-config-" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The JSON for some words, by way of a file. */
async function jsonOf(...args: string[]): Promise<unknown> {
  let value: unknown;
  await inFolder(async (folder) => {
    const file = `${folder}/config.json`;
    assert.equal(await run("--output", file, ...args), 0);
    value = JSON.parse(await Deno.readTextFile(file));
  });
  return value;
}

Deno.test("krun-init config takes a value as the next word, behind = and the command behind --", async () => {
  assert.deepEqual(
    await jsonOf("--arg=-a", "--arg", "--env", "--env=A=b=c", "--", "-x", "--"),
    { process: { args: ["-a", "--env", "-x", "--"], env: ["A=b=c"] } },
  );
});

Deno.test("krun-init config splits a mount at its first colons only", async () => {
  const { mounts } = await jsonOf(
    ...["--tmpfs", "/a", "--mount", "/b:nfs:host::ro:x"],
  ) as { mounts: unknown };
  assert.deepEqual(mounts, [
    { destination: "/a", type: "tmpfs", source: "tmpfs" },
    { destination: "/b", type: "nfs", source: "host", options: [":ro:x"] },
  ]);
});

const wrongCalls: readonly (readonly [args: string[], message: string])[] = [
  [["--colour"], "Unknown option: --colour"],
  [["-c"], "Unknown option: -c"],
  [["/bin/sh"], "Unexpected word: /bin/sh (a command comes after --)"],
  [["--arg"], "--arg lacks its value"],
  [["--dhcp=1"], "--dhcp takes no value: --dhcp=1"],
  [["--kernel-line=x"], "--kernel-line takes no value: --kernel-line=x"],
  [["--user", "root"], "--user: root is not a number"],
  [["--user", "1:"], '--user: "" is not a number'],
  [["--group", "-1"], "--group: -1 is not a number"],
  [["--umask", "8"], "--umask: 8 is not an octal number"],
  [["--stop-timeout", "1s"], "--stop-timeout: 1s is not a number"],
  [["--dhcp-timeout", ""], '--dhcp-timeout: "" is not a number'],
  [["--mount", "/a:b"], "--mount: /a:b is not DIR:TYPE:SOURCE[:OPTIONS]"],
  [["--block-root-type", "ext4"], "--block-root-type needs --block-root"],
  [["--cwd", "srv"], 'process.cwd: "srv" does not begin with /'],
  [
    ["--rlimit", "FILES=1:2"],
    'process.env[0]: "FILES=1:2" is not RESOURCE=SOFT:HARD',
  ],
];

for (const [args, message] of wrongCalls) {
  Deno.test(`krun-init config refuses ${args.join(" ")}`, async () => {
    await assert.rejects(run(...args), new UsageError(message));
  });
}

Deno.test("krun-init config replaces a file as a whole or not at all", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/config.json`;
    await Deno.writeTextFile(file, "old");
    await assert.rejects(run("--output", file, "--cwd", "x"));
    assert.equal(await Deno.readTextFile(file), "old");
    await run("--output", file, "--cwd", "/x");
    assert.equal(
      await Deno.readTextFile(file),
      '{"process":{"cwd":"/x"}}\n',
    );
    await Deno.mkdir(`${folder}/directory`);
    await assert.rejects(
      run("--output", `${folder}/directory`),
      /^Error: Cannot write .*directory: Is a directory/,
    );
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names.sort(), ["config.json", "directory"]);
  });
});

const image = {
  architecture: "amd64",
  os: "linux",
  config: {
    User: "1000:100",
    ExposedPorts: { "80/tcp": {} },
    Env: ["PATH=/bin", "A=1"],
    Entrypoint: ["/entry"],
    Cmd: ["serve"],
    WorkingDir: "/srv",
    Labels: null,
  },
  rootfs: { type: "layers", diff_ids: [] },
};

/** The JSON for an image's configuration and some words. */
async function jsonOfImage(
  value: unknown,
  ...args: string[]
): Promise<unknown> {
  let result: unknown;
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/image`, JSON.stringify(value));
    result = await jsonOf("--from-image", `${folder}/image`, ...args);
  });
  return result;
}

const asIs = {
  process: {
    args: ["/entry", "serve"],
    env: ["PATH=/bin", "A=1"],
    cwd: "/srv",
    user: { uid: 1000, gid: 100 },
  },
  annotations: { "krun-init.oci": "1" },
};

Deno.test("krun-init config takes the configuration of an image in its three forms", async () => {
  assert.deepEqual(await jsonOfImage(image), asIs);
  assert.deepEqual(await jsonOfImage([{ Config: image.config }]), asIs);
  assert.deepEqual(await jsonOfImage(image.config), asIs);
});

Deno.test("krun-init config lets options win over the image's configuration", async () => {
  assert.deepEqual(
    await jsonOfImage(
      image,
      ...["--env", "A=2", "--cwd", "/", "--user", "7", "--", "other"],
    ),
    {
      process: {
        args: ["/entry", "other"],
        env: ["PATH=/bin", "A=2"],
        cwd: "/",
        user: { uid: 7, gid: 0 },
      },
      annotations: { "krun-init.oci": "1" },
    },
  );
});

Deno.test("krun-init config takes what an image leaves empty as not there", async () => {
  const config = {
    ...{ User: "", Env: null, Entrypoint: null, Cmd: [], WorkingDir: "" },
  };
  assert.deepEqual(await jsonOfImage({ config }), {});
});

const badImages: readonly (readonly [value: unknown, message: RegExp])[] = [
  [[], /: Describes 0 images, not one$/],
  [5, /: Not the configuration of an image$/],
  [{ config: { Cmd: "x" } }, /: config\.Cmd: not an array$/],
  [{ Config: { Env: ["A=1", 2] } }, /: Config\.Env\[1\]: not a string$/],
  [{ WorkingDir: 1 }, /: WorkingDir: not a string$/],
  [
    [{ Config: { User: "app" } }],
    /: \[0\]\.Config\.User: "app" is a name, .*: give --user UID:GID$/,
  ],
  [{ Env: ["A"] }, /process\.env\[0\]: "A" is not NAME=VALUE$/],
];

for (const [value, message] of badImages) {
  Deno.test(`krun-init config refuses the image ${JSON.stringify(value)}`, async () => {
    await assert.rejects(jsonOfImage(value), message);
  });
}

Deno.test("krun-init config needs no number for an image's user where it is given one", async () => {
  const { process } = await jsonOfImage(
    { config: { User: "app" } },
    ...["--user", "5:6"],
  ) as { process: unknown };
  assert.deepEqual(process, { user: { uid: 5, gid: 6 } });
});

Deno.test("krun-init config names the image file that it cannot read", async () => {
  await assert.rejects(
    run("--from-image", "/nonexistent"),
    /^Error: Cannot read \/nonexistent: No such file/,
  );
  await inFolder(async (folder) => {
    const file = `${folder}/image`;
    await Deno.writeTextFile(file, "{");
    await assert.rejects(
      run("--from-image", file),
      new RegExp(`${file}: .*JSON`),
    );
  });
});

Deno.test("krun-init config --help shows an example that works", async () => {
  const { code, stdout } = await runProcess("--help");
  assert.equal(code, 0);
  const [, example = ""] = /Example: krun-init config ([\s\S]*)$/
    .exec(stdout) ?? [];
  const result = await new Deno.Command("/bin/sh", {
    args: ["-c", `printf '%s\\n' ${example}`],
  }).output();
  const words = new TextDecoder().decode(result.stdout).split("\n");
  assert.deepEqual(await jsonOf(...words.slice(0, -1)), {
    process: {
      args: ["/bin/sh", "-c", "id; df"],
      env: ["PATH=/bin", "KRUN_RLIMITS=7=1024:4096"],
      cwd: "/srv",
      user: { uid: 1000, gid: 1000 },
    },
    mounts: [{
      destination: "/tmp",
      type: "tmpfs",
      source: "tmpfs",
      options: ["size=64m"],
    }],
    annotations: { "krun-init.oci": "1" },
  });
});
