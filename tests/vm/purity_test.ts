import assert from "#assert";
import type { Arch } from "../../tools/native.ts";
import { minimalInit, workloadState } from "../fixtures/compile.ts";
import { makeRoot } from "../fixtures/roots.ts";
import {
  differences,
  parseState,
  type State,
} from "../fixtures/workload_state.ts";
import { boot, bootScript, testOnEachArch } from "./vm_helper.ts";

/** What the launcher gives Deno, and what Deno gives itself, stays theirs. */
const strangers = [
  "LD_PRELOAD=/nonexistent",
  "DENO_V8_FLAGS=--bogus",
  "DENO_DIR=/workload",
  "NODE_OPTIONS=--bogus",
];

testOnEachArch(
  "a workload finds what a plain init would have left, and no trace of Deno",
  async (arch) => {
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
     for fd in /proc/1/fd/*; do readlink $fd; done | sort
     yes | head -1`,
      { arch, env: [...strangers, notUtf8] },
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
    const plain = lines.map((line) =>
      line.replace(/\s+/g, " ").replace(/^(pipe|\/dev\/vport).*/, "$1")
    );
    assert.deepEqual(plain, [
      "SigBlk: 0000000000000000",
      "SigIgn: 0000000000000000",
      "SigCgt: 0000000000000000",
      "Max open files 1024 4096 files ",
      // The fourth is the directory that the shell is listing.
      "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3",
      "0022",
      "/",
      "/",
      ...Array(3).fill("/dev/hvc0"),
      "/dev/kmsg",
      // The ports, and our ends of the workload's pipes. There is no input.
      ...Array(2).fill("/dev/vport"),
      "anon_inode:[signalfd]",
      ...Array(2).fill("pipe"),
      "y",
    ]);
    // PID 1 and the shell.
    assert.equal(processes, 2);
    assert.ok(pss > 0 && pss <= 64, `PID 1 has ${pss} kB`);
    assert.doesNotMatch(messages, /Broken pipe/);
  },
);

/** The state that a workload on the console finds under the image, or another init. */
async function stateOnConsole(arch: Arch, init?: string): Promise<State> {
  const { console, reported } = await boot({
    arch,
    rootfs: await makeRoot({
      files: { "/bin/workload_state": { from: await workloadState(arch) } },
    }),
    consoleOnly: true,
    args: ["/bin/workload_state"],
    ...(init === undefined ? {} : { init }),
  });
  assert.equal(reported, "ioctl", console);
  return parseState(/\{"fd [^}]*\}/.exec(console)?.[0] ?? "");
}

testOnEachArch(
  "a workload finds the state that a minimal C init leaves",
  async (arch) => {
    const state = await stateOnConsole(arch);
    const expected = await stateOnConsole(arch, await minimalInit(arch));
    // The minimal init does without one mount, of cgroup2, and Linux lists the
    // control groups of what was mounted. Its console has no name.
    const streams = ["fd 0", "fd 1", "fd 2"];
    assert.deepEqual(differences(state, expected), [
      ...streams,
      ...["cgroup", "mounts"],
    ]);
    assert.deepEqual([state["cgroup"], expected["cgroup"]], ["0::/\n", ""]);
    const mounts = state["mounts"]?.split("\n") ?? [];
    assert.deepEqual(
      mounts.filter((mount) => !mount.includes(" cgroup2 ")).join("\n"),
      expected["mounts"],
    );
    for (const stream of streams) {
      assert.match(state[stream] ?? "", /^\/dev\/hvc0 /);
      assert.match(expected[stream] ?? "", /^\/dev\/console /);
    }
  },
);
