import assert from "#assert";
import { decodeBytes } from "../../ffi/bytes.ts";
import { run as runTool } from "./command_line_helper.ts";
import { type Argument, type Call, readVectors } from "./config_vectors.ts";

/** The words for a vector's calls; files are none of the command's business. */
function wordsOf(calls: readonly Call[]): string[] {
  return calls.flatMap(({ call, args }) => {
    const [first, ...others] = args.map(wordOf);
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

function wordOf(arg: Argument): string {
  if (arg === null) return "";
  return typeof arg === "object"
    ? decodeBytes(Uint8Array.fromHex(arg.hex))
    : String(arg);
}

const vectors = readVectors();

for (const { name, calls, expected } of vectors) {
  const isFile = calls.some(({ call }) => call === "file");
  if ("error" in expected && isFile) continue;
  Deno.test(`krun-init config gives what its vector says: ${name}`, async () => {
    const words = ["config", ...wordsOf(calls)];
    const { status, stdout, stderr } = await runTool(words);
    if ("error" in expected) {
      assert.equal(stdout, "");
      const start = `krun-init: config: ${expected.error.path}: `;
      assert.ok(stderr.startsWith(start), stderr);
      assert.equal(status, 2);
      return;
    }
    assert.deepEqual({ status, stdout, stderr }, {
      status: 0,
      stdout: expected.json,
      stderr: "",
    });
    const line = await runTool([...words, "--kernel-line"]);
    assert.equal(line.stdout, `${expected.kernelLine}\n`);
  });
}

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

/** Runs the command, which writes nothing but its file. */
async function run(...args: string[]): Promise<void> {
  const { status, stdout, stderr } = await runTool(["config", ...args]);
  if (status !== 0) throw new Error(stderr);
  assert.equal(stdout, "");
}

/** The JSON for some words, by way of a file. */
async function jsonOf(...args: string[]): Promise<unknown> {
  let value: unknown;
  await inFolder(async (folder) => {
    const file = `${folder}/config.json`;
    await run("--output", file, ...args);
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
  [["--stop-signal", "SIGNONE"], "--stop-signal: SIGNONE is no signal"],
  [["--dhcp-timeout", ""], '--dhcp-timeout: "" is not a number'],
  [["--mount", "/a:b"], "--mount: /a:b is not DIR:TYPE:SOURCE[:OPTIONS]"],
  [["--volume", "/a:b"], "--volume: /a:b is not DIR:TYPE:SOURCE[:OPTIONS]"],
  [["--block-root-type", "ext4"], "--block-root-type needs --block-root"],
  [["--hostname="], "--hostname: A host name can't be empty"],
  [["--cwd", "srv"], 'process.cwd: "srv" does not begin with /'],
  [
    ["--rlimit", "FILES=1:2"],
    'process.env[0]: "FILES=1:2" is not RESOURCE=SOFT:HARD',
  ],
];

for (const [args, message] of wrongCalls) {
  Deno.test(`krun-init config refuses ${args.join(" ")}`, async () => {
    assert.deepEqual(await runTool(["config", ...args]), {
      status: 2,
      stdout: "",
      stderr: `krun-init: config: ${message} (see krun-init config --help)\n`,
    });
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
      /: Cannot write .*directory: Is a directory/,
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
    StopSignal: "SIGQUIT",
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
  annotations: {
    "krun-init.oci": "1",
    "org.opencontainers.image.stopSignal": "3",
  },
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
      annotations: {
        "krun-init.oci": "1",
        "org.opencontainers.image.stopSignal": "3",
      },
    },
  );
});

Deno.test("krun-init config takes what an image leaves empty as not there", async () => {
  const config = {
    ...{ User: "", Env: null, Entrypoint: null, Cmd: [], WorkingDir: "" },
  };
  assert.deepEqual(await jsonOfImage({ config }), {});
  // OCI requires these, and no config.
  const required = { architecture: "amd64", os: "linux", rootfs: {} };
  assert.deepEqual(await jsonOfImage(required), {});
});

const badImages: readonly (readonly [value: unknown, message: RegExp])[] = [
  [[], /: Describes 0 images, not one\n$/],
  [5, /: Not the configuration of an image\n$/],
  [
    { schemaVersion: 2, config: { digest: "sha256:0" }, layers: [] },
    /: A manifest or an index, not the configuration it names\n$/,
  ],
  [{ config: { Cmd: "x" } }, /: config\.Cmd: not an array\n$/],
  [{ Config: { Env: ["A=1", 2] } }, /: Config\.Env\[1\]: not a string\n$/],
  [{ version: 1, stages: [] }, /: Not the configuration of an image\n$/],
  [{ WorkingDir: 1 }, /: WorkingDir: not a string\n$/],
  [
    [{ Config: { User: "app" } }],
    /: \[0\]\.Config\.User: "app" is a name, .*: give --user UID:GID\n$/,
  ],
  [{ Env: ["A"] }, /process\.env\[0\]: "A" is not NAME=VALUE /],
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
    /: Cannot read \/nonexistent: No such file/,
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
  const { stdout } = await runTool(["config", "--help"]);
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
