import assert from "#assert";
import { loopback } from "../../stages/loopback.ts";
import { freebsdGuest, runStage } from "./stage_helper.ts";

Deno.test("loopback brings up lo0", () => {
  const { calls, events } = runStage(loopback, { facts: freebsdGuest });
  assert.deepEqual(calls, ['interfaceUp("lo0")']);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("loopback reports a failure, and the boot goes on", () => {
  const { events } = runStage(loopback, {
    facts: freebsdGuest,
    failures: { 'interfaceUp("lo0")': "ENXIO" },
  });
  assert.deepEqual(events, [
    "start",
    'warn: interfaceUp("lo0"): ENXIO',
    "done",
  ]);
});

Deno.test("loopback is for FreeBSD only: Linux has it in network", () => {
  assert.deepEqual(runStage(loopback).events, ["skip: not on linux"]);
});
