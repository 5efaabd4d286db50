import assert from "#assert";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { timesync } from "../../stages/timesync.ts";
import { runStage } from "./stage_helper.ts";

Deno.test("timesync is for builds with the feature, on Linux", () => {
  const { calls, events } = runStage(timesync);
  assert.deepEqual(calls, []);
  assert.deepEqual(events, ["skip: built without timesync"]);
  assert.deepEqual(
    runStage(timesync, {
      facts: { features: ["timesync"], platform: "freebsd" },
    }).events,
    ["skip: not on freebsd"],
  );
});

Deno.test("timesync hands over a socket on libkrun's port and asks the host for the time", () => {
  const sent: unknown[] = [];
  const { calls, events, handover } = runStage(timesync, {
    facts: { features: ["timesync"] },
    answers: {
      openVsock: () => 7,
      sendToHost: (...args) => sent.push(...args),
    },
  });
  assert.deepEqual(calls, ["openVsock(123)", "sendToHost(123, 1 bytes)"]);
  assert.deepEqual(sent, [7, 123, new Uint8Array(1)]);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(handover, { ...newHandover(), clock: 7 });
});

Deno.test("timesync keeps the socket where the host can't be asked", () => {
  const { events, handover } = runStage(timesync, {
    facts: { features: ["timesync"] },
    failures: { "sendToHost(123, 1 bytes)": "ENODEV" },
  });
  assert.deepEqual(events, [
    "start",
    "warn: sendToHost(123, 1 bytes): ENODEV (the first correction may take a minute)",
    "done",
  ]);
  assert.equal(handover.clock, 3);
});

Deno.test("timesync promises nothing and hands over nothing where there is no vsock device", () => {
  const { calls, events, handover } = runStage(timesync, {
    facts: { features: ["timesync"] },
    failures: { "sendToHost(123, 1 bytes)": "EINVAL" },
    answers: { openVsock: () => 7 },
  });
  assert.deepEqual(calls, [
    "openVsock(123)",
    "sendToHost(123, 1 bytes)",
    "close(7)",
  ]);
  assert.deepEqual(events, [
    "start",
    "warn: sendToHost(123, 1 bytes): EINVAL",
    "done",
  ]);
  assert.equal(handover.clock, -1);
});

Deno.test("timesync reports a kernel without vsock, and the boot goes on", () => {
  const { calls, events, handover } = runStage(timesync, {
    facts: { features: ["timesync"] },
    failures: { "openVsock(123)": "EAFNOSUPPORT" },
  });
  assert.deepEqual(calls, ["openVsock(123)"]);
  assert.deepEqual(events, [
    "start",
    "warn: openVsock(123): EAFNOSUPPORT",
    "done",
  ]);
  assert.equal(handover.clock, -1);
});
