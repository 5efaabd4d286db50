import assert from "#assert";
import { encodeBytes } from "../../ffi/bytes.ts";
import { SysError } from "../../ffi/sys_error.ts";
import { nameServers } from "../../stages/name_servers.ts";
import { network } from "../../stages/network.ts";
import type { Stage } from "../../stages/stage.ts";
import {
  but,
  packet,
  type PacketOption,
  readClientPacket,
  usual,
  word,
} from "../fixtures/dhcp_packets.ts";
import { scriptedServer, type Server } from "../fixtures/scripted_server.ts";
import {
  kernelEnvironment,
  runStage,
  type StageOptions,
  type StageRun,
} from "./stage_helper.ts";

const loopback = 'interfaceUp("lo")';
const commandLine = 'read("/proc/cmdline")';

Deno.test("network brings the loopback interface up", () => {
  const { calls, events } = runStage(network);
  assert.deepEqual(calls, [loopback, commandLine]);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("network reports a loopback interface that stays down, and goes on", () => {
  for (const errno of ["EPERM", "ENODEV", "EAFNOSUPPORT"]) {
    const { events, calls } = runStage(network, {
      failures: { [loopback]: errno },
    });
    assert.deepEqual(events, ["start", `warn: ${loopback}: ${errno}`, "done"]);
    assert.deepEqual(calls, [loopback, commandLine]);
  }
});

/** The interfaces that are brought up, other than the loopback interface. */
function broughtUp(...variables: readonly string[]): readonly string[] {
  const types: Readonly<Record<string, string>> = {
    ...{ lo: "772 0x9 1", dummy0: "1 0x82 2", sit0: "776 0x80 3" },
    ...{ eth1: "1 0x1003 11", eth0: "1 0x1002 7", tap0: "1 0x1002 9" },
    bonding_masters: "",
  };
  const { calls } = runStage(network, {
    environment: [...kernelEnvironment, ...variables],
    answers: {
      readDirectory: () => Object.keys(types),
      readFile(path) {
        const [, device = "", file = ""] =
          /^\/sys\/class\/net\/(.*)\/(.*)$/.exec(path) ?? [];
        if (types[device] === "") throw new SysError("read", "ENOTDIR");
        const names = ["type", "flags", "ifindex"];
        const word = types[device]?.split(" ")[names.indexOf(file)] ?? "";
        return encodeBytes(`${word}\n`);
      },
    },
  });
  return calls.map((call) => /^interfaceUp\("(.*)"\)$/.exec(call)?.[1] ?? "")
    .filter((name) => name !== "" && name !== "lo");
}

Deno.test("network brings up the interfaces that KRUN_DHCP names", () => {
  assert.deepEqual(broughtUp(), []);
  assert.deepEqual(broughtUp("KRUN_DHCP=0"), []);
  assert.deepEqual(broughtUp("KRUN_DHCP="), []);
  assert.deepEqual(broughtUp("KRUN_DHCP=1"), ["eth0"]);
  assert.deepEqual(broughtUp("KRUN_DHCP=eth1,,eth0,eth1"), ["eth1", "eth0"]);
  assert.deepEqual(broughtUp("KRUN_DHCP=all"), ["eth0", "tap0", "eth1"]);
});

Deno.test("network brings up what ip= names, before what KRUN_DHCP does", () => {
  const fixed = "ip=10.0.0.2:::::eth1";
  assert.deepEqual(broughtUp("ip=10.0.0.2"), ["eth0"]);
  assert.deepEqual(broughtUp("ip=off"), []);
  assert.deepEqual(broughtUp("ip=off", "KRUN_DHCP=1"), ["eth0"]);
  assert.deepEqual(broughtUp(fixed, "KRUN_DHCP=all"), ["eth1", "eth0", "tap0"]);
  assert.deepEqual(broughtUp(fixed, "KRUN_DHCP=eth1"), ["eth1"]);
});

/** What the network stage says with an `ip=` in the environment. */
function runWithIp(
  line: string,
  last: string,
  options: StageOptions = {},
): StageRun {
  return runStage(network, {
    environment: [...kernelEnvironment, `ip=${last}`],
    ...options,
    answers: {
      interfaceIndex: () => 2,
      readFile: () => encodeBytes(line),
      ...options.answers,
    },
  });
}

Deno.test("network finds each ip= of the kernel's command line", () => {
  const { calls } = runWithIp(
    'quiet ip=10.0.0.2::10.0.0.1:::eth0 "ip=10.1.0.2::10.1.0.1:::eth1" zip=3\n',
    "10.1.0.2::10.1.0.1:::eth1",
  );
  assert.deepEqual(calls.filter((call) => call.startsWith("rtnetlink")), [
    'rtnetlink("10.0.0.2/8 on eth0")',
    'rtnetlink("default via 10.0.0.1 on eth0")',
    'rtnetlink("10.1.0.2/8 on eth1")',
    'rtnetlink("default via 10.1.0.1 metric 100 on eth1")',
  ]);
});

Deno.test("network takes the last ip= of an interface, and ip=off takes back", () => {
  const addresses = (line: string): readonly string[] =>
    runWithIp(line, line.split("ip=").at(-1) ?? "").calls
      .filter((call) => call.startsWith("rtnetlink"));
  assert.deepEqual(addresses("ip=10.0.0.2 ip=10.1.0.2:::::eth1 ip=10.0.0.3"), [
    'rtnetlink("10.0.0.3/8 on eth0")',
    'rtnetlink("10.1.0.2/8 on eth1")',
  ]);
  assert.deepEqual(addresses("ip=10.0.0.2 ip=10.1.0.2:::::eth1 ip=off"), []);
  assert.deepEqual(
    addresses("ip=10.0.0.2 ip=10.1.0.2:::::eth1 ip=:::::eth1:off"),
    [
      'rtnetlink("10.0.0.2/8 on eth0")',
    ],
  );
});

Deno.test("network takes what ip= gives beside DHCP, and the rest from the server", () => {
  const { calls, resolvConf } = runDhcp(
    [...usual, [121, [16, 10, 99, 192, 168, 127, 5, 0, 192, 168, 127, 1]]],
    { variables: ["ip=::192.168.127.7:255.255.0.0:::dhcp"] },
  );
  assert.deepEqual(calls.filter((call) => call.startsWith("rtnetlink")), [
    'rtnetlink("192.168.127.2/16 on eth0")',
    'rtnetlink("10.99.0.0/16 via 192.168.127.5 on eth0")',
    'rtnetlink("default via 192.168.127.7 on eth0")',
  ]);
  assert.equal(resolvConf, "nameserver 192.168.127.1\n");
});

Deno.test("network waits a minute at most, for all interfaces together", () => {
  const names = Array.from({ length: 20 }, (_, n) => `eth${n}`);
  const { events } = runDhcp(() => [], {
    variables: [`KRUN_DHCP=${names.join(",")}`, "KRUN_DHCP_TIMEOUT=10000"],
  });
  const silent = names.map((name) =>
    `warn: DHCP on ${name}: no answer in 3000 ms (going on without an address)`
  );
  assert.deepEqual(events, ["start", ...silent, "done"]);
});

Deno.test("network takes ip= from its environment where the line has another", () => {
  const { calls } = runWithIp("ip=10.0.0.2", "10.0.0.3");
  assert.deepEqual(calls.filter((call) => call.startsWith("rtnetlink")), [
    'rtnetlink("10.0.0.3/8 on eth0")',
  ]);
});

Deno.test("network reports parts of an ip= that are none, and does the rest", () => {
  const { calls, events } = runWithIp("", "10.0.0.2::10.0.0.1:::::dns.example");
  assert.deepEqual(calls.filter((call) => call.startsWith("rtnetlink")), [
    'rtnetlink("10.0.0.2/8 on eth0")',
    'rtnetlink("default via 10.0.0.1 on eth0")',
  ]);
  assert.deepEqual(events, [
    "start",
    "warn: ip=10.0.0.2::10.0.0.1:::::dns.example: no name server: dns.example (going on without it)",
    "info: ip= on eth0: 10.0.0.2/8",
    "done",
  ]);
});

Deno.test("network passes over an ip= that is none, and reports it", () => {
  assert.deepEqual(runWithIp("", "eth0:dhcp").events, [
    "start",
    "warn: ip=eth0:dhcp: no address: eth0 (ignored)",
    "done",
  ]);
});

Deno.test("network reports an address that the interface can't have", () => {
  const { events } = runWithIp("", "10.0.0.2", {
    failures: { 'rtnetlink("10.0.0.2/8 on eth0")': "EPERM" },
  });
  assert.deepEqual(events, [
    "start",
    'warn: ip= on eth0: rtnetlink("10.0.0.2/8 on eth0"): EPERM (going on without an address)',
    "done",
  ]);
});

Deno.test("network is for Linux only", () => {
  assert.deepEqual(
    runStage(network, { facts: { platform: "freebsd" } }).events,
    ["skip: not on freebsd"],
  );
});

/** A run of the stage with a DHCP server. */
interface DhcpRun extends StageRun {
  /** The calls from the configuration of the interface on. */
  readonly configuration: readonly string[];
  /** The text of /etc/resolv.conf, where it was written. */
  readonly resolvConf: string | undefined;
}

/** Both stages that a lease is for; the boot has others between them. */
const networkAndNames: Stage = {
  ...network,
  run(context) {
    network.run(context);
    nameServers.run(context);
  },
};

function runDhcp(
  server: Server | readonly PacketOption[],
  options: StageOptions & { variables?: readonly string[] } = {},
): DhcpRun {
  let resolvConf: string | undefined;
  const { answers } = scriptedServer(
    typeof server === "function"
      ? server
      : () => [[2, packet({ options: server })]],
  );
  const run = runStage(networkAndNames, {
    ...options,
    environment: [
      ...kernelEnvironment,
      ...options.variables ?? [],
      "KRUN_DHCP=1",
    ],
    answers: {
      ...answers,
      interfaceIndex: () => 2,
      writeFile(path, bytes) {
        if (path.startsWith("/etc/resolv.conf")) {
          resolvConf = new TextDecoder().decode(bytes);
        }
      },
      ...options.answers,
    },
  });
  const begin = 1 +
    run.calls.findLastIndex((call) => call.startsWith("receive(7"));
  const end = run.calls.indexOf(commandLine);
  return { ...run, resolvConf, configuration: run.calls.slice(begin, end) };
}

const address = 'rtnetlink("192.168.127.2/24 on eth0")';
const route = 'rtnetlink("default via 192.168.127.1 on eth0")';

Deno.test("network does exactly this for a lease", () => {
  const { calls, events, resolvConf } = runDhcp(usual);
  assert.deepEqual(calls, [
    loopback,
    'interfaceUp("eth0")',
    "getrandom(4 bytes)",
    'hardwareAddress("eth0")',
    'openPacket("eth0")',
    "send(7, 342 bytes)",
    "receive(7, 1583 bytes, 10 ms)",
    'interfaceIndex("eth0")',
    address,
    route,
    commandLine,
    'readlink("/etc/resolv.conf")',
    'mkdir("/etc", 0755)',
    'write("/etc/resolv.conf.krun-init", 25 bytes)',
    'rename("/etc/resolv.conf.krun-init", "/etc/resolv.conf")',
  ]);
  assert.deepEqual(events, [
    "start",
    "info: DHCP on eth0: 192.168.127.2/24 from 192.168.127.1 for 3600 s, in 2 ms",
    "done",
  ]);
  assert.equal(resolvConf, "nameserver 192.168.127.1\n");
});

Deno.test("network sends the kernel the bytes of the lease", () => {
  const messages: string[] = [];
  runDhcp([...usual, [26, [5, 220]]], {
    answers: {
      rtnetlink: (_purpose, message) => messages.push(message.toHex()),
    },
  });
  assert.deepEqual(messages, [
    "3000000014000505010000000000000002180000020000000800020" +
    "0c0a87f0208000100c0a87f0208000400c0a87fff",
    "34000000180005050100000000000000020000" +
    "00fe0300010000000008000400020000000800010000000000" +
    "08000500c0a87f01",
    "28000000100005000100000000000000" +
    "0000010002000000000000000000000008000400dc050000",
  ]);
});

Deno.test("network configures only what the server says", () => {
  const { configuration, events } = runDhcp([[53, [5]]]);
  assert.deepEqual(configuration, ['interfaceIndex("eth0")', address]);
  assert.deepEqual(events, [
    "start",
    "info: DHCP on eth0: 192.168.127.2/24 without end, in 2 ms",
    "done",
  ]);
});

Deno.test("network configures routes, MTU and search domains", () => {
  const routes = [32, 10, 0, 0, 1, 0, 0, 0, 0, 0, 10, 0, 0, 1];
  const { configuration, resolvConf } = runDhcp([
    ...but([1, [255, 255, 255, 255]], [6, [...word(0x08080808), 9, 9, 9, 9]]),
    [121, routes],
    [26, [35, 40]],
    [15, [...encodeBytes("example.org")]],
  ]);
  assert.deepEqual(configuration.slice(0, 5), [
    'interfaceIndex("eth0")',
    'rtnetlink("192.168.127.2/32 on eth0")',
    'rtnetlink("10.0.0.1/32 on eth0")',
    'rtnetlink("default via 10.0.0.1 on eth0")',
    'rtnetlink("mtu 9000 on eth0")',
  ]);
  assert.equal(
    resolvConf,
    "search example.org\nnameserver 8.8.8.8\nnameserver 9.9.9.9\n",
  );
});

Deno.test("network leaves resolv.conf alone where there are no name servers", () => {
  const { configuration, resolvConf } = runDhcp(
    [...but([6, []]), [15, [...encodeBytes("example.org")]]],
  );
  assert.equal(resolvConf, undefined);
  assert.equal(configuration.at(-1), route);
});

Deno.test("network reports what the kernel refuses, and does the rest", () => {
  const mtu = 'rtnetlink("mtu 1500 on eth0")';
  const { events, resolvConf } = runDhcp([...usual, [26, [5, 220]]], {
    failures: { [route]: "ENETUNREACH", [mtu]: "EINVAL" },
  });
  assert.deepEqual(events.slice(1, 3), [
    `warn: ${route}: ENETUNREACH (going on without the route)`,
    `warn: ${mtu}: EINVAL (going on without the MTU)`,
  ]);
  assert.match(events[3] ?? "", /^info: DHCP on eth0: /);
  assert.equal(resolvConf, "nameserver 192.168.127.1\n");
});

Deno.test("network reports a resolv.conf that can't be written", () => {
  const inPlace = 'write("/etc/resolv.conf", 25 bytes)';
  const { events } = runDhcp(usual, {
    failures: {
      'write("/etc/resolv.conf.krun-init", 25 bytes)': "EROFS",
      [inPlace]: "EROFS",
    },
  });
  assert.equal(
    events[2],
    `warn: ${inPlace}: EROFS (going on without name servers)`,
  );
});

Deno.test("network goes on without an address, and says why", () => {
  const cases: readonly (readonly [string, string])[] = [
    ['interfaceUp("eth0")', "ENODEV"],
    ['hardwareAddress("eth0")', "EPERM"],
    ["getrandom(4 bytes)", "EINVAL"],
    ['openPacket("eth0")', "EAFNOSUPPORT"],
    ["send(7, 342 bytes)", "ENETDOWN"],
    ["receive(7, 1583 bytes, 10 ms)", "ENETDOWN"],
    ['interfaceIndex("eth0")', "ENODEV"],
    [address, "EPERM"],
  ];
  for (const [call, errno] of cases) {
    const { events, calls, resolvConf } = runDhcp(usual, {
      failures: { [call]: errno },
    });
    assert.deepEqual(events, [
      "start",
      `warn: DHCP on eth0: ${call}: ${errno} (going on without an address)`,
      "done",
    ]);
    assert.equal(calls.at(-1), commandLine);
    assert.equal(resolvConf, undefined);
  }
});

Deno.test("network goes on where no one answers", () => {
  const { events, configuration } = runDhcp(() => []);
  assert.deepEqual(events, [
    "start",
    "warn: DHCP on eth0: no answer in 300 ms (going on without an address)",
    "done",
  ]);
  assert.deepEqual(configuration, []);
});

Deno.test("network waits as long as KRUN_DHCP_TIMEOUT says, and reports nonsense", () => {
  const eventsWith = (value: string): readonly string[] =>
    runDhcp(() => [], { variables: [`KRUN_DHCP_TIMEOUT=${value}`] }).events;
  for (const value of ["1", "300", "5000", "10000"]) {
    assert.deepEqual(eventsWith(value), [
      "start",
      `warn: DHCP on eth0: no answer in ${value} ms (going on without an address)`,
      "done",
    ]);
  }
  for (const value of ["", "0", "10001", "-5", "1e3", "5s", " 5", "+5"]) {
    assert.deepEqual(eventsWith(value).slice(1, 3), [
      `warn: KRUN_DHCP_TIMEOUT: not a number of ms from 1 to 10000: ${value} (waiting 300 ms)`,
      "warn: DHCP on eth0: no answer in 300 ms (going on without an address)",
    ]);
  }
});

Deno.test("network tells the server the host name that the kernel was given", () => {
  let name: readonly number[] | undefined;
  const run = (variables: readonly string[]): void => {
    const { answers } = scriptedServer(() => [[1, packet()]]);
    runStage(network, {
      environment: [...kernelEnvironment, "KRUN_DHCP=1", ...variables],
      answers: {
        ...answers,
        send(socket, bytes) {
          name = readClientPacket(bytes.subarray(42)).options.get(12);
          answers.send?.(socket, bytes);
        },
      },
    });
  };
  run(["HOSTNAME=guest"]);
  assert.deepEqual(name, [...encodeBytes("guest")]);
  run([]);
  assert.equal(name, undefined);
});

/** Runs the stage with a kernel command line. */
function runWithLine(line: string, options: StageOptions = {}): StageRun {
  return runStage(network, {
    ...options,
    answers: {
      readFile: () => encodeBytes(line),
      interfaceIndex: () => 3,
      ...options.answers,
    },
  });
}

const dummyUp = 'interfaceUp("dummy0")';
const dummyAddress = 'rtnetlink("203.0.113.1/24 on dummy0")';

Deno.test("network gives dummy0 an address where the host intercepts sockets", () => {
  let message = "";
  const { calls, events } = runWithLine("quiet tsi_hijack  --  /bin/sh\n", {
    answers: { rtnetlink: (_purpose, bytes) => message = bytes.toHex() },
  });
  assert.deepEqual(calls, [
    loopback,
    commandLine,
    dummyUp,
    'interfaceIndex("dummy0")',
    dummyAddress,
  ]);
  assert.deepEqual(events, ["start", "done"]);
  assert.equal(
    message,
    "30000000140005050100000000000000" + "0218000003000000" +
      "08000200cb007101" + "08000100cb007101" + "08000400cb0071ff",
  );
});

Deno.test("network leaves dummy0 alone for any other command line", () => {
  for (
    const line of [
      "",
      "quiet\n",
      "tsi_hijack_unix",
      "tsi_hijack=1",
      "x -- tsi_hijack",
      'NOTE="use tsi_hijack now"',
    ]
  ) {
    assert.deepEqual(runWithLine(line).calls, [loopback, commandLine]);
  }
});

Deno.test("network does without dummy0 where the kernel has no driver", () => {
  const { calls, events } = runWithLine("tsi_hijack", {
    failures: { [dummyUp]: "ENODEV" },
  });
  assert.equal(calls.at(-1), dummyUp);
  assert.deepEqual(events, ["start", "done"]);
});

Deno.test("network reports a dummy0 that can't be configured", () => {
  for (const call of [dummyUp, 'interfaceIndex("dummy0")', dummyAddress]) {
    const { events } = runWithLine("tsi_hijack", {
      failures: { [call]: "EPERM" },
    });
    assert.deepEqual(events, ["start", `warn: ${call}: EPERM`, "done"]);
  }
});
