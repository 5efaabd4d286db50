import assert from "#assert";
import { type Result, run } from "./command_line_helper.ts";

/** Checks a file with this text; the output names it FILE. */
async function check(text: string | Uint8Array): Promise<Result> {
  const file = await Deno.makeTempFile({ prefix: "krun-unit-check-" });
  await Deno.writeFile(
    file,
    typeof text === "string" ? new TextEncoder().encode(text) : text,
  );
  const result = await run(["check", file]);
  await Deno.remove(file);
  return { ...result, stdout: result.stdout.replaceAll(file, "FILE") };
}

/** What `runc spec` writes, as far as the init or its reader could stumble on it. */
const bundle = {
  ociVersion: "1.2.0",
  process: {
    terminal: true,
    user: { uid: 0, gid: 0 },
    args: ["sh"],
    env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "TERM=xterm",
    ],
    cwd: "/",
    capabilities: {
      bounding: ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
      effective: ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
      permitted: ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
    },
    rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
    noNewPrivileges: true,
  },
  root: { path: "rootfs", readonly: true },
  hostname: "runc",
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: [
        "nosuid",
        "noexec",
        "newinstance",
        "ptmxmode=0666",
        "mode=0620",
      ],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
    },
    {
      destination: "/dev/mqueue",
      type: "mqueue",
      source: "mqueue",
      options: ["nosuid", "noexec", "nodev"],
    },
    {
      destination: "/sys",
      type: "sysfs",
      source: "sysfs",
      options: ["nosuid", "noexec", "nodev", "ro"],
    },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
    },
  ],
  linux: {
    resources: { devices: [{ allow: false, access: "rwm" }] },
    namespaces: [{ type: "pid" }, { type: "network" }, { type: "mount" }],
    maskedPaths: ["/proc/acpi", "/proc/kcore"],
    readonlyPaths: ["/proc/bus", "/proc/sys"],
  },
};

Deno.test("check has only notes on an OCI bundle's config: what a guest does not do", async () => {
  const text = JSON.stringify(bundle);
  const { status, stdout, stderr } = await check(text);
  assert.equal(status, 0);
  assert.equal(stderr, "");
  const notDone = [
    "linux.resources: a guest does not do this",
    "linux.namespaces: a guest does not do this",
  ];
  const notes = (stdout: string): string[] =>
    stdout.trimEnd().split("\n").map((line) =>
      line.replace(/^FILE:1:\d+: note: /, "")
    );
  assert.deepEqual(
    notes(stdout).toSorted(),
    [
      ...[notDone[1], notDone[0]],
      ...[
        ...["linux.maskedPaths", "linux.readonlyPaths", "process.capabilities"],
        ...["process.noNewPrivileges", "root.readonly"],
      ].map((path) => `${path}: counts on request only`),
    ].toSorted(),
  );
  const asked = JSON.stringify({
    ...bundle,
    annotations: { "krun-init.oci": "1" },
  });
  assert.deepEqual(notes((await check(asked)).stdout), notDone);
});

Deno.test("check has no mistakes to tell of the files of container engines", async () => {
  const folder = new URL("../fixtures/guest_configs/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    const { status, stdout } = await check(text);
    for (const line of stdout.split("\n").slice(0, -1)) {
      assert.match(line, /^FILE:\d+:\d+: note: /, name);
    }
    assert.equal(status, 0);
  }
});

Deno.test("check notes the mounts that a guest passes over, and why", async () => {
  const mounts = [
    { destination: "/share", type: "virtiofs", source: "work" },
    {
      destination: "/db",
      type: "ext4",
      source: "LABEL=db",
      options: ["nofail"],
    },
    { destination: "/img", type: "ext4", source: "/var/db.img" },
    { destination: "/nfs", type: "nfs", source: "host:/x" },
    { destination: "/later", type: "9p", source: "t", options: ["noauto"] },
    { destination: "/etc/hosts", source: "/run/hosts", options: ["bind"] },
    { destination: "/scratch", type: "tmpfs", source: "none" },
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/tmp", type: "tmpfs", source: "tmpfs" },
    { destination: "/none" },
    { type: "nfs" },
    5,
    { destination: "/b", type: "bind", source: "/", options: ["noauto"] },
  ];
  const notesOn = async (config: unknown): Promise<string[]> => {
    const { stdout } = await check(JSON.stringify(config));
    return stdout.split("\n").filter((line) => line.includes("note: "))
      .map((line) => line.replace(/^FILE:1:\d+: note: /, ""));
  };
  const notes = (annotations: unknown): Promise<string[]> =>
    notesOn({ args: ["a"], mounts, annotations });
  const passedOver = [
    'mounts[2]: a guest has no disk "/var/db.img"',
    'mounts[3]: a guest mounts no nfs from "host:/x"',
    "mounts[4]: a guest does not mount it (noauto)",
    "mounts[5]: counts on request only",
    'mounts[6]: a guest mounts no tmpfs from "none"',
    'mounts[9]: a guest mounts no file system from ""',
    "mounts[12]: a guest does not mount it (noauto)",
  ];
  assert.deepEqual(await notes(null), passedOver);
  const asked = passedOver.filter((line) => !line.startsWith("mounts[5]"));
  assert.deepEqual(await notes({ "krun-init.oci": "1" }), asked);
  // The variable is a request, too, and a nested configuration is one.
  const env = (value: string): string[] => [`KRUN_INIT_OCI=${value}`];
  assert.deepEqual(
    await notesOn({ args: ["a"], mounts, env: env("1") }),
    asked,
  );
  assert.deepEqual(
    await notesOn({
      Config: {
        process: { args: ["a"], env: env("0"), scheduler: {} },
        mounts,
        hooks: { poststop: [{ path: "/bin/true" }] },
        annotations: { "krun-init.oci": "1" },
      },
    }),
    [
      ...passedOver.map((line) => `Config.${line}`),
      "Config.hooks: a guest does not do this",
    ],
  );
});

Deno.test("check notes what of an image and of a container Docker does itself", async () => {
  const text = JSON.stringify([{
    Id: "1f",
    Config: {
      Cmd: ["a"],
      Healthcheck: { Test: ["CMD", "true"] },
      Volumes: { "/data": {} },
      ...{ Hostname: "web1", Domainname: "", Tty: true, StopTimeout: 5 },
    },
    HostConfig: { Memory: 0 },
    Mounts: [],
  }]);
  const { status, stdout } = await check(text);
  assert.equal(status, 0);
  assert.deepEqual(
    [...stdout.matchAll(/note: (.*): a guest does not do this/g)]
      .map(([, path]) => path),
    [
      ...["Healthcheck", "Volumes", "Hostname", "Tty", "StopTimeout"]
        .map((name) => `[0].Config.${name}`),
      "[0].HostConfig",
    ],
  );
});

Deno.test("check notes what a config says of the workload and forbids to count", async () => {
  const notes = async (oci: string): Promise<string[]> => {
    const { stdout } = await check(JSON.stringify({
      ...{ hostname: "box", domainname: "example.org" },
      annotations: { "krun-init.oci": oci },
      process: { args: ["a"], user: { uid: 5 }, rlimits: [] },
      mounts: [{
        ...{ destination: "/d", type: "virtiofs", source: "d" },
        uidMappings: [{ containerID: 0, hostID: 5, size: 1 }],
      }],
    }));
    return [...stdout.matchAll(/note: (.*)/g)].map(([, note = ""]) => note);
  };
  const notDone = (path: string): string => `${path}: a guest does not do this`;
  const always = [notDone("domainname"), notDone("mounts[0].uidMappings")];
  assert.deepEqual((await notes("1")).toSorted(), always);
  assert.deepEqual(
    (await notes("0")).toSorted(),
    [
      ...always,
      ...["process.user", "hostname"].map((path) =>
        `${path}: does not count where OCI is 0`
      ),
    ].toSorted(),
  );
});

Deno.test("check tells place, path, mistake and what the boot would do", async () => {
  const text = `{
  // A comment is fine.
  "process": { "args": "x", "env": ["A", "B=1"], "cwd": 3 },
  "mounts": [
    {
      "destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
      "options": ["size=1m", "usrquota"]
    }
  ]
}`;
  const { status, stdout, stderr } = await check(text);
  assert.deepEqual(stdout.split("\n"), [
    "FILE:3:24: process.args: a string, not an array (the boot ends with 125, unless something else names the command)",
    'FILE:3:37: process.env[0]: Environment entry without a name or "=": A (ignored)',
    "FILE:3:57: process.cwd: a number, not a string (the boot ignores it)",
    "FILE:7:30: mounts[0].options[1]: /tmp: usrquota is no option of tmpfs (ignored)",
    "",
  ]);
  assert.equal(stderr, "");
  assert.equal(status, 1);
});

Deno.test("check takes no part of a word for what a message is about", async () => {
  const tmpfs = { destination: "/m", type: "tmpfs", source: "tmpfs" };
  const { stdout } = await check(JSON.stringify({
    process: { args: ["/x"], env: ["bad"] },
    mounts: [{ ...tmpfs, options: ["ro"] }],
  }));
  assert.match(stdout, /^FILE:1:\d+: process\.env\[0\]: Environment entry/);
});

Deno.test("check knows which values tmpfs refuses", async () => {
  const refused = [
    ...["size=big", "size=", "size=1x", "size=-1", "nr_inodes=1%"],
    ...[
      "size=08",
      "nr_inodes=99999999999999999999",
      "nr_inodes=",
      "nr_inodes=1E",
      "nr_inodes=16P",
    ],
    ...["mode=999", "mode=rwx", "mode=47777777777", "mode=0x1ff"],
    ...[
      "uid=root",
      "uid=08",
      "uid=1k",
      "uid=0e",
      "uid=+",
      "uid=4294967295",
      "gid=-1",
    ],
  ];
  const taken = [
    ...["size=64m", "size=0x1000", "size=50%", "size=2G", "nr_inodes=10k"],
    ...["size=010", "size=0x10e", "size=0", "nr_inodes=1T"],
    ...["mode=01777", "mode=+777", "mode=0000000001777"],
    ...["uid=0", "uid=+5", "uid=0x10", "uid=010", "gid=65534", "ro"],
  ];
  for (const option of [...refused, ...taken]) {
    const mount = {
      ...{ destination: "/tmp", type: "tmpfs", source: "tmpfs" },
      options: [option],
    };
    const { status, stdout } = await check(JSON.stringify({ mounts: [mount] }));
    if (taken.includes(option)) assert.equal(stdout, "", option);
    else {
      assert.match(stdout, /: EINVAL \(going on without \/tmp\)\n$/, option);
      assert.match(stdout, /: mounts\[0\]\.options\[0\]: /, option);
    }
    assert.equal(status, taken.includes(option) ? 0 : 1);
  }
});

Deno.test("check says that a config is of no use at all, and where", async () => {
  const consequence =
    "(the boot ends with 125, unless something else names the command)";
  for (
    const [text, line] of [
      ['{\n "a": }', `FILE:2:7: a value is missing ${consequence}`],
      ["[]", `FILE: Not a JSON object but an array ${consequence}`],
      [new Uint8Array([0xff]), `FILE: not UTF-8 ${consequence}`],
    ] as const
  ) {
    const { status, stdout } = await check(text);
    assert.equal(stdout, `${line}\n`);
    assert.equal(status, 2);
  }
});

Deno.test("check has the worst status of all files, and reads them all", async () => {
  const { status, stdout, stderr } = await run([
    ...["check", "/no/file", "tests/golden/config.json"],
  ]);
  assert.equal(status, 2);
  assert.equal(
    stdout.split("\n")[0],
    "tests/golden/config.json:9:24: note: process.noNewPrivileges: counts on request only",
  );
  assert.equal(
    stderr,
    "krun-init: check: Cannot read /no/file: No such file or directory\n",
  );
  assert.equal((await run(["check", "tests/golden/config.json"])).status, 0);
  assert.match((await run(["check"])).stderr, /^krun-init: check: No file/);
});
