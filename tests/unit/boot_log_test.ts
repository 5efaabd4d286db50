import assert from "#assert";
import { decodeBytes } from "../../ffi/bytes.ts";
import { recordingSys } from "../../ffi/recording_sys.ts";
import type { Sys } from "../../ffi/sys.ts";
import type { ErrnoName } from "../../ffi/sys_error.ts";
import { type BootLog, bootLog } from "../../stages/boot_log.ts";

/** A log, and what it has written so far to each descriptor and file. */
interface Observed {
  readonly log: BootLog;
  readonly texts: Readonly<Record<string, string>>;
  readonly calls: readonly string[];
}

const traceFile = 7;

function observed(
  environment: readonly string[],
  failures: Readonly<Record<string, ErrnoName>> = {},
): Observed {
  const texts: Record<string, string> = {};
  const take: Sys["write"] = (descriptor, bytes) => {
    texts[descriptor] = (texts[descriptor] ?? "") + decodeBytes(bytes);
  };
  const sys = recordingSys({
    failures,
    answers: {
      write: take,
      writeFile: (path, bytes) => {
        texts[path] = decodeBytes(bytes);
      },
      open: () => traceFile,
    },
  });
  return { log: bootLog(environment, sys), texts, calls: sys.calls };
}

function events(text: string | undefined): unknown[] {
  return (text ?? "").trimEnd().split("\n").map((line) => JSON.parse(line));
}

const launcher = { kind: "mark", name: "launcher", time: 1 } as const;
const skipped = { kind: "skip", stage: "a", message: "no", time: 2 } as const;

Deno.test("bootLog() writes warnings and failures at once, and nothing else", () => {
  const { log, texts } = observed([]);
  log.mark("launcher", 1);
  log.emit({ kind: "start", stage: "network", time: 2 });
  log.emit({ kind: "warn", stage: "network", message: "No lo", time: 3 });
  assert.equal(texts[2], "krun-init: network: No lo\n");
  log.emit({ kind: "done", stage: "network", time: 4 });
  log.emit({ kind: "fail", stage: "chdir", message: "No /x", time: 5 });
  assert.equal(log.openTrace(), -1);
  log.close();
  assert.deepEqual(texts, {
    2: "krun-init: network: No lo\nkrun-init: chdir: No /x\n",
  });
});

Deno.test("bootLog() adds every event as a JSON line when it is traced", () => {
  const { log, texts } = observed(["HOME=/", "KRUN_INIT_TRACE=1"]);
  log.mark("launcher", 1);
  log.emit(skipped);
  assert.equal(log.openTrace(), 2);
  assert.deepEqual(texts, {});
  log.close();
  assert.deepEqual(Object.keys(texts), ["2"]);
  assert.deepEqual(events(texts[2]), [launcher, skipped]);
});

Deno.test("bootLog() writes the trace to a file that stays open for its last event", () => {
  const { log, texts, calls } = observed(["KRUN_INIT_TRACE=/t"]);
  log.mark("launcher", 1);
  assert.deepEqual(calls, []);
  assert.equal(log.openTrace(), traceFile);
  log.emit(skipped);
  log.close();
  assert.deepEqual(calls.slice(0, 2), [
    'write("/t", 0 bytes)',
    'open("/t")',
  ]);
  assert.deepEqual(events(texts[traceFile]), [launcher, skipped]);
  assert.equal(texts[2], undefined);
});

Deno.test("bootLog() writes the trace's file also where the boot fails", () => {
  const { log, texts } = observed(["KRUN_INIT_TRACE=/t"]);
  log.emit({ kind: "fail", stage: "chdir", message: "No /x", time: 5 });
  log.close();
  assert.deepEqual(events(texts["/t"]), [
    { kind: "fail", stage: "chdir", message: "No /x", time: 5 },
  ]);
  assert.equal(texts[2], "krun-init: chdir: No /x\n");
});

Deno.test("bootLog() tells once that the trace's file can't be written", () => {
  for (const operation of ['write("/t", 0 bytes)', 'open("/t")']) {
    const { log, texts } = observed(["KRUN_INIT_TRACE=/t"], {
      [operation]: "EROFS",
    });
    log.mark("launcher", 1);
    assert.equal(log.openTrace(), -1);
    log.close();
    assert.equal(texts[2], `krun-init: trace: ${operation}: EROFS\n`);
    assert.equal(texts[traceFile], undefined);
  }
});

Deno.test("bootLog() takes the first KRUN_INIT_TRACE, and says what it can't use", () => {
  for (const value of ["", "0"]) {
    const { log, texts } = observed([
      `KRUN_INIT_TRACE=${value}`,
      "KRUN_INIT_TRACE=1",
    ]);
    log.mark("launcher", 1);
    assert.equal(log.openTrace(), -1);
    log.close();
    assert.deepEqual(texts, {});
  }
  const { log, texts } = observed(["KRUN_INIT_TRACE=trace.json"]);
  log.mark("launcher", 1);
  log.close();
  assert.deepEqual(texts, {
    2: "krun-init: trace: KRUN_INIT_TRACE: trace.json is neither 1 nor a path\n",
  });
});

Deno.test("bootLog() is not troubled by a console that takes nothing", () => {
  const { log, calls } = observed(["KRUN_INIT_TRACE=1"], { write: "EIO" });
  log.emit({ kind: "warn", stage: "network", message: "No lo", time: 1 });
  log.close();
  assert.equal(calls.length, 2);
});

Deno.test("bootLog() waits for a console that takes nothing once, and then hardly", () => {
  const patience: unknown[] = [];
  const log = bootLog(
    [],
    recordingSys({
      failures: { "write(2, 22 bytes)": "ETIMEDOUT" },
      answers: { write: (_fd, _bytes, time) => void patience.push(time) },
    }),
  );
  for (let n = 0; n < 3; n++) {
    log.emit({ kind: "warn", stage: "network", message: "x", time: n });
  }
  log.emit({ kind: "warn", stage: "network", message: "more", time: 9 });
  assert.deepEqual(patience.at(-1), 20);
});
