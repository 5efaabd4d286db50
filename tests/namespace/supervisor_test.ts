/** Tests of PID 1 from the workload's start to the end of the guest. */

import assert from "#assert";
import { compile } from "../fixtures/compile.ts";
import { image } from "../fixtures/image.ts";
import {
  makeRoot,
  minimalInit,
  type Outcome,
  type RootFile,
} from "../fixtures/namespace.ts";
import { linkOrCopy } from "../fixtures/roots.ts";
import { run } from "../../tools/run.ts";
import { boot, bootScript, budget, complaints, lines } from "./guest.ts";

const programs = ["forwarded_signals", "last_act", "make_orphans"];

const root = await makeRoot({
  busybox: true,
  files: Object.fromEntries(
    await Promise.all(
      programs.map(async (name): Promise<[string, RootFile]> => [
        `/bin/${name}`,
        {
          from: await compile({
            name,
            sources: [`${name}.c`],
            flags: ["-static"],
          }),
        },
      ]),
    ),
  ),
});

/** Milliseconds from last_act's last act to the end of the guest. */
function sinceLastAct({ stdout, started, nanoseconds }: Outcome): number {
  const act = Number(lines(stdout).at(-1));
  assert(act > started, stdout);
  return (started + nanoseconds - act) / 1e6;
}

const milliseconds = ({ nanoseconds }: Outcome): number => nanoseconds / 1e6;

/** What the machine may take longer than it is told to, with other work on it. */
const tolerance = 4000;

const signals = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  USR1: 10,
  USR2: 12,
  TERM: 15,
  WINCH: 28,
  PWR: 30,
  RTMIN: 34,
  RTMAX: 64,
};

const targets = { "": [], "'s group": ["KRUN_SIGNAL_GROUP=1"] };

for (const [target, env] of Object.entries(targets)) {
  Deno.test(`PID 1 forwards signals to the workload${target}, and no one else`, async () => {
    const numbers = Object.values(signals);
    const outcome = await boot(root, {
      args: ["/bin/forwarded_signals", ...numbers.map(String)],
      env: ["KRUN_STOP_TIMEOUT=60", ...env],
    });
    assert.deepEqual(
      lines(outcome.stdout),
      numbers.map((n) => {
        // Both ask to stop.
        const got = n === signals.PWR ? signals.TERM : n;
        const member = env.length > 0 ? got : 0;
        return `${n}: leader ${got}, member ${member}, stranger 0`;
      }),
    );
    assert.equal(outcome.status, 0);
  });
}

Deno.test("the check of the signals notices a PID 1 that forwards none", async () => {
  const { stdout } = await boot(root, {
    init: await minimalInit(),
    args: ["/bin/forwarded_signals", "10"],
  });
  assert.equal(stdout, "10: leader 0, member 0, stranger 0\n");
});

Deno.test("a workload that heeds the request to stop keeps its own status", async () => {
  const outcome = await bootScript(
    root,
    "trap 'exit 5' TERM; kill -TERM 1; while :; do sleep 0.1; done",
  );
  assert.equal(outcome.status, 5);
  const took = milliseconds(outcome);
  assert(took < tolerance, `${took} ms`);
});

Deno.test("a request to stop sends the stop signal of the config, whatever asks for it", async () => {
  for (const name of ["TERM", "PWR"]) {
    const { stdout, status } = await bootScript(
      root,
      "",
      {
        args: [],
        config: {
          Cmd: [
            "/bin/sh",
            "-c",
            `trap 'echo TERM' TERM PWR; trap 'echo quit; exit 0' QUIT
             kill -${name} 1; while :; do sleep 0.1; done`,
          ],
          Env: ["PATH=/bin"],
          StopSignal: "SIGQUIT",
        },
      },
    );
    assert.deepEqual([stdout, status], ["quit\n", 0]);
  }
});

Deno.test("a request to stop reaches the main process alone, which may wait for others", async () => {
  const { stdout, status } = await bootScript(
    root,
    `trap 'echo parent; wait; exit 0' TERM
     sh -c 'sleep 1; echo child done' & (sleep 0.3; kill -TERM 1) & wait`,
  );
  assert.deepEqual([stdout, status], ["parent\nchild done\n", 0]);
});

for (const command of ["poweroff", "halt", "reboot"]) {
  Deno.test(`busybox's ${command} asks the workload to stop`, async () => {
    const { stdout, status } = await bootScript(
      root,
      `trap 'echo asked; exit 5' TERM
       ${command}; for n in $(seq 50); do sleep 0.1; done`,
    );
    assert.deepEqual([stdout, status], ["asked\n", 5]);
  });
}

Deno.test("SIGUSR1 and SIGUSR2 of anything else are passed on", async () => {
  const { stdout, status } = await bootScript(
    root,
    `trap 'echo asked' TERM; trap 'echo 1' USR1; trap 'echo 2' USR2
     kill -USR1 1; sleep 0.3; /bin/busybox kill -USR2 1; sleep 0.3; exit 6`,
  );
  assert.deepEqual([stdout, status], ["1\n2\n", 6]);
});

Deno.test("a stopped workload hears a request to stop", async () => {
  const outcome = await bootScript(
    root,
    `trap 'echo asked; exit 5' TERM
     (until grep -q 'State:.T' /proc/$$/status; do sleep 0.05; done
      kill -TERM 1) &
     kill -STOP $$; sleep 9; exit 6`,
  );
  assert.deepEqual([outcome.stdout, outcome.status], ["asked\n", 5]);
});

for (const name of ["TERM", "PWR"]) {
  Deno.test(`a workload that ignores SIG${name} is killed after KRUN_STOP_TIMEOUT`, async () => {
    const outcome = await bootScript(
      root,
      `trap '' TERM PWR; kill -${name} 1; while :; do sleep 0.1; done`,
      { env: ["KRUN_STOP_TIMEOUT=1"] },
    );
    assert.equal(outcome.status, 137);
    const took = milliseconds(outcome);
    assert(took > 1000 && took < 1000 + tolerance, `${took} ms`);
  });
}

Deno.test("a workload that is asked again and again to stop gets no more time", async () => {
  const outcome = await bootScript(
    root,
    `trap '' TERM; (while kill -TERM 1; do sleep 0.3; done) &
     while :; do sleep 0.1; done`,
    { env: ["KRUN_STOP_TIMEOUT=1"], timeout: 20_000 },
  );
  assert.equal(outcome.status, 137);
  const took = milliseconds(outcome);
  assert(took < 1000 + tolerance, `${took} ms`);
});

Deno.test("other signals ask no workload to stop", async () => {
  const others = "HUP INT QUIT USR1 USR2 WINCH";
  const outcome = await bootScript(
    root,
    `trap '' ${others}; for name in ${others}; do kill -$name 1; done
     sleep 0.3; exit 6`,
    { env: ["KRUN_STOP_TIMEOUT=0"] },
  );
  assert.equal(outcome.status, 6);
});

Deno.test("a KRUN_STOP_TIMEOUT that is no number is reported and not heeded", async () => {
  for (const value of ["", "soon", "-1", "1.5"]) {
    const outcome = await bootScript(
      root,
      "trap 'sleep 0.2; exit 6' TERM; kill -TERM 1; while :; do sleep 0.1; done",
      { env: [`KRUN_STOP_TIMEOUT=${value}`] },
    );
    const complaint = complaints(outcome).join("\n");
    assert.match(complaint, /^krun-init: workload: KRUN_STOP_TIMEOUT: .*$/);
    assert(complaint.includes(value), complaint);
    assert.equal(outcome.status, 6);
  }
});

Deno.test("a workload that is stopped and continued goes on", async () => {
  const outcome = await bootScript(
    root,
    `(until grep -q 'State:.T' /proc/$$/status; do sleep 0.05; done
      sleep 0.2; echo stopped; kill -CONT $$) &
     kill -STOP $$; echo continued; exit 3`,
  );
  assert.equal(outcome.stdout, "stopped\ncontinued\n");
  assert.equal(outcome.status, 3);
});

/** Waits for two seconds at most until no process is left but PID 1 and the shell, and lists all. */
const listProcesses = `cd /proc; n=0
  until set -- [0-9]*; [ $# -le 2 ] || [ $n -ge 200 ]; do
    sleep 0.01; n=$((n+1))
  done; echo $#`;

Deno.test("PID 1 reaps ten thousand orphans", async () => {
  const { stdout, status } = await bootScript(
    root,
    `make_orphans 10000 && ${listProcesses}; exit 7`,
  );
  assert.match(stdout, /^\d+\n2\n$/);
  assert.equal(status, 7);
});

Deno.test("the check of the orphans notices a zombie", async () => {
  const { stdout } = await bootScript(
    root,
    `sh -c 'sleep 0 & exec sleep 9' & sleep 0.1; ${listProcesses}`,
  );
  assert.equal(stdout, "4\n");
});

/** Starts a process that waits for ever, and waits until it is ready to be asked. */
const startChild = (script: string): string =>
  `sh -c '${script}; > /tmp/ready; while :; do sleep 0.05; done' &
   until [ -e /tmp/ready ]; do sleep 0.01; done`;

/** Removes what an earlier guest has left in /tmp. */
async function removeMarks(...files: readonly string[]): Promise<void> {
  for (const file of ["ready", ...files]) {
    await Deno.remove(`${root}/tmp/${file}`).catch(() => {});
  }
}

Deno.test("processes that outlive the workload are asked to end", async () => {
  await removeMarks("asked");
  const outcome = await bootScript(
    root,
    `${startChild('trap "echo asked > /tmp/asked; exit" TERM')}
     exec last_act 9`,
  );
  assert.equal(outcome.status, 9);
  assert.equal(await Deno.readTextFile(`${root}/tmp/asked`), "asked\n");
  const took = sinceLastAct(outcome);
  assert(took < await budget("BUDGET_REST_TERM"), `${took} ms`);
});

Deno.test("a stopped process that outlives the workload is asked to end, too", async () => {
  await removeMarks("asked");
  const outcome = await bootScript(
    root,
    `${startChild('trap "echo asked > /tmp/asked; exit" TERM')}
     kill -STOP $!; exec last_act 9`,
  );
  assert.equal(outcome.status, 9);
  assert.equal(await Deno.readTextFile(`${root}/tmp/asked`), "asked\n");
});

Deno.test("processes that ignore the request to end are killed in time", async () => {
  await removeMarks();
  const outcome = await bootScript(
    root,
    `${startChild('trap "" TERM')}; setsid sleep 1000 & exec last_act 9`,
  );
  assert.equal(outcome.ended, "reboot");
  assert.equal(outcome.status, 9);
  const took = sinceLastAct(outcome);
  const term = await budget("BUDGET_REST_TERM");
  const kill = await budget("BUDGET_REST_KILL");
  assert(took >= term && took < term + kill, `${took} ms`);
});

Deno.test("a workload in PID 1's place has the process number 1", async () => {
  const outcome = await bootScript(root, "echo $$; exit 4", {
    env: ["KRUN_INIT_PID1=1"],
  });
  assert.equal(outcome.stdout, "1\n");
  assert.equal(outcome.ended, "exit 4");
  const other = await bootScript(root, "echo $$; exit 4", {
    env: ["KRUN_INIT_PID1=0"],
  });
  assert.notEqual(other.stdout, "1\n");
  assert.equal(other.ended, "reboot");
});

Deno.test("a command that can't take PID 1's place is reported", async () => {
  for (const [command, status] of [["/missing", 127], ["/tmp", 126]] as const) {
    const outcome = await boot(root, {
      fuse: {},
      args: [command],
      env: ["KRUN_INIT_PID1=1"],
    });
    assert.equal(outcome.status, status);
    assert.equal(outcome.ended, "reboot");
    assert.match(complaints(outcome).join(), / workload: execve \//);
  }
});

Deno.test("PID 1 does not run while nothing happens", async () => {
  const { stdout } = await bootScript(
    root,
    `sleep 1; count() { grep ctxt_switches /proc/1/status; }
     count; sleep 10; count; sh -c 'sleep 0 &'; sleep 0.5; count`,
  );
  const counts = lines(stdout).map((line) => Number(line.split("\t")[1]));
  const [before, unforcedBefore, idle, unforcedIdle, after] = counts;
  assert.deepEqual([idle, unforcedIdle], [before, unforcedBefore]);
  // An orphan is something.
  assert(Number(after) > Number(idle), stdout);
});

Deno.test("the guest ends within 30 ms of the workload", async () => {
  // In memory, or else what others write to the disk would be measured.
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "krun-" });
  try {
    await run("cp", ["-a", root, `${folder}/root`]);
    await linkOrCopy(await image(), `${folder}/image`);
    const times: number[] = [];
    for (let n = 0; n < 15; n++) {
      await run("sync", []);
      const outcome = await boot(`${folder}/root`, {
        init: `${folder}/image`,
        args: ["/bin/last_act", "9"],
      });
      assert.equal(outcome.status, 9);
      times.push(sinceLastAct(outcome));
    }
    const median = times.toSorted((a, b) => a - b)[7] ?? NaN;
    assert(median <= 30, `${times.map(Math.round).join(" ")} ms`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
