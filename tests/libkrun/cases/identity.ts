/** Who the command is, and what container runtimes hand over. */

import { type Case, sh } from "../case.ts";
import { terminal } from "../terminal.ts";

const env = ["PATH=/bin"];

function fixture(name: string): string {
  const url = new URL(`../../fixtures/guest_configs/${name}`, import.meta.url);
  return Deno.readTextFileSync(url);
}

export const identity: readonly Case[] = [
  {
    name: "podman",
    about:
      "what podman writes for many of its options, left by crun in the root",
    guest: {},
    root: {
      "/.krun_config.json": fixture("podman_options.json"),
      "/etc/passwd":
        "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/:/bin/sh\n",
      "/scratch/below": "what lay beneath\n",
    },
    expect: {
      stdout:
        /^uid=1000\(me\) gid=1000 groups=44,1000\nbox\n\/etc\na "q" b\n99\n0022\n.*\nNoNewPrivs:\t0\n0\n0\ntmpfs on \/scratch .*size=1024k/,
    },
    upstream: {
      status: 1,
      stdout: /^uid=1000\(me\) gid=1000\nbox\n\/etc\na "q" b\n1024\n0022\n/,
      because: "it knows the ids only, and mounts no tmpfs",
    },
    short: true,
  },
  {
    name: "podman-terminal",
    about: "what podman writes for -t: a terminal of its size",
    guest: {},
    root: { "/.krun_config.json": fixture("podman_terminal.json") },
    script: `${terminal}on_terminal; tail -n +2 screen | tr -d '\\r'`,
    expect: { stdout: /^\/dev\/\w+\n40 100\n0\n$/ },
    upstream: {
      stdout: "not a tty\n40 100\n0\n",
      because: "the terminal has no name in its /dev",
    },
  },
  {
    name: "oci-user",
    about: "process.user of an OCI config: ids, groups, umask",
    guest: {},
    config: {
      process: {
        args: sh("id -u; id -g; grep ^Groups /proc/self/status; umask"),
        env,
        user: { uid: 1000, gid: 1000, additionalGids: [1000, 44], umask: 0o27 },
      },
    },
    expect: { stdout: "1000\n1000\nGroups:\t44 1000 \n0027\n" },
    upstream: {
      stdout: "1000\n1000\nGroups:\t \n0022\n",
      because: "it knows the ids only",
    },
    short: true,
  },
  {
    name: "image-user",
    about: "User of an image config, by number",
    guest: {},
    config: {
      config: { User: "1000:44", Cmd: sh("id -u; id -g"), Env: env },
    },
    expect: { stdout: "1000\n44\n" },
    upstream: { stdout: "0\n0\n", because: "it passes over User" },
  },
  {
    name: "oci-limits",
    about: "process.rlimits and hostname of an OCI config",
    guest: {},
    config: {
      hostname: "box",
      process: {
        args: sh("ulimit -n; hostname"),
        env,
        rlimits: [{ type: "RLIMIT_NOFILE", soft: 99, hard: 99 }],
      },
    },
    expect: { stdout: "99\nbox\n" },
    upstream: {
      stdout: "1024\nlocalhost\n",
      because: "it passes over both",
    },
  },
  {
    name: "oci-off",
    about: "KRUN_INIT_OCI=0: nothing of these",
    guest: {},
    config: {
      hostname: "box",
      process: {
        args: sh("id -u; hostname"),
        env: [...env, "KRUN_INIT_OCI=0"],
        user: { uid: 1000, gid: 1000 },
      },
    },
    expect: { stdout: "0\nlocalhost\n" },
    upstream: {
      stdout: "1000\nlocalhost\n",
      because: "it has no such switch",
    },
  },
];
