/** A guest as crun's krun handler starts it. */

import assert from "#assert";
import { makeRoot } from "../fixtures/namespace.ts";
import { boot, complaints } from "./guest.ts";

/** A container's config.json, as crun copies it into the container's root. */
const config = {
  ociVersion: "1.0.0",
  process: {
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: ["/bin/sh", "-c", 'echo "$PWD $GREETING"; mount -t tmpfs; exit 7'],
    env: ["PATH=/usr/bin:/bin", "TERM=xterm", "GREETING=hi there"],
    cwd: "/srv",
    capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"] },
    rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
    noNewPrivileges: true,
  },
  root: { path: "rootfs", readonly: false },
  hostname: "crun",
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
    },
    {
      destination: "/scratch",
      type: "tmpfs",
      source: "tmpfs",
      options: ["rw", "nosuid", "nodev", "size=1m"],
    },
  ],
  linux: { namespaces: [{ type: "pid" }, { type: "mount" }] },
};

/** The init is libkrun's overlay file; the config is a file of the root's. */
async function bootContainer(
  path: string,
): Promise<{ output: string[]; status: number | undefined; said: string[] }> {
  const root = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "srv", "scratch"],
    files: { [path]: { content: JSON.stringify(config), mode: 0o444 } },
  });
  const outcome = await boot(root, { fuse: { writable: true } });
  return {
    output: outcome.stdout.trimEnd().split("\n"),
    status: outcome.status,
    said: complaints(outcome),
  };
}

Deno.test("a container of crun's krun handler runs by its config.json alone, and its status reaches the host", async () => {
  const { output, status, said } = await bootContainer("/.krun_config.json");
  assert.deepEqual(said, []);
  assert.equal(status, 7);
  const [greeting, ...mounts] = output;
  assert.equal(greeting, "/srv hi there");
  assert.ok(mounts.some((line) => /on \/scratch .*size=1024k/.test(line)));
});

Deno.test("a container whose config is elsewhere does not run", async () => {
  const { output } = await bootContainer("/config.json");
  assert.ok(!output.includes("/srv hi there"));
});
