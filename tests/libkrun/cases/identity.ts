/** Who the command is, and what container runtimes hand over. */

import { type Case, sh } from "../case.ts";

const env = ["PATH=/bin"];

export const identity: readonly Case[] = [
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
