import assert from "#assert";
import { kenv } from "../../stages/kenv.ts";
import { freebsdGuest, runStage } from "./stage_helper.ts";

const asked = [
  'kenv("HOSTNAME")',
  'kenv("KRUN_CONFIG")',
  'kenv("KRUN_HOME")',
  'kenv("KRUN_INIT")',
  'kenv("KRUN_INIT_PID1")',
  'kenv("KRUN_RLIMITS")',
  'kenv("KRUN_TERM")',
  'kenv("KRUN_WORKDIR")',
];

Deno.test("kenv asks for the variables of the init, and for no other", () => {
  const { calls, events, environment } = runStage(kenv, {
    facts: freebsdGuest,
    environment: [],
  });
  assert.deepEqual(calls, asked);
  assert.deepEqual(events, ["start", "done"]);
  assert.deepEqual(environment, []);
});

Deno.test("kenv puts what is set into the environment, in the place of what is there", () => {
  const values: Readonly<Record<string, string>> = {
    HOSTNAME: "box",
    KRUN_RLIMITS: '"7=1:2"',
    KRUN_WORKDIR: "",
    TERM: "never asked for",
  };
  const { environment } = runStage(kenv, {
    facts: freebsdGuest,
    environment: ["HOSTNAME=other", "A=1"],
    answers: { kenv: (name) => values[name] },
  });
  assert.deepEqual(environment, [
    "HOSTNAME=box",
    "A=1",
    'KRUN_RLIMITS="7=1:2"',
    "KRUN_WORKDIR=",
  ]);
});

Deno.test("kenv reports a variable that can't be read, and takes the others", () => {
  const { calls, events, environment } = runStage(kenv, {
    facts: freebsdGuest,
    environment: [],
    answers: { kenv: (name) => name.toLowerCase() },
    failures: { 'kenv("KRUN_HOME")': "EPERM" },
  });
  assert.deepEqual(calls, asked);
  assert.deepEqual(events, [
    "start",
    'warn: kenv("KRUN_HOME"): EPERM (going on without KRUN_HOME)',
    "done",
  ]);
  assert.equal(environment.length, asked.length - 1);
});

Deno.test("kenv is for FreeBSD only", () => {
  assert.deepEqual(runStage(kenv).events, ["skip: not on linux"]);
});
