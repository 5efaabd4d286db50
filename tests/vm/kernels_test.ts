/**
 * Boots of the real image on the oldest kernel that it is for, and on a newer
 * one than every other test's.
 */

import assert from "#assert";
import { join } from "node:path";
import type { LockedFile } from "../../tools/build_lock.ts";
import { poolTree } from "../../tools/pool_file.ts";
import { boot, configFile } from "./vm_helper.ts";

/** Debian's kernels for clouds, of its releases 11 and 13, by their versions. */
const kernels: Readonly<Record<string, LockedFile>> = {
  "5.10.0-32-cloud-amd64": {
    version: "5.10.223-1",
    path:
      "pool/main/l/linux-signed-amd64/linux-image-5.10.0-32-cloud-amd64_5.10.223-1_amd64.deb",
    sha256: "fb4a1229952d892138532c1d9f40a7fd0bd408e4dcf969c12e4524b6a89fdcb8",
    sha1: "6dd274c86da1f80bd6d4146b22eb2246c9c2dd74",
  },
  "6.12.107+deb13-cloud-amd64": {
    version: "6.12.107-1",
    path:
      "pool/main/l/linux-signed-amd64/linux-image-6.12.107+deb13-cloud-amd64_6.12.107-1_amd64.deb",
    sha256: "04434ff520f860423eafe4203d986a35682ce73c2f71baa39e988ca0da93ac91",
    sha1: "2786eede2590565ef9887fac2a634c6facb56d57",
  },
};

const share = await Deno.makeTempDir({ prefix: "krun-kernels-" });
await Deno.chmod(share, 0o755);
await Deno.writeTextFile(`${share}/file`, "of the share\n");
globalThis.addEventListener("unload", () => {
  Deno.removeSync(share, { recursive: true });
});

/** Tells who and where the workload is, and what it was left. */
const script = `id -u; id -G; umask; ulimit -n; hostname; pwd; cat /data/file
ls /proc/self/fd | wc -l
grep -E '^(NoNewPrivs|CapBnd):' /proc/self/status
cat /proc/sys/kernel/msgmax
cut -d' ' -f2,3,4 /proc/mounts | grep -E '^/(data|scratch|proc/irq) ' |
  sed 's/,inode64//'
wc -c < /proc/timer_list
echo error > /dev/stderr
exit 7`;

const config = configFile({
  annotations: { "krun-init.oci": "1" },
  hostname: "box",
  process: {
    args: ["/bin/busybox", "sh", "-c", script],
    cwd: "/srv/made",
    user: { uid: 1000, gid: 1001, additionalGids: [5], umask: 0o027 },
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 99 }],
    noNewPrivileges: true,
    capabilities: { bounding: ["CAP_CHOWN"] },
  },
  linux: {
    sysctl: { "kernel.msgmax": "4096" },
    maskedPaths: ["/proc/timer_list"],
    readonlyPaths: ["/proc/irq"],
  },
  mounts: [
    {
      destination: "/scratch",
      type: "tmpfs",
      source: "tmpfs",
      options: ["size=1m", "mode=1777"],
    },
    {
      destination: "/data",
      type: "virtiofs",
      source: "data",
      options: ["ro"],
    },
  ],
});

for (const [release, locked] of Object.entries(kernels)) {
  Deno.test(`a guest on Linux ${release} is what its config says`, async () => {
    const kernel = join(await poolTree(locked), "boot", `vmlinuz-${release}`);
    const outcome = await boot({
      ...{ arch: "x86_64", kernel, config, shares: { data: share } },
    });

    assert.equal(outcome.status, 7, outcome.console);
    assert.equal(outcome.reported, "ioctl");
    assert.doesNotMatch(outcome.console, /^krun-init: (?!exit-code 7$)/m);
    assert.deepEqual(outcome.output.split("\n").slice(0, -1), [
      ...["1000", "1001 5", "0027", "77", "box", "/srv/made", "of the share"],
      // Its three streams and the folder.
      "4",
      ...["CapBnd:\t0000000000000001", "NoNewPrivs:\t1", "4096"],
      "/scratch tmpfs rw,nosuid,nodev,relatime,size=1024k",
      "/data virtiofs ro,relatime",
      "/proc/irq proc ro,nosuid,nodev,noexec,relatime",
      "0",
    ]);
    assert.equal(outcome.messages, "error\n");
  });
}
