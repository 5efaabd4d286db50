import assert from "#assert";
import { login } from "../../stages/login.ts";
import { freebsdGuest, runStage } from "./stage_helper.ts";

Deno.test("login names the session's user root", () => {
  const { calls, events } = runStage(login, { facts: freebsdGuest });
  assert.deepEqual(calls, ['setlogin("root")']);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("login reports a refusal, and the boot goes on", () => {
  const { events } = runStage(login, {
    facts: freebsdGuest,
    failures: { 'setlogin("root")': "EPERM" },
  });
  assert.deepEqual(events, ["start", 'warn: setlogin("root"): EPERM', "done"]);
});

Deno.test("login is for FreeBSD only", () => {
  assert.deepEqual(runStage(login).events, ["skip: not on linux"]);
});
