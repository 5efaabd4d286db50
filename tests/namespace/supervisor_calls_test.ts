/** Tests of PID 1 by its system calls: those that it makes, and those that fail it. */

import assert from "#assert";
import { ensurePrograms } from "../../tools/programs.ts";
import { makeRoot } from "../fixtures/namespace.ts";
import { bootScript, complaints } from "./guest.ts";

await ensurePrograms([{ program: "strace", package: "strace" }]);

const root = await makeRoot({ busybox: true });

/** What the workload prints of its supplementary groups (proc_pid_status(5)). */
const groups = "sed -n 's/^Groups:[ \t]*//p' /proc/self/status";

Deno.test("a workload with a user has no group of PID 1's", async () => {
  const script = ["/bin/sh", "-c", groups];
  const outcomeOf = (user?: object) =>
    bootScript(root, "", {
      group: 4,
      args: [],
      config: { process: { args: script, env: ["PATH=/bin"], user } },
    });
  // Without a user they are its own, so there is something to be seen.
  assert.equal((await outcomeOf()).stdout.trim(), "4");
  const { stdout, status } = await outcomeOf({ uid: 1000, gid: 1000 });
  assert.deepEqual([stdout.trim(), status], ["", 0]);
});

Deno.test("PID 1 has the kernel write everything to its disks before the end", async () => {
  const log = await Deno.makeTempFile({ prefix: "krun-calls-" });
  try {
    await bootScript(root, "exit 7", {
      runner: ["strace", "-f", "-o", log, "-e", "trace=sync,reboot"],
    });
    const calls = [
      ...(await Deno.readTextFile(log)).matchAll(
        /^\d+ +(sync\(\)|reboot\(.*)/gm,
      ),
    ].map(([, call]) => call);
    assert.match(calls.at(-2) ?? "", /^sync/, calls.join("\n"));
    assert.match(calls.at(-1) ?? "", /^reboot\(.*LINUX_REBOOT_CMD_RESTART/);
  } finally {
    await Deno.remove(log);
  }
});

Deno.test("a wait that a signal interrupts goes on", async () => {
  for (const call of ["ppoll", "wait4", "rt_sigtimedwait"]) {
    const runner = [
      ...["strace", "-f", "-o", "/dev/null"],
      ...["-e", `inject=${call}:error=EINTR:when=1..3`],
    ];
    const outcome = await bootScript(root, "sleep 0.3; echo out; exit 7", {
      runner,
    });
    assert.deepEqual(
      [outcome.stdout, outcome.status, complaints(outcome)],
      ["out\n", 7, []],
      call,
    );
    const failed = await bootScript(root, "", {
      runner,
      args: [],
      config: "{",
    });
    assert.equal(failed.status, 125, call);
  }
});

Deno.test("a wait that fails is tried again, and not without a pause", async () => {
  const log = await Deno.makeTempFile({ prefix: "krun-calls-" });
  try {
    // Without any poll PID 1 would not hear of the pipeline's end.
    const faults = [["ppoll", "1..10"], ["rt_sigtimedwait", "1+"]] as const;
    for (const [call, when] of faults) {
      const { status, nanoseconds } = await bootScript(
        root,
        "sleep 1; exit 7",
        {
          runner: [
            ...["strace", "-f", "-o", log, "-e", `trace=${call}`],
            ...["-e", `inject=${call}:error=EINVAL:when=${when}`],
          ],
        },
      );
      assert.equal(status, 7, call);
      const failures = (await Deno.readTextFile(log)).split("INJECTED").length;
      // PAUSE in native/relay.c and LOOK in native/signals.c, of PID 1; and
      // busybox's shell has waits of its own.
      const most = nanoseconds / 1e6 / 100 + 10;
      assert.ok(failures > 5 && failures < most, `${call}: ${failures}`);
    }
  } finally {
    await Deno.remove(log);
  }
});
