/**
 * Tests of the workload's streams where the host has ports for them: they are
 * streams as a program expects them, and no terminal.
 */

import assert from "#assert";
import { boot, bootScript, configFile, testOnEachArch } from "./vm_helper.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

testOnEachArch(
  "the workload's streams can be opened again, any number of times",
  async (arch) => {
    const { status, output, messages } = await bootScript(
      `echo one > /dev/stderr; echo two > /dev/stderr
       log=/proc/self/fd/2; echo three >> $log; echo four > /dev/fd/2
       echo five | tee /dev/stderr
       for n in 1 2 3; do echo $n > /dev/stdout; done
       cat < /dev/stdin; exit 3`,
      { arch, stdin: encode("read\n") },
    );
    assert.equal(output, "five\n1\n2\n3\nread\n");
    assert.equal(messages, "one\ntwo\nthree\nfour\nfive\n");
    assert.equal(status, 3);
  },
);

Deno.test("the streams belong to the workload's user", async () => {
  const script =
    "echo out > /dev/stdout; echo err > /dev/stderr; cat < /dev/stdin | wc -c; id -u";
  const { status, output, messages } = await boot({
    config: configFile({
      annotations: { "krun-init.oci": "1" },
      process: {
        args: ["/bin/sh", "-c", script],
        user: { uid: 1000, gid: 1000 },
      },
    }),
    stdin: encode("12345"),
  });
  assert.equal(messages, "err\n");
  assert.equal(output, "out\n5\n1000\n");
  assert.equal(status, 0);
});

Deno.test("all that is written before the workload's end reaches the host", async () => {
  const size = 100_000_000;
  let taken = 0;
  let wrong = 0;
  const { status, messages } = await bootScript(
    `yes | head -c ${size}; yes | head -c 10000 >&2; exit 5`,
    {
      onStdout(bytes) {
        // "y\n" again and again, with nothing missing in between.
        bytes.forEach((byte, n) => {
          if (byte !== ((taken + n) % 2 === 0 ? 0x79 : 0x0a)) wrong++;
        });
        taken += bytes.length;
      },
    },
  );
  assert.deepEqual([taken, wrong], [size, 0]);
  assert.equal(messages, "y\n".repeat(5000));
  assert.equal(status, 5);
});

Deno.test("what a background process writes until the guest's end reaches the host", async () => {
  const { status, output, messages } = await bootScript(
    `(trap 'echo late; echo late >&2; exit' TERM
      echo early; while :; do sleep 0.1; done) &
     sleep 1; exit 4`,
  );
  assert.equal(output, "early\nlate\n");
  // The shell itself may have told that its own child was ended.
  assert.match(messages, /^late$/m);
  assert.equal(status, 4);
});

Deno.test("input that nobody reads, and output that goes on without it", async () => {
  const { status, output } = await bootScript(
    "exec < /dev/null; sleep 1; echo still here; exec >&-; sleep 1; exit 6",
    { stdin: new Uint8Array(10_000_000) },
  );
  assert.equal(output, "still here\n");
  assert.equal(status, 6);
});

Deno.test("a workload whose streams are no terminal has no terminal", async () => {
  const { status, messages, output } = await bootScript(
    `head -c1 < /dev/tty; echo $?
     head -c1 /dev/hvc0 < /dev/null > /dev/null 2>&1 & sleep 0.2
     head -c1 < /dev/tty; echo $?; tty; exit 7`,
  );
  assert.equal(output, "1\n1\nnot a tty\n");
  assert.equal(
    messages,
    "sh: can't open /dev/tty: No such device or address\n".repeat(2),
  );
  assert.equal(status, 7);
});

testOnEachArch(
  "the console's name is that of a device, for tty and ps alike",
  async (arch) => {
    const { status, console } = await bootScript(
      `tty; readlink /proc/$$/fd/0; ls -l /dev/console | grep -c ' 5, *1 '
       [ /proc/$$/fd/0 -ef $(tty) ] && echo the same
       ps -o tty,comm | grep busybox; exit 8`,
      { arch, consoleOnly: true },
    );
    assert.match(
      console.replaceAll("\r", ""),
      /^\/dev\/hvc0\n\/dev\/hvc0\n1\nthe same\n229,0 +busybox$/m,
    );
    assert.equal(status, 8);
  },
);
