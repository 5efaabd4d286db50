import assert from "#assert";
import { run } from "../../tools/run.ts";
import { makeEmptyDisk } from "../fixtures/disks.ts";
import { exchangeText, serve } from "./server.ts";
import { serverRoot } from "./server_root.ts";

/** Units: what answers on a port, and what has something to do at the end. */
const script = `cd /etc/systemd/system
cat > hello.socket <<'END'
[Socket]
ListenStream=7000
Accept=yes
END
cat > hello@.service <<'END'
[Service]
ExecStart=/bin/sh -c 'echo hello from PID $(cat /proc/1/comm)'
StandardOutput=socket
END
cat > state.service <<'END'
[Unit]
RequiresMountsFor=/data
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'echo started > /data/state'
ExecStop=/bin/sh -c 'echo stopped >> /data/state'
END
mkdir multi-user.target.wants
ln -s ../hello.socket ../state.service multi-user.target.wants
ln -s /lib/systemd/system/multi-user.target default.target
exec /lib/systemd/systemd`;

Deno.test("systemd is PID 1 where it is asked for, and stops its units in order", async () => {
  const disk = await makeEmptyDisk(0);
  const { answer, end, console } = await serve({
    root: await serverRoot(["systemd"]),
    script,
    env: ["KRUN_INIT_PID1=1"],
    disk,
    port: 7000,
    ask: (port) => exchangeText(port, ""),
  });
  assert.equal(answer, "hello from PID systemd\n", console);
  assert.equal(end, "guest");
  const state = await run("debugfs", ["-R", "cat /state", disk]);
  assert.equal(state, "started\nstopped\n", console);
  // Unmounted: ext4 takes this off at the end.
  assert.doesNotMatch(await run("dumpe2fs", ["-h", disk]), /needs_recovery/);
});
