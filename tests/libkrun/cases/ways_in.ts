/** How a command, its environment and its config come to the guest. */

import {
  builtByC,
  builtByProgram,
  builtByShell,
  expected,
  folders,
} from "../../fixtures/built_configs.ts";
import { type Case, sh } from "../case.ts";

const path = "PATH=/bin";

/** Words that no kernel command line carries. */
const awkward = ['a "quoted" word', "two\nlines", "", "tab\tand $dollar", "ä€"];

const showWords = 'for word in "$@"; do echo "<$word>"; done';

const shownWords = awkward.map((word) => `<${word}>\n`).join("");

const project = new URL("../../../", import.meta.url).pathname;
const commandLine = `${project}tools/command_line/sources.ts`;
const tool = [Deno.execPath(), "run", "-A", commandLine];

function built(name: string, about: string, built: Case["built"]): Case {
  return {
    name,
    about,
    guest: {},
    ...(built && { built }),
    root: Object.fromEntries(folders.map((name) => [`/${name}/.keep`, ""])),
    expect: { status: 7, stdout: expected },
    upstream: {
      status: 7,
      stdout: /^uid=1000 gid=100\n0022\n/,
      because: "it knows the ids and KRUN_RLIMITS only",
    },
  };
}

export const waysIn: readonly Case[] = [
  {
    name: "exec",
    about: "krun_set_exec: arguments, environment, working directory, limits",
    guest: {
      exec: sh('echo "$0|$1|$2|$X"; pwd; ulimit -n; hostname', "x", "a b", "c"),
      env: [path, "X=one two", "HOSTNAME=box"],
      workdir: "/bin",
      rlimits: ["7=99:99"],
    },
    expect: { stdout: "x|a b|c|one two\n/bin\n99\nbox\n" },
    short: true,
  },
  {
    name: "exec-second-dashes",
    about: "a second -- among the words of krun_set_exec",
    guest: { exec: sh("echo $# $2", "x", "a", "--", "b", "c"), env: [path] },
    expect: { stdout: "4 --\n" },
    upstream: {
      stdout: "1\n",
      because: "the kernel cuts it off with all that follows",
    },
    short: true,
  },
  {
    name: "exec-double-quote",
    about: "a double quote in a word of krun_set_exec does not arrive",
    guest: {
      exec: sh('printf "<%s>" "$@"', "x", 'say "hi there"'),
      env: [path],
    },
    // libkrun puts quotes around it, and the kernel has no escape.
    expect: { stdout: '<say "hi><there"">' },
  },
  {
    name: "exec-too-long",
    about:
      "a command line of more than 2,047 bytes: the kernel stops before any init",
    guest: {
      exec: sh("echo $#", "x", "y".repeat(3000)),
      env: [path],
    },
    expect: { status: 137, stderr: /Killed/ },
    limit: 40,
  },
  {
    name: "exec-many-variables",
    about: "more than 32 variables by krun_set_exec: the kernel panics",
    guest: {
      exec: sh("echo here"),
      env: [path, ...Array.from({ length: 40 }, (_, n) => `V${n}=${n}`)],
    },
    // That is libkrun's way of telling of a guest that did not start.
    expect: { status: 0, stdout: "" },
  },
  {
    name: "config-overlay",
    about: "a config as an overlay file: quotes, blanks, newlines, UTF-8",
    guest: {},
    config: { args: sh(showWords, "x", ...awkward), env: [path], cwd: "/" },
    expect: { stdout: shownWords },
    short: true,
  },
  {
    name: "config-many-variables",
    about: "40 variables and one of 3,000 bytes by config",
    guest: {},
    config: {
      args: sh('env | grep -c ^V; echo "${#LONG}"'),
      env: [
        path,
        ...Array.from({ length: 40 }, (_, n) => `V${n}=${n}`),
        `LONG=${"l".repeat(3000)}`,
      ],
    },
    expect: { stdout: "40\n3000\n" },
  },
  built(
    "config-program",
    "a config by this project's builder in TypeScript",
    () => Promise.resolve(builtByProgram()),
  ),
  built("config-shell", "one by krun-init config", () => builtByShell(tool)),
  built("config-c", "one by libkrun_init_config", builtByC),
  {
    name: "example-host",
    about: "the example of a host in TypeScript (tools/examples)",
    guest: {},
    project: true,
    script: `cd /project && DENO_DIR=/tmp/deno deno run -q -A --no-lock \\
  tools/examples/libkrun_host.ts --rootfs $OLDPWD/root --init $image \\
  --env PATH=/bin --env 'X=a "b"' -- /bin/sh -c 'echo "$X"; exit 7'`,
    only: ["deno", "small"],
    expect: { status: 7, stdout: 'a "b"\n' },
  },
  {
    name: "config-not-utf8",
    about: "a config that is not UTF-8 ends the guest with its reason",
    guest: {},
    config: Uint8Array.of(0x7b, 0xff, 0x7d),
    expect: { status: 125, stderr: /krun-init: .*UTF-8/ },
    upstream: { because: "it takes such a file for none, and runs /bin/sh" },
  },
  {
    name: "no-command",
    about: "no command at all: /bin/sh",
    guest: { env: [path] },
    script: "echo 'echo from the input; exit 3' | guest",
    expect: { status: 3, stdout: "from the input\n" },
  },
  {
    name: "built-in",
    about:
      "the init inside libkrun (KRUN_INIT_BINARY_PATH), the host unchanged",
    guest: { exec: sh("echo here; exit 7"), env: [path] },
    builtIn: true,
    expect: { status: 7, stdout: "here\n" },
  },
];
