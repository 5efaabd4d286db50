import assert from "#assert";
import { compile } from "../fixtures/compile.ts";
import { makeRoot } from "../fixtures/roots.ts";
import { bootScript, testOnEachArch } from "./vm_helper.ts";

testOnEachArch(
  "the clock process follows the host, whatever else arrives",
  async (arch) => {
    const check = await compile({
      name: "clock_check",
      arch,
      sources: [
        "clock_check.c",
        "../../native/clock.c",
        "../../native/message.c",
        "../../native/relay.c",
        "../../native/signals.c",
        "../../native/system.c",
        "../../native/terminal.c",
      ],
      flags: [
        "-std=gnu11",
        "-static",
        "-ffreestanding",
        "-nostdlib",
        "-fno-stack-protector",
        "-fno-tree-loop-distribute-patterns",
        "-mgeneral-regs-only",
      ],
    });
    const rootfs = await makeRoot({
      busybox: true,
      arch,
      files: { "/bin/clock_check": { from: check } },
    });
    const { status, output, messages } = await bootScript(
      `/bin/clock_check
     for process in /proc/[0-9]*; do
       # By the shell alone: emulated, programs take most of the time.
       read -r name <$process/comm
       if [ "$name" = krun-clock ]; then
         for file in $process/fd/*; do echo \${file#$process/}; done
         while read -r name value; do
           case $name in SigBlk:|SigIgn:|SigCgt:) echo $name $value; esac
         done <$process/status
         while read -r name value unit; do
           [ "$name" != Pss: ] || echo $((value <= 64))
         done <$process/smaps_rollup
       fi
     done`,
      { arch, rootfs },
    );
    assert.equal(status, 0);
    // The datagram's way takes some milliseconds.
    const rounded = messages.replace(
      /was (\d+) ms/g,
      (_, time) => `was ${Math.round(Number(time) / 1000)} s`,
    );
    assert.deepEqual(rounded.trimEnd().split("\n"), [
      "krun-init: timesync: The clock was 3600 s behind the host's",
      "an hour ahead: 36000",
      "too little to set: 0",
      "a second behind: -10",
      "too short: 0",
      "empty: 0",
      "before 1970: 0",
      "krun-init: timesync: The clock was 60 s behind the host's",
      "longer than needed: 600",
    ]);
    assert.deepEqual(output.trimEnd().split("\n"), [
      // Its standard error, and the socket.
      ...["fd/2", "fd/3"],
      "SigBlk: 0000000000000000",
      "SigIgn: 0000000000000000",
      "SigCgt: 0000000000000000",
      "1",
    ]);
  },
);
