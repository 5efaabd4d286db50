/** Roots, disks and shares. */

import { type Case, sh } from "../case.ts";

const env = ["PATH=/bin"];

export const volumes: readonly Case[] = [
  {
    name: "read-only-root",
    about: "a root that cannot be written to",
    guest: { readOnly: true, exec: sh("touch /x || exit 3"), env },
    expect: { status: 3, stderr: /Read-only/ },
    short: true,
  },
  {
    name: "share",
    about: "a further share, mounted by the command",
    guest: {
      shares: ["data:data"],
      exec: sh(
        "mount -t virtiofs data /tmp && cat /tmp/in && echo out > /tmp/out",
      ),
      env,
    },
    files: { "/data/in": "from the host\n" },
    script: "guest && cat data/out",
    expect: { stdout: "from the host\nout\n" },
  },
  {
    name: "share-config",
    about: "a further share, mounted by the config",
    guest: { shares: ["data:data:ro"] },
    config: {
      process: { args: sh("cat /data/in; touch /data/x"), env },
      mounts: [{
        destination: "/data",
        type: "virtiofs",
        source: "data",
        options: ["ro"],
      }],
    },
    files: { "/data/in": "from the host\n" },
    expect: { status: 1, stdout: "from the host\n", stderr: /Read-only/ },
    upstream: {
      status: 1,
      stderr: /data\/in.: No such file/,
      because: "it mounts no volumes",
    },
  },
  {
    name: "disk",
    about: "a disk beside the root, mounted by the config, clean afterwards",
    guest: { disks: ["data:disk"] },
    config: {
      process: { args: sh("cat /data/in && echo out > /data/out"), env },
      mounts: [{ destination: "/data", type: "ext4", source: "/dev/vda" }],
    },
    files: { "/data/in": "from the host\n" },
    script: `/usr/sbin/mke2fs -q -t ext4 -d data disk 8M || exit
guest; status=$?
/usr/sbin/e2fsck -fn disk >check 2>&1 || cat check
/usr/sbin/debugfs -R 'cat /out' disk 2>/dev/null
exit $status`,
    expect: { stdout: "from the host\nout\n" },
    upstream: {
      status: 1,
      stderr: /data\/in.: No such file/,
      because: "it mounts no volumes",
    },
  },
  {
    name: "disk-root",
    about: "a disk as the root, ext4, clean afterwards",
    guest: {
      disks: ["root:disk"],
      rootDisk: "/dev/vda:ext4",
      exec: sh(
        "echo written > /file; grep ' / ' /proc/mounts | cut -d' ' -f3; exit 7",
      ),
      env,
    },
    noRoot: true,
    script: `mkdir tree && cp -a /jobs/busybox/. tree
mkdir -p tree/dev tree/proc tree/sys
/usr/sbin/mke2fs -q -t ext4 -d tree disk 32M || exit
guest; status=$?
/usr/sbin/e2fsck -fn disk >check 2>&1 || cat check
exit $status`,
    expect: { status: 7, stdout: "ext4\n" },
    upstream: {
      stdout: "ext4\n",
      because: "the status does not reach the host, which ends with 0",
    },
    short: true,
  },
];
