import assert from "#assert";
import { bootScript } from "./vm_helper.ts";

/** What the launcher gives Deno, and what Deno gives itself, stays theirs. */
const strangers = [
  "LD_PRELOAD=/nonexistent",
  "DENO_V8_FLAGS=--bogus",
  "DENO_DIR=/workload",
  "NODE_OPTIONS=--bogus",
];

Deno.test("a workload finds what a plain init would have left, and no trace of Deno", async () => {
  const notUtf8 = new Uint8Array([0x42, 0x3d, 0xff, 0x80, 0x41]);
  const { status, stdout, output, messages } = await bootScript(
    `cat /proc/$$/environ; echo; echo ---
     grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status
     grep 'open files' /proc/self/limits
     echo /proc/self/fd/*
     umask; pwd
     n=0
     for p in /proc/[0-9]*; do [ -n "$(cat $p/cmdline)" ] && n=$((n + 1)); done
     echo $n
     grep ^Pss: /proc/1/smaps_rollup
     echo /proc/1/fd/*
     yes | head -1`,
    { env: [...strangers, notUtf8] },
  );
  assert.equal(status, 0);
  const expected = ["HOME=/", "TERM=linux", ...strangers];
  const end = output.indexOf("\n---\n");
  assert.ok(end > 0, output);
  const environment = stdout.subarray(0, stdout.indexOf(0x0a));
  const kernel = [
    ...new TextEncoder().encode(
      expected.map((item) => `${item}\0`).join(""),
    ),
    ...notUtf8,
    0,
  ];
  assert.deepEqual([...environment], kernel);
  const lines = output.slice(end + 5).trimEnd().split("\n");
  const processes = Number(lines.splice(7, 1));
  const pss = Number(
    /^Pss:\s+(\d+) kB$/.exec(lines.splice(7, 1)[0] ?? "")?.[1],
  );
  assert.deepEqual(lines.map((line) => line.replace(/\s+/g, " ")), [
    "SigBlk: 0000000000000000",
    "SigIgn: 0000000000000000",
    "SigCgt: 0000000000000000",
    "Max open files 1024 4096 files ",
    // The fourth is the directory that the shell is listing.
    "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3",
    "0022",
    "/",
    // The fourth is the root that the kernel gave.
    "/proc/1/fd/0 /proc/1/fd/1 /proc/1/fd/2 /proc/1/fd/3",
    "y",
  ]);
  // PID 1 and the shell.
  assert.equal(processes, 2);
  assert.ok(pss > 0 && pss <= 64, `PID 1 has ${pss} kB`);
  assert.doesNotMatch(messages, /Broken pipe/);
});
