/** Tests of the status that reaches the host, for each way in which a workload can end. */

import assert from "#assert";
import { makeMuslRoot, makeRoot, type Outcome } from "../fixtures/namespace.ts";
import {
  boot,
  type BootOptions,
  bootScript,
  complaints,
  lines,
} from "./guest.ts";

const root = await makeRoot({
  busybox: true,
  files: {
    "/bin/musl-program": { from: `${await makeMuslRoot()}/bin/workload` },
    "/bin/text": "not for execution\n",
    "/bin/no-format": { content: "not a program\n", mode: 0o755 },
    "/bin/no-interpreter": { content: "#!/missing\n", mode: 0o755 },
    "/plain/where": "not for execution\n",
    "/other/where": { content: "#!/bin/sh\nexit 8\n", mode: 0o755 },
  },
});

/** Runs on the FUSE root, whose ioctl is how a host learns the status. */
function onFuse(options: BootOptions): Promise<Outcome> {
  return boot(root, { fuse: {}, ...options });
}

/**
 * The shell looks for itself, so that a zombie of whatever kind is seen; twice,
 * since every process is one until its parent has heard of its end.
 */
const findZombies = `zombies() {
  for file in $*; do
    read -r line 2>/dev/null < $file &&
      case "$line" in *") Z "*) echo "$file $line";; esac
  done
}
seen=$(zombies /proc/[0-9]*/stat | cut -d' ' -f1)
[ -z "$seen" ] || { sleep 0.2; zombies $seen | cut -d' ' -f2-; }`;

/** What is wrong with a boot that should have ended with a status; empty for nothing. */
function faults(outcome: Outcome, status: number): string[] {
  const { ended, stdout, stderr, fuseLog } = outcome;
  const reports = fuseLog.filter((line) => line.startsWith("ioctl"));
  return [
    ...ended === "reboot" ? [] : [`${status}: ended by ${ended}`],
    ...complaints(outcome).map((line) => `${status}: ${line}`),
    ...lines(stdout).map((line) => `${status}: zombie ${line}`),
    ...stderr.includes("exit-code") ? [`${status}: not taken by the host`] : [],
    ...reports.join() === `ioctl cmd=0x7602 arg=${status} node=1`
      ? []
      : [`${status}: reported ${reports.join(", ") || "nothing"}`],
  ];
}

Deno.test("256 boots in a row report their 256 statuses and leave no zombie", async () => {
  const statuses = Array.from({ length: 256 }, (_, status) => status);
  const found: string[] = [];
  const work = async (): Promise<void> => {
    for (let status; (status = statuses.shift()) !== undefined;) {
      const outcome = await bootScript(root, `${findZombies}; exit ${status}`, {
        fuse: {},
        timeout: 20_000,
      });
      found.push(...faults(outcome, status));
    }
  };
  // Two at a time: as many as the smallest machine has processors.
  await Promise.all([work(), work()]);
  assert.deepEqual(found, []);
});

Deno.test("the check of those boots finds what is wrong with one", async () => {
  const leaveZombie = "sh -c 'sleep 0 & exec sleep 5' & sleep 0.5";
  const withZombie = await bootScript(
    root,
    `${leaveZombie}; ${findZombies}; exit 3`,
    { fuse: {} },
  );
  assert.match(faults(withZombie, 3).join(), /^3: zombie \d+ \(sleep\) Z /);
  assert.match(faults(withZombie, 4).join(), /4: reported ioctl .* arg=3 /);

  const lost = await bootScript(root, "exit 5", { fuse: { loseIoctl: true } });
  assert.deepEqual(faults(lost, 5), ["5: not taken by the host"]);
});

for (const [name, status] of [["KILL", 137], ["SEGV", 139]] as const) {
  Deno.test(`a workload that SIG${name} ends has the status ${status}`, async () => {
    const outcome = await bootScript(root, `kill -${name} $$`, { fuse: {} });
    assert.deepEqual(faults(outcome, status), []);
  });
}

Deno.test("the status of a workload that can be executed is its own", async () => {
  const found: readonly BootOptions[] = [
    { args: ["sh", "-c", "exit 8"] },
    { args: ["where"], env: ["PATH=/missing:/bin/text:/plain:/other"] },
    { args: ["where"], env: ["PATH="], config: { cwd: "/other" } },
    { args: ["/other/where"], env: [] },
    { args: ["-c", "exit 8"], env: ["KRUN_INIT=/bin/sh"] },
    { args: ["./where"], env: ["KRUN_WORKDIR=/other"] },
  ];
  for (const options of found) {
    assert.deepEqual(faults(await onFuse(options), 8), []);
  }
});

const refused: readonly {
  readonly what: string;
  readonly options: BootOptions;
  readonly status: number;
  readonly complaint: string;
}[] = [
  {
    what: "a command that is missing",
    options: { args: ["/missing"] },
    status: 127,
    complaint: "workload: execve /missing: ENOENT",
  },
  {
    what: "a command that no folder of PATH holds",
    options: { args: ["sh"], env: ["PATH=/other:/tmp"] },
    status: 127,
    complaint: "workload: execve sh: ENOENT",
  },
  {
    what: "an empty KRUN_INIT",
    options: { args: ["-c", "exit 8"], env: ["KRUN_INIT="] },
    status: 127,
    complaint: "workload: execve : ENOENT",
  },
  {
    what: "a script whose interpreter is missing",
    options: { args: ["/bin/no-interpreter"] },
    status: 127,
    complaint: "workload: execve /bin/no-interpreter: ENOENT",
  },
  {
    what: "a program whose loader is missing",
    options: { args: ["/bin/musl-program"] },
    status: 127,
    complaint: "workload: execve /bin/musl-program: ENOENT",
  },
  {
    what: "a directory",
    options: { args: ["/tmp"] },
    status: 126,
    complaint: "workload: execve /tmp: EACCES",
  },
  {
    what: "a file that is not executable",
    options: { args: ["text"], env: ["PATH=/bin:/other"] },
    status: 126,
    complaint: "workload: execve text: EACCES",
  },
  {
    what: "an executable file that is no program",
    options: { args: ["/bin/no-format"] },
    status: 126,
    complaint: "workload: execve /bin/no-format: ENOEXEC",
  },
  {
    what: "a file below a file",
    options: { args: ["/bin/text/sh"] },
    status: 126,
    complaint: "workload: execve /bin/text/sh: ENOTDIR",
  },
  {
    what: "a command with more arguments than 8 MB of stack have room for",
    options: { config: { args: ["/bin/sh", ...Array(1_200_000).fill("")] } },
    status: 126,
    complaint: "workload: execve /bin/sh: E2BIG",
  },
  {
    what: "a working directory that is missing",
    options: { env: ["KRUN_WORKDIR=/work"] },
    status: 125,
    complaint: 'chdir: chdir("/work"): ENOENT',
  },
  {
    what: "a working directory that is a file",
    options: { config: { cwd: "/bin/text" } },
    status: 125,
    complaint: 'chdir: chdir("/bin/text"): ENOTDIR',
  },
];

for (const { what, options, status, complaint } of refused) {
  Deno.test(`${what} has the status ${status} and its reason on the console`, async () => {
    const outcome = await onFuse(options);
    assert.deepEqual(complaints(outcome), [`krun-init: ${complaint}`]);
    const rest = { ...outcome, stderr: "" };
    assert.deepEqual(faults(rest, status), []);
  });
}

Deno.test("the console has the status where no host takes it", async () => {
  for (const options of [{}, { fuse: { loseIoctl: true } }]) {
    const { stderr, ended } = await bootScript(root, "exit 9", options);
    assert.equal(lines(stderr).at(-1), "krun-init: exit-code 9");
    assert.equal(ended, "reboot");
  }
});
