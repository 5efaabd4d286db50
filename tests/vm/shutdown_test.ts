import assert from "#assert";
import { join } from "node:path";
import type { BootOptions } from "../../tools/vm/boot_vm.ts";
import { compile } from "../fixtures/compile.ts";
import { makeRoot } from "../fixtures/roots.ts";
import { bootScript, type Outcome, pressKeys } from "./vm_helper.ts";

/** What a guest's end may take by native/budget.h, in milliseconds. */
const budget = { kill: 2000, restTerm: 1000, restKill: 500, close: 5000 };

/** What software emulation on a busy machine may add to that. */
const slack = 5000;

/** Runs a script and types something when it has said "ready". */
async function typeInto(
  script: string,
  keys: string,
  options: Partial<BootOptions> = {},
): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "krun-monitor-" });
  const monitor = join(folder, "socket");
  const decoder = new TextDecoder();
  let output = "";
  let typed: Promise<void> | undefined;
  try {
    const outcome = await bootScript(script, {
      ...options,
      monitor,
      onStdout: (bytes) => {
        output += decoder.decode(bytes, { stream: true });
        if (output.includes("ready")) typed ??= pressKeys(monitor, keys);
      },
    });
    await typed;
    return { ...outcome, output };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const untilKilled = "echo ready; while :; do sleep 0.1; done";

Deno.test("ctrl-alt-del asks the workload to stop", async () => {
  const { status, output, end } = await typeInto(
    `trap 'echo asked; exit 5' TERM; ${untilKilled}`,
    "ctrl-alt-delete",
  );
  assert.equal(output, "ready\nasked\n");
  assert.deepEqual([status, end], [5, "guest"]);
});

Deno.test("other keys ask for nothing", async () => {
  const { status, output } = await typeInto(
    `trap 'echo asked; exit 5' TERM INT
     echo ready; sleep 4; exit 6`,
    "ctrl-alt-a",
  );
  assert.equal(output, "ready\n");
  assert.equal(status, 6);
});

Deno.test("a workload that ignores SIGTERM to PID 1 is killed", async () => {
  const { status, output } = await bootScript(
    `trap 'echo asked' TERM
     (sleep 0.5; kill -TERM 1) & ${untilKilled}`,
    // The shell hears of it when its sleep has ended, which it now does alone.
    { env: ["KRUN_STOP_TIMEOUT=5"] },
  );
  assert.equal(output, "ready\nasked\n");
  assert.equal(status, 128 + 9);
});

/** A root with a program that no signal ends. */
async function hungRoot(): Promise<string> {
  const hung = await compile({
    name: "hung_fuse",
    sources: ["hung_fuse.c"],
    flags: ["-static", "-pthread"],
  });
  return await makeRoot({
    busybox: true,
    folders: ["/mnt"],
    files: { "/bin/hung_fuse": { from: hung } },
  });
}

Deno.test("a workload that no signal ends has the status of one that was killed", async () => {
  const { status, reported, end, duration, firstOutput = 0 } = await bootScript(
    `(sleep 1; echo asked; kill -TERM 1) & exec hung_fuse /mnt itself`,
    { rootfs: await hungRoot(), env: ["KRUN_STOP_TIMEOUT=1"] },
  );
  assert.deepEqual([status, reported, end], [128 + 9, "ioctl", "guest"]);
  const { kill, restTerm, restKill, close } = budget;
  const took = duration - firstOutput;
  const least = 1000 + kill + restTerm + restKill;
  // It did hang, or this would show nothing; and the budget held.
  assert.ok(took > least, `${took} ms`);
  assert.ok(took < least + close + slack, `${took} ms`);
});

Deno.test("a process that no signal ends, on a file system that hangs, does not keep the guest", async () => {
  const { status, reported, end, output, duration, firstOutput = 0 } =
    await bootScript(
      `hung_fuse /mnt || exit 1
       for process in /proc/[0-9]*; do
         [ "$(cat $process/comm)" = hung_fuse ] || continue
         kill -KILL \${process#/proc/}; sleep 0.2; grep State $process/status
       done
       exit 7`,
      { rootfs: await hungRoot() },
    );
  assert.match(output, /^State:\tD /);
  assert.deepEqual([status, reported, end], [7, "ioctl", "guest"]);
  const { restTerm, restKill, close } = budget;
  const took = duration - firstOutput;
  // It did hang, or this would show nothing; and the budget held.
  assert.ok(took > restTerm + restKill, `${took} ms`);
  assert.ok(took < restTerm + restKill + close + slack, `${took} ms`);
});

Deno.test("20 boots in a row report their statuses and leave no zombie", async () => {
  const zombies = "cat /proc/[0-9]*/stat | grep -c ' Z '";
  for (let n = 1; n <= 20; n++) {
    const { status, reported, end, output } = await bootScript(
      `${zombies}; exit ${n}`,
    );
    assert.deepEqual(
      { status, reported, end, output },
      { status: n, reported: "ioctl", end: "guest", output: "0\n" },
    );
  }
});
