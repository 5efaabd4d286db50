/** Tests of a workload on a terminal, as it is for a person in front of a guest. */

import assert from "#assert";
import { compile } from "../fixtures/compile.ts";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import { bootScript, lines } from "./guest.ts";

const root = await makeRoot({ busybox: true });

/** What is shown, and what is then typed. */
type Typing = readonly [shown: string, keys: string];

const interrupt: Typing = ["type ^C\n", "\x03"];

/**
 * Boots with a terminal as the console and a script as the workload, and types
 * what there is to be typed, one after the other.
 *
 * @returns the outcome, with what was shown as its standard output
 */
async function onTerminal(
  script: string,
  ...typed: readonly Typing[]
): Promise<Outcome> {
  const child = new Deno.Command(
    await compile({ name: "terminal", sources: ["terminal.c"] }),
    { stdin: "piped", stdout: "piped" },
  ).spawn();
  const typing = child.stdin.getWriter();
  const screen = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: path = "" } = await screen.read();
  let shown = "";
  const watching = (async () => {
    const waiting = [...typed];
    for (let seen = 0;;) {
      const { value, done } = await screen.read();
      if (done) return;
      shown += value.replaceAll("\r", "");
      const [text, keys] = waiting[0] ?? ["", ""];
      const at = shown.indexOf(text, seen);
      if (at < 0 || waiting.shift() === undefined) continue;
      seen = at + text.length;
      await typing.write(new TextEncoder().encode(keys));
    }
  })();
  const outcome = await bootScript(root, script, {
    fuse: { writable: true },
    closeStdio: true,
    console: path.trim(),
    timeout: 20_000,
  });
  await typing.close();
  await watching;
  await child.status;
  return { ...outcome, stdout: shown };
}

const wait = "while :; do sleep 0.05; done";

Deno.test("the console is the workload's controlling terminal, and it is in front", async () => {
  const { stdout, status } = await onTerminal(
    `cut -d' ' -f5-8 /proc/$$/stat | { read -r group session terminal front
       [ "$group $session $front" = "$$ 1 $$" ] && [ $terminal -gt 0 ] &&
       echo in front; }
     tty; : < /dev/tty && exit 6`,
  );
  assert.deepEqual(
    lines(stdout).filter((line) => !line.startsWith("krun-init: ")),
    ["in front", "/dev/console"],
  );
  assert.equal(status, 6);
});

Deno.test("^C ends the workload and not PID 1", async () => {
  const { status, ended } = await onTerminal(
    `echo 'type ^C'; ${wait}`,
    interrupt,
  );
  assert.equal(status, 130);
  assert.equal(ended, "reboot");
});

Deno.test("^C reaches the workload and its children, which may catch it", async () => {
  const { stdout, status } = await onTerminal(
    `trap 'echo leader; wait; exit 6' INT
     sh -c "trap 'echo member; exit' INT; echo 'type ^C'; ${wait}"
     ${wait}`,
    interrupt,
  );
  assert.match(stdout, /^(\^C)?member$/m);
  assert.match(stdout, /^leader$/m);
  assert.equal(status, 6);
});

Deno.test("^Z stops what an interactive shell runs, and not the shell", async () => {
  const { stdout, status } = await onTerminal(
    "PS1='next: ' exec sh -i",
    ["next: ", "sh -c 'echo begun; sleep 100; echo ended'\n"],
    ["\nbegun\n", "\x1a"],
    // Of a job that it has not seen the end of, a shell warns once.
    ["Stopped", "kill -9 %1\nexit 6\nexit 6\n"],
  );
  assert.match(stdout, /\[1\]\+ +Stopped/);
  assert.doesNotMatch(stdout, /^ended$/m);
  assert.equal(status, 6);
});

for (
  const [where, run] of [["with a", onTerminal], [
    "without a",
    background,
  ]] as const
) {
  Deno.test(`a background process gets SIGTERM first, ${where} terminal`, async () => {
    await Deno.remove(`${root}/tmp/heard`).catch(() => {});
    const { status } = await run(
      `(trap 'echo HUP > /tmp/heard' HUP
        trap 'echo TERM > /tmp/heard; exit' TERM; sleep 9) &
       sleep 0.3; exit 6`,
    );
    assert.equal(await Deno.readTextFile(`${root}/tmp/heard`), "TERM\n");
    assert.equal(status, 6);
  });
}

function background(script: string): Promise<Outcome> {
  return bootScript(root, script);
}

Deno.test("a shell has job control there, and only there", async () => {
  const script = "sh -i -c 'echo hello'";
  const refusal = "job control turned off";
  const { stdout } = await onTerminal(script);
  assert.match(stdout, /^hello$/m);
  assert(!stdout.includes(refusal), stdout);

  const elsewhere = await bootScript(root, script);
  assert(elsewhere.stderr.includes(refusal), elsewhere.stderr);
});
