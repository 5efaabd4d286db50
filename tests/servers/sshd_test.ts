import assert from "#assert";
import { join } from "node:path";
import { serve } from "./server.ts";
import { runOf, serverRoot } from "./server_root.ts";

const root = await serverRoot(["openssh-server"]);

Deno.test("sshd lets its user in by a key", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-ssh-" });
  try {
    const key = join(folder, "key");
    await runOf(root, "ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-f",
      key,
    ]);
    const { answer, status, messages } = await serve({
      root,
      script: `mkdir -p -m 700 /run/sshd /root/.ssh
        echo '${await Deno.readTextFile(
        `${key}.pub`,
      )}' > /root/.ssh/authorized_keys
        ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/host
        exec /usr/sbin/sshd -D -e -f /dev/null -h /etc/ssh/host`,
      port: 22,
      ask: (port) =>
        runOf(root, "ssh", [
          ...["-F", "none", "-i", key, "-p", `${port}`],
          ...["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"],
          ...["-o", "UserKnownHostsFile=/dev/null"],
          ...["root@127.0.0.1", "id -un; echo from $SSH_CONNECTION"],
        ]),
    });
    assert.match(answer, /^root\nfrom \S+ \d+ \S+ 22\n$/, messages);
    assert.match(messages, /^Accepted publickey for root /m);
    assert.match(messages, /^Received signal 15; terminating\.\r?$/m);
    assert.equal(status, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
