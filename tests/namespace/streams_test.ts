/**
 * Tests of the relay between the workload and the host's ports. In the place
 * of ports there are FIFOs here, whose other ends are the test's: so it can
 * stop to read, which a virtual machine's host can't be made to.
 */

import assert from "#assert";
import { changedImage } from "../fixtures/image.ts";
import { makeRoot, type Outcome } from "../fixtures/namespace.ts";
import { run } from "../../tools/run.ts";
import {
  type BootOptions,
  bootScript,
  budget,
  complaints,
  lines,
} from "./guest.ts";

const names = ["krun-stdin", "krun-stdout", "krun-stderr"];

const init = await changedImage({
  file: "stages/stdio.ts",
  from: '"/sys/class/virtio-ports"',
  to: '"/ports"',
}, {
  file: "stages/stdio.ts",
  from: "`/dev/${entry}`",
  to: "`${portsFolder}/${entry}/port`",
});

/** The host's ends of the three ports. */
interface Host {
  readonly stdin: Deno.FsFile;
  readonly stdout: Deno.FsFile;
  readonly stderr: Deno.FsFile;
}

/** Boots with a script as the workload, while the host does its part. */
async function bootWith(
  script: string,
  act: (host: Host) => Promise<void>,
  options: BootOptions = {},
): Promise<Outcome> {
  const root = await makeRoot({
    busybox: true,
    files: Object.fromEntries(
      names.map((name) => [`/ports/${name}/name`, `${name}\n`]),
    ),
  });
  const [stdin = "", stdout = "", stderr = ""] = names.map((name) =>
    `${root}/ports/${name}/port`
  );
  await run("mkfifo", [stdin, stdout, stderr]);
  const booting = bootScript(root, script, { init, ...options });
  // Each waits until the guest opens the same, in whatever order.
  const files = await Promise.all([
    Deno.open(stdin, { write: true }),
    Deno.open(stdout),
    Deno.open(stderr),
  ]);
  try {
    await act({ stdin: files[0], stdout: files[1], stderr: files[2] });
    return await booting;
  } finally {
    for (const file of files) {
      try {
        file.close();
      } catch {
        // The host's part was to close it.
      }
    }
  }
}

async function readAll(file: Deno.FsFile): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65536);
  let text = "";
  for (;;) {
    const size = await file.read(buffer);
    if (size === null) return text + decoder.decode();
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
  }
}

async function write(file: Deno.FsFile, text: string): Promise<void> {
  await file.write(new TextEncoder().encode(text));
}

Deno.test("the workload's streams are pipes to the host, which /dev/stdout and the like open again", async () => {
  let [output, errors] = ["", ""];
  const outcome = await bootWith(
    `for n in 1 2 3; do echo $n > /dev/stdout; echo $n > /dev/stderr; done
     cat < /dev/stdin; exit 3`,
    async ({ stdin, stdout, stderr }) => {
      await write(stdin, "input\n");
      stdin.close();
      [output, errors] = await Promise.all([readAll(stdout), readAll(stderr)]);
    },
  );
  assert.deepEqual([output, errors], ["1\n2\n3\ninput\n", "1\n2\n3\n"]);
  assert.equal(outcome.status, 3);
  assert.deepEqual(complaints(outcome), []);
});

Deno.test("a host that stops to read one stream does not stop the other", async () => {
  let errors = "";
  const { status } = await bootWith(
    "yes & sleep 0.5; echo aside >&2; kill $!; exit 4",
    async ({ stdout, stderr }) => {
      errors = await readAll(stderr);
      await readAll(stdout);
    },
  );
  assert.match(errors, /^aside$/m);
  assert.equal(status, 4);
});

Deno.test("a host that reads little by little gets every byte", async () => {
  const most = 60_000;
  let output = "";
  await bootWith(`seq 1 ${most}`, async ({ stdout }) => {
    const decoder = new TextDecoder();
    // More than a page, so that there is room for a part of a chunk.
    const piece = new Uint8Array(5000);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const size = await stdout.read(piece);
      if (size === null) break;
      output += decoder.decode(piece.subarray(0, size), { stream: true });
    }
  });
  const numbers = Array.from({ length: most }, (_, n) => `${n + 1}\n`);
  assert.ok(output === numbers.join(""), `${output.length} bytes`);
});

Deno.test("a host that has stopped to read does not keep the guest from its end", async () => {
  const { status, ended, nanoseconds } = await bootWith(
    "yes & sleep 0.5; kill $!; exit 7",
    () => Promise.resolve(),
  );
  assert.deepEqual([status, ended], [7, "reboot"]);
  const took = nanoseconds / 1e6;
  const patience = await budget("BUDGET_STREAMS");
  // It did wait for the host, or this would show nothing.
  assert(took > patience && took < patience + 5000, `${took} ms`);
});

Deno.test("the end of a stream reaches the other side, whichever it is", async () => {
  let output = "";
  const workloadEnds = await bootWith(
    'echo last; exec >&-; read line; [ "$line" = seen ] && exit 5',
    async ({ stdin, stdout }) => {
      output = await readAll(stdout);
      await write(stdin, "seen\n");
    },
  );
  assert.equal(output, "last\n");
  assert.equal(workloadEnds.status, 5);

  let status = "";
  const hostEnds = await bootWith(
    "yes; echo $? >&2; exit 6",
    async ({ stdout, stderr }) => {
      stdout.close();
      status = await readAll(stderr);
    },
  );
  // By SIGPIPE.
  assert.equal(status, "141\n");
  assert.equal(hostEnds.status, 6);
});

Deno.test("a host whose input nobody reads any more is told", async () => {
  let failure: unknown;
  const { status } = await bootWith(
    "exec <&-; echo closed; sleep 1; exit 8",
    async ({ stdin, stdout }) => {
      await stdout.read(new Uint8Array(64));
      try {
        for (let n = 0; n < 100; n++) {
          await write(stdin, "unread\n");
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } catch (error) {
        failure = error;
      }
    },
  );
  assert(failure instanceof Deno.errors.BrokenPipe, `${failure}`);
  assert.equal(status, 8);
});

Deno.test("PID 1 as the relay does not run while nothing is written, and takes no more than 64 KB", async () => {
  let output = "";
  await bootWith(
    `yes | head -c 1000000 >&2; sleep 1
     look() { grep ctxt_switches /proc/1/status; }
     one=$(look); sleep 10; two=$(look)
     [ "$one" = "$two" ] && echo idle
     grep ^Pss: /proc/1/smaps_rollup; exit 9`,
    async ({ stdout, stderr }) => {
      [output] = await Promise.all([readAll(stdout), readAll(stderr)]);
    },
  );
  const [idle, pss = ""] = lines(output);
  assert.equal(idle, "idle");
  const kilobytes = Number(/(\d+) kB/.exec(pss)?.[1]);
  assert(kilobytes > 0 && kilobytes <= 64, pss);
});

Deno.test("a workload that is to have a terminal has one before its ports, its user's and of its size", async () => {
  const script =
    `tty; stty size; stat -c %u $(tty); : < /dev/tty && echo its own
    stty -echo; read line; echo "got $line"; echo aside >&2; cat; exit 3`;
  let [output, errors] = ["", ""];
  const outcome = await bootWith(
    "",
    async ({ stdin, stdout, stderr }) => {
      await write(stdin, "a line\nand another\nand half a one");
      stdin.close();
      [output, errors] = await Promise.all([readAll(stdout), readAll(stderr)]);
    },
    {
      args: [],
      config: {
        annotations: { "krun-init.oci": "1" },
        process: {
          terminal: true,
          consoleSize: { height: 30, width: 100 },
          user: { uid: 1000, gid: 1000 },
          args: ["/bin/sh", "-c", script],
        },
      },
    },
  );
  // What was typed before the workload turned that off is shown.
  const shown = output.replaceAll("\r", "")
    .replace("a line\nand another\nand half a one", "");
  assert.equal(
    shown,
    "/dev/pts/0\n30 100\n1000\nits own\ngot a line\naside\nand another\nand half a one",
  );
  assert.equal(errors, "");
  assert.equal(outcome.status, 3);
  assert.deepEqual(complaints(outcome), []);
});

Deno.test("a key on such a terminal is a signal to whoever is in front", async () => {
  const { status } = await bootWith(
    "",
    async ({ stdin, stdout }) => {
      await stdout.read(new Uint8Array(64));
      await write(stdin, "\x03");
      await readAll(stdout);
    },
    {
      args: [],
      config: {
        process: {
          terminal: true,
          args: ["/bin/sh", "-c", "trap 'exit 5' INT; echo ready; sleep 20"],
        },
      },
    },
  );
  assert.equal(status, 5);
});

Deno.test("a workload in PID 1's place has the ports themselves", async () => {
  const root = await makeRoot({
    busybox: true,
    files: { "/ports/krun-stdout/name": "krun-stdout\n" },
  });
  const path = `${root}/ports/krun-stdout/port`;
  await run("mkfifo", [path]);
  const booting = bootScript(root, "readlink /proc/self/fd/1", {
    init,
    env: ["KRUN_INIT_PID1=1"],
  });
  using file = await Deno.open(path);
  assert.equal(await readAll(file), "/ports/krun-stdout/port\n");
  await booting;
});
