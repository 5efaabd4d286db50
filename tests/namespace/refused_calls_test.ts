/**
 * Tests of kernels that refuse system calls, one at a time: old ones, which
 * have not got them, and those that guard them. Whatever is missing, PID 1
 * neither panics nor hangs, and nothing runs but the workload, as who it is.
 */

import assert from "#assert";
import { ensurePrograms } from "../../tools/programs.ts";
import { isSmall } from "../fixtures/base.ts";
import { fewCalls } from "../fixtures/compile.ts";
import { changedImage } from "../fixtures/image.ts";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import { boot, type BootOptions, lines } from "./guest.ts";

await ensurePrograms([{ program: "strace", package: "strace" }]);

const workload = await Deno.readFile(await fewCalls());
const program = { content: workload, mode: 0o755 };
const root = await makeRoot({
  // The shell is what runs where a config is not read; it would say so.
  files: { "/bin/right": program, "/bin/sh": program },
});

const init = await changedImage({
  file: "native/budget.h",
  from: "BUDGET_PIPELINE = 120000",
  to: "BUDGET_PIPELINE = 10000",
});

const options: BootOptions = {
  init,
  fuse: {},
  timeout: 30_000,
  config: {
    hostname: "box",
    process: {
      args: ["/bin/right"],
      user: { uid: 5, gid: 6, additionalGids: [7] },
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 64, hard: 64 }],
    },
    mounts: [{ destination: "/tmp", type: "tmpfs", source: "tmpfs" }],
  },
};

const right = "/bin/right 5\n";

/** These can't fail, it is the test's own, and nothing else ends a guest. */
const excluded = ["getpid", "geteuid", "exit_group", "execve", "reboot"];

/** The calls of a boot, from PID 1's first on: their numbers by their names. */
async function callsOfBoot(): Promise<Map<string, number>> {
  const file = await Deno.makeTempFile({ prefix: "krun-strace-" });
  const runner = ["strace", "-f", "-n", "-o", file];
  const { stdout, status } = await boot(root, { ...options, runner });
  assert.deepEqual([stdout, status], [right, 7]);
  const trace = lines(await Deno.readTextFile(file));
  await Deno.remove(file);
  const start = trace.findIndex((line) => line.includes('execve("/init.krun"'));
  const calls = new Map<string, number>();
  for (const line of trace.slice(start + 1)) {
    const [, number, name = ""] = /\[ *(\d+)\] (\w+)\(/.exec(line) ?? [];
    if (number !== undefined) calls.set(name, Number(number));
  }
  for (const name of excluded) calls.delete(name);
  return calls;
}

const calls = await callsOfBoot();

/** What the host or the console was told. */
function codeOf({ status, stderr }: Outcome): number | undefined {
  const [, printed] = /^krun-init: exit-code (\d+)$/m.exec(stderr) ?? [];
  return status ?? (printed === undefined ? undefined : Number(printed));
}

function isInOrder(outcome: Outcome): boolean {
  if (outcome.ended !== "reboot") return false;
  const code = codeOf(outcome);
  // Where PID 1 can't be told how the workload has ended, that is a failure.
  const codes = outcome.stdout === right ? [7, 125] : [125, 126, 127];
  return ["", right].includes(outcome.stdout) && code !== undefined &&
    codes.includes(code);
}

const ENOSYS = 38;
const EPERM = 1;

Deno.test("a boot that is refused a system call, whichever, ends in order and runs nothing else", async () => {
  assert.ok(calls.size > 50);
  // On Deno, whose boots take longer, a sample.
  const sample = [...calls].filter((_, n) => isSmall || n % 2 === 0);
  const wrong: string[] = [];
  let ran = 0;
  for (const [n, [name, number]] of sample.entries()) {
    const errno = n % 2 === 0 ? ENOSYS : EPERM;
    const outcome = await boot(root, { ...options, refuse: [number, errno] });
    if (outcome.stdout === right) ran += 1;
    if (isInOrder(outcome)) continue;
    const { ended, stdout, stderr } = outcome;
    wrong.push(JSON.stringify([name, errno, ended, stdout, stderr]));
  }
  assert.deepEqual(wrong, []);
  // Some are needed, and others are not.
  assert.ok(ran > 0 && ran < sample.length, `${ran} of ${sample.length}`);
});

Deno.test("a boot that is refused the change of users runs nothing", async () => {
  for (const name of ["setuid", "setgid", "setgroups"]) {
    const call = calls.get(name) ?? assert.fail(name);
    const outcome = await boot(root, { ...options, refuse: [call, EPERM] });
    assert.deepEqual([outcome.stdout, outcome.status], ["", 125], name);
  }
});
