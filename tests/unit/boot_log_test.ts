import assert from "#assert";
import { SysError } from "../../ffi/sys_error.ts";
import { bootLog } from "../../stages/boot_log.ts";
import type { StartRecord } from "../../stages/formats/start_record.ts";

function startRecord(environment: readonly string[]): StartRecord {
  return { pid: 1, started: 0, args: ["/init.krun"], environment };
}

Deno.test("bootLog() writes warnings and failures at once, and nothing else", () => {
  let text = "";
  const log = bootLog(startRecord([]), (line) => text += line);
  log.mark("launcher", 1);
  log.emit({ kind: "start", stage: "network", time: 2 });
  log.emit({ kind: "warn", stage: "network", message: "No lo", time: 3 });
  log.emit({ kind: "done", stage: "network", time: 4 });
  log.emit({ kind: "fail", stage: "chdir", message: "No /x", time: 5 });
  log.close();
  assert.equal(
    text,
    "krun-init: network: No lo\nkrun-init: chdir: No /x\n",
  );
});

Deno.test("bootLog() adds every event as a JSON line when it is traced", () => {
  let text = "";
  const start = startRecord(["HOME=/", "KRUN_INIT_TRACE=1"]);
  const log = bootLog(start, (line) => text += line);
  log.mark("launcher", 1);
  log.emit({ kind: "skip", stage: "timesync", message: "no", time: 2 });
  assert.equal(text, "");
  log.close();
  assert.deepEqual(text.trimEnd().split("\n").map((line) => JSON.parse(line)), [
    { kind: "mark", name: "launcher", time: 1 },
    { kind: "skip", stage: "timesync", message: "no", time: 2 },
  ]);
});

Deno.test("bootLog() is not troubled by a console that takes nothing", () => {
  let attempts = 0;
  const log = bootLog(startRecord(["KRUN_INIT_TRACE=1"]), () => {
    attempts++;
    throw new SysError("write(2, 1 bytes)", "EIO");
  });
  log.emit({ kind: "warn", stage: "network", message: "No lo", time: 1 });
  log.close();
  assert.equal(attempts, 2);
});
