/** How a guest ends, and what its host is told. */

import { type Case, sh } from "../case.ts";

const env = ["PATH=/bin"];

function status(number: number, script: string, short = false): Case {
  return {
    name: `status-${number}`,
    about: `the command's status ${number}`,
    guest: { exec: sh(script), env },
    expect: { status: number },
    short,
  };
}

export const waysOut: readonly Case[] = [
  status(0, "exit 0"),
  status(7, "exit 7", true),
  status(255, "exit 255"),
  {
    ...status(137, "kill -KILL $$", true),
    about: "a command that a signal ends: 128 and its number",
  },
  {
    ...status(139, "ulimit -c unlimited; kill -SEGV $$"),
    about: "the same with a core dumped",
    script: "guest; status=$?; ls root | grep -c ^core; exit $status",
    expect: { status: 139, stdout: "1\n" },
  },
  {
    name: "not-there",
    about: "a command that is not there: 127",
    guest: { exec: ["/nowhere"], env },
    expect: { status: 127, stderr: /krun-init: .*\/nowhere.*ENOENT/ },
    upstream: {
      status: 127,
      stdout: /'\/nowhere'.*No such file/,
      because: "its message goes to standard output",
    },
  },
  {
    name: "not-executable",
    about: "a command that cannot be executed: 126",
    guest: { exec: ["/file"], env },
    root: { "/file": "" },
    expect: { status: 126, stderr: /krun-init: .*\/file.*EACCES/ },
    upstream: {
      status: 126,
      stdout: /'\/file'.*Permission denied/,
      because: "its message goes to standard output",
    },
  },
  {
    name: "config-cut-short",
    about: "a config that is cut short: 125 and the reason, no shell",
    guest: {},
    config: '{"args": ["/bin/sh", "-c", "exit 7"',
    expect: { status: 125, stderr: /krun-init: configFile: .*line 1/ },
    upstream: {
      stderr: /Error parsing config file/,
      because: "it runs /bin/sh, and ends with 0",
    },
    short: true,
  },
  {
    name: "no-working-directory",
    about: "a working directory that cannot be: 125 and the reason",
    guest: { exec: sh("exit 7"), env, workdir: "/bin/busybox" },
    expect: { status: 125, stderr: /krun-init: .*\/bin\/busybox.*ENOTDIR/ },
    upstream: { status: 7, because: "it goes on where it is" },
  },
  {
    name: "damaged-image",
    about: "a damaged image: 125 and the reason",
    guest: { exec: sh("exit 7"), env },
    script: "head -c 200000 $image > damaged; guest init=damaged",
    only: ["deno", "small"],
    expect: { status: 125, stderr: /krun-init: / },
  },
  {
    name: "background",
    about: "a background process hears SIGTERM when the command has ended",
    guest: {
      exec: sh(
        "(trap 'echo bye > /heard; exit' TERM; echo > /there; sleep 9 & wait) & " +
          "while [ ! -e /there ]; do sleep 0.1; done; exit 4",
      ),
      env,
    },
    script: "guest; status=$?; cat root/heard; exit $status",
    expect: { status: 4, stdout: "bye\n" },
    upstream: {
      status: 4,
      stderr: /heard.: No such file/,
      because: "it ends the guest at once",
    },
  },
  {
    name: "poweroff",
    about: "poweroff in the guest is a request to stop",
    guest: {
      exec: sh(
        "trap 'echo stopping; exit 5' TERM; poweroff & while :; do sleep 0.1; done",
      ),
      env,
    },
    expect: { status: 5, stdout: "stopping\n" },
    upstream: {
      status: 137,
      stderr: /Killed/,
      because: "nothing happens",
    },
    limit: 60,
  },
  {
    name: "reboot-at-once",
    about: "reboot -f in the guest: libkrun has no status then, so 0",
    guest: { exec: sh("reboot -f; sleep 9"), env },
    expect: { status: 0 },
  },
];
