/**
 * Tests of the clock process as the image starts it. Namespaces have no vsock
 * datagrams, so its socket is another one here; what it does with what arrives
 * is tested in a VM, whose clock it may set.
 */

import assert from "#assert";
import { changedImage } from "../fixtures/image.ts";
import { makeRoot } from "../fixtures/namespace.ts";
import { bootScript, complaints, lines } from "./guest.ts";

const root = await makeRoot({ busybox: true });

const init = await changedImage({
  file: "stages/timesync.ts",
  from: "sys.openVsock(port)",
  to: 'sys.openPacket("lo")',
}, {
  file: "stages/timesync.ts",
  // To such a socket there is no host to ask.
  from: "sys.sendToHost(socket, port, new Uint8Array(1));",
  to: "void port;",
}, {
  file: "stages/timesync.ts",
  from: ', features: ["timesync"]',
  to: "",
});

/**
 * What it has, seen by the workload; its own program is no file of the image.
 * The workload may be there before the process has given itself its name.
 */
const look = `n=0
until grep -qs krun-clock /proc/[0-9]*/comm || [ $((n += 1)) = 500 ]; do
  sleep 0.01
done
for process in /proc/[0-9]*; do
  read name < $process/comm
  [ $name = krun-clock ] || continue
  readlink $process/exe; echo $process/fd/* | sed "s,$process/,,g"
  tr '\\0' ' ' < $process/cmdline; echo; tr '\\0' ' ' < $process/environ
  grep -E '^Sig(Blk|Ign|Cgt)' $process/status
  # Of both, unless the workload is PID 1.
  own=$process/smaps_rollup; [ $$ = 1 ] || own="$own /proc/1/smaps_rollup"
  awk '/^Pss:/ { sum += $2 } END { print (sum <= 64) }' $own
done`;

const clock = [
  "/memfd:krun-init (deleted)",
  // Its standard error, and the socket.
  "fd/2 fd/3",
  "krun-init-clock ",
  "SigBlk:\t0000000000000000",
  "SigIgn:\t0000000000000000",
  "SigCgt:\t0000000000000000",
  "1",
];

const places = {
  "of a guest": [],
  "of a workload in PID 1's place": ["KRUN_INIT_PID1=1"],
};

for (const [place, env] of Object.entries(places)) {
  Deno.test(`the clock process ${place} has nothing of the image's`, async () => {
    const outcome = await bootScript(root, look, { init, env });
    assert.deepEqual(lines(outcome.stdout), clock);
    const rest = complaints(outcome).filter((line) =>
      !line.includes("the first correction may take a minute")
    );
    assert.deepEqual(rest, []);
  });
}
