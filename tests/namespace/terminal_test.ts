/** Tests of a workload on a terminal, as it is for a person in front of a guest. */

import assert from "#assert";
import { compile } from "../fixtures/compile.ts";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import { bootScript, lines } from "./guest.ts";

const root = await makeRoot({ busybox: true });

/**
 * Boots with a terminal as the console and a script as the workload. When the
 * script writes "type ^C", that is typed.
 *
 * @returns the outcome, with what was shown as its standard output
 */
async function onTerminal(script: string): Promise<Outcome> {
  const child = new Deno.Command(
    await compile({ name: "terminal", sources: ["terminal.c"] }),
    { stdin: "piped", stdout: "piped" },
  ).spawn();
  const typing = child.stdin.getWriter();
  const screen = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: path = "" } = await screen.read();
  let shown = "";
  const watching = (async () => {
    for (let typed = false;;) {
      const { value, done } = await screen.read();
      if (done) return;
      shown += value.replaceAll("\r", "");
      if (typed || !shown.includes("type ^C\n")) continue;
      typed = true;
      await typing.write(Uint8Array.of(3));
    }
  })();
  const outcome = await bootScript(root, script, {
    fuse: {},
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
       [ "$group $session $front" = "$$ $$ $$" ] && [ $terminal -gt 0 ] &&
       echo leader; }
     cut -d' ' -f7 /proc/1/stat; tty; : < /dev/tty && exit 6`,
  );
  assert.deepEqual(
    lines(stdout).filter((line) => !line.startsWith("krun-init: ")),
    // PID 1 itself has no terminal.
    ["leader", "0", "/dev/console"],
  );
  assert.equal(status, 6);
});

Deno.test("^C ends the workload and not PID 1", async () => {
  const { status, ended } = await onTerminal(`echo 'type ^C'; ${wait}`);
  assert.equal(status, 130);
  assert.equal(ended, "reboot");
});

Deno.test("^C reaches the workload and its children, which may catch it", async () => {
  const { stdout, status } = await onTerminal(
    `trap 'echo leader; wait; exit 6' INT
     sh -c "trap 'echo member; exit' INT; echo 'type ^C'; ${wait}"
     ${wait}`,
  );
  assert.match(stdout, /^(\^C)?member$/m);
  assert.match(stdout, /^leader$/m);
  assert.equal(status, 6);
});

Deno.test("a shell has job control there, and only there", async () => {
  const script = "sh -i -c 'echo hello'";
  const refusal = "job control turned off";
  const { stdout } = await onTerminal(script);
  assert.match(stdout, /^hello$/m);
  assert(!stdout.includes(refusal), stdout);

  const elsewhere = await bootScript(root, script);
  assert(elsewhere.stderr.includes(refusal), elsewhere.stderr);
});
