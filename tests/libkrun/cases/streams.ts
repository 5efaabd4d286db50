/** The command's standard streams: pipes, files, nothing, terminals. */

import { type Case, sh } from "../case.ts";
import { terminal } from "../terminal.ts";

const env = ["PATH=/bin"];

/** 64 MB that repeat nowhere. */
const manyBytes = new Uint8Array(
  Uint32Array.from({ length: 1 << 24 }, (_, n) => Math.imul(n, 2654435761))
    .buffer,
);

/** Which of them are terminals. */
const whichTerminals =
  "for n in 0 1 2; do [ -t $n ] && echo $n is a terminal >> /seen; done";

export const streams: readonly Case[] = [
  {
    name: "pipes",
    about: "64 MB from standard input to standard output unchanged",
    guest: { exec: ["/bin/cat"], env },
    files: { "/in": manyBytes },
    script: "guest <in >out && cmp in out && wc -c <out",
    expect: { stdout: `${manyBytes.length}\n` },
    limit: 600,
  },
  {
    name: "apart",
    about: "standard output and standard error come apart, the input ends",
    guest: { exec: sh("cat; echo errors >&2; echo out"), env },
    script: "echo in | guest 2>errors; grep '^errors$' errors",
    expect: { stdout: "in\nout\nerrors\n" },
    short: true,
  },
  {
    name: "files",
    about: "streams that are files of the host",
    guest: { exec: sh("cat; echo out; echo errors >&2"), env },
    script:
      "echo in > in; guest <in >out 2>errors; cat out; grep ^errors errors",
    expect: { stdout: "in\nout\nerrors\n" },
  },
  {
    name: "nothing",
    about: "streams that are /dev/null",
    guest: { exec: sh("cat; echo out; exit 3"), env },
    script: "guest </dev/null >/dev/null 2>&1",
    expect: { status: 3 },
  },
  {
    name: "closed",
    about: "a host program that starts with its streams closed",
    guest: { exec: sh("cat; echo out; echo errors >&2; exit 3"), env },
    script: "guest <&- >&- 2>&-",
    expect: { status: 3 },
  },
  ...["<&-", ">&-", "2>&-"].map((closed, n): Case => ({
    name: `closed-${n}`,
    about: `a host program that starts with only ${n} closed`,
    guest: { exec: sh("cat; echo out; echo errors >&2; exit 3"), env },
    script: `echo in > in
guest <in >out 2>errors ${closed}; status=$?
cat out; grep ^errors$ errors
exit $status`,
    expect: {
      status: 3,
      stdout: ["in\n", "out\n", "errors\n"].filter((_, stream) =>
        // Nothing comes in or goes out by the one that is closed.
        n === 1 ? stream === 2 : stream !== n
      ).join(""),
    },
  })),
  {
    name: "open-again",
    about: "/dev/stdout, /dev/stderr, /proc/self/fd/1 open again",
    guest: {
      exec: sh(
        "echo one > /dev/stdout; echo two > /proc/self/fd/1; " +
          "echo three > /dev/stderr; echo four | tee /dev/stderr; cat < /dev/stdin",
      ),
      env,
    },
    script:
      "echo five | guest 2>errors; status=$?; grep -v ERROR errors; exit $status",
    expect: { stdout: "one\ntwo\nfour\nfive\nthree\nfour\n" },
    upstream: {
      status: 1,
      stdout: /^four\n.*busy/s,
      because: "the links lead to virtio ports, which open once only (EBUSY)",
    },
    short: true,
  },
  {
    name: "open-again-as-user",
    about: "the same for a user who is not root",
    guest: {},
    config: {
      process: {
        args: sh(
          "echo one > /dev/stdout; echo two > /dev/stderr; cat < /dev/stdin",
        ),
        env,
        user: { uid: 1000, gid: 1000 },
      },
    },
    script:
      "echo three | guest 2>errors; status=$?; grep -v ERROR errors; exit $status",
    expect: { stdout: "one\nthree\ntwo\n" },
    upstream: {
      status: 1,
      stdout: /Permission denied/,
      because: "the ports are root's",
    },
  },
  {
    name: "no-terminal",
    about: "without a terminal there is no controlling terminal",
    guest: { exec: sh("read x < /dev/tty || echo none"), env },
    expect: { stdout: "none\n", stderr: /No such device or address/ },
    upstream: {
      status: 137,
      stderr: /Killed/,
      because: "it reads the console, which nobody types at",
    },
    limit: 60,
  },
  {
    name: "terminal",
    about: "a terminal: three streams, its size, a change of it, Ctrl-C",
    guest: {
      exec: sh(
        `${whichTerminals}; stty size; trap 'stty size' WINCH; trap 'echo interrupted; exit 6' INT; echo ready; while :; do sleep 0.1; done`,
      ),
      env,
    },
    script: `${terminal}on_terminal & job=$!
await '^ready'
grep -q '^40 100' screen && echo had its size
stty -F $tty rows 25 cols 80
kill -WINCH $(pidof krun-host)
await '^25 80' && echo has the new one
printf '\\003' >&3
wait $job; echo $?
cat root/seen`,
    expect: {
      stdout: "had its size\nhas the new one\n6\n" +
        [0, 1, 2].map((n) => `${n} is a terminal\n`).join(""),
    },
  },
  ...[0, 1, 2].map((n): Case => ({
    name: `terminal-${n}`,
    about: `only stream ${n} is a terminal`,
    guest: { exec: sh(`${whichTerminals}; exit 3`), env },
    script: `${terminal}guest ${n === 0 ? "<$tty" : "</dev/null"} ${
      n === 1 ? ">$tty" : ">/dev/null"
    } ${n === 2 ? "2>$tty" : "2>/dev/null"}
status=$?; cat root/seen; exit $status`,
    expect: { status: 3, stdout: `${n} is a terminal\n` },
  })),
];
