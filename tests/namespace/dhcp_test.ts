/** Tests of the network stage: the image as a guest on a link with DHCP servers. */

import assert from "#assert";
import {
  type LinkOptions,
  type LinkOutcome,
  runOnLink,
} from "../fixtures/dhcp_link.ts";
import type { ServerName } from "../fixtures/dhcp_servers.ts";
import { complaints, lines } from "./guest.ts";

const dnsmasq = [
  "--dhcp-authoritative",
  "--dhcp-range=192.168.127.10,192.168.127.10,1h",
  "--dhcp-option=option:dns-server,192.168.127.1",
];
const atOnce = [...dnsmasq, "--no-ping"];

/** Shows addresses, MTU, routes and resolv.conf, each without what says nothing. */
const show = `ip -4 -o addr show eth0 | sed 's/ *\\\\.*//; s/^[0-9]*: //'
  cat /sys/class/net/eth0/mtu
  ip -4 route | sed 's/ *$//'
  cat /etc/resolv.conf`;

function run(
  server: LinkOptions["server"],
  options: Omit<LinkOptions, "server"> = {},
): Promise<LinkOutcome> {
  return runOnLink({ server, script: show, ...options });
}

/** The messages of the server's log, such as DHCPACK, each kind once: packets are repeated when time is short. */
function messages({ log }: LinkOutcome): string[] {
  const names = [...log.matchAll(/ (DHCP[A-Z]+)\(/g)].map(([, name]) => name);
  return [...new Set(names)] as string[];
}

const addressLine = (address: string): string =>
  `eth0    inet ${address} scope global eth0`;

/** What a guest of dnsmasq has in the end. */
const leased = [
  addressLine("192.168.127.10/24 brd 192.168.127.255"),
  "1500",
  "default via 192.168.127.1 dev eth0",
  "192.168.127.0/24 dev eth0 scope link  src 192.168.127.10",
  "nameserver 192.168.127.1",
];

/** What a guest of the servers of dhcp_servers.ts has in the end. */
const configured = leased.map((line) => line.replace(".10", ".2"));

const leasedFor = (address: string): RegExp =>
  new RegExp(
    `^info: DHCP on eth0: ${
      address.replaceAll(".", "\\.")
    } from 192\\.168\\.127\\.1 for 3600 s, in \\d+ ms$`,
  );

Deno.test("dnsmasq commits at once and the guest has all that it says", async () => {
  const outcome = await run([...atOnce, "--dhcp-rapid-commit"]);
  assert.deepEqual(lines(outcome.stdout), leased);
  assert.deepEqual(messages(outcome), ["DHCPDISCOVER", "DHCPACK"]);
  assert.deepEqual(complaints(outcome), []);
  assert.equal(outcome.told.length, 1);
  assert.match(outcome.told[0] ?? "", leasedFor("192.168.127.10/24"));
});

Deno.test("dnsmasq offers first, and the guest has the same", async () => {
  const outcome = await run(atOnce);
  assert.deepEqual(lines(outcome.stdout), leased);
  assert.deepEqual(messages(outcome), [
    "DHCPDISCOVER",
    "DHCPOFFER",
    "DHCPREQUEST",
    "DHCPACK",
  ]);
  assert.deepEqual(complaints(outcome), []);
});

Deno.test("dnsmasq pings first, and only a guest that was told to wait does", async () => {
  const hasty = await run(dnsmasq);
  assert.deepEqual(hasty.told, [
    "warn: DHCP on eth0: no answer in 300 ms (going on without an address)",
  ]);
  const patient = await run(dnsmasq, { env: { KRUN_DHCP_TIMEOUT: "6000" } });
  assert.deepEqual(lines(patient.stdout), leased);
});

Deno.test("dnsmasq knows the guest by its name and number", async () => {
  const { log } = await run(atOnce, { env: { HOSTNAME: "guest-7" } });
  assert.match(log, /client provides name: guest-7/);
  assert.match(log, /requested options: 1:netmask, 121:classless-static-route/);
});

Deno.test("dnsmasq sets routes, MTU and search domains", async () => {
  const outcome = await run([
    ...atOnce,
    "--dhcp-option=121,10.1.0.0/16,192.168.127.9,0.0.0.0/0,192.168.127.8",
    "--dhcp-option=option:mtu,1400",
    "--dhcp-option=option:domain-search,eng.example.org,example.org",
  ]);
  assert.deepEqual(lines(outcome.stdout), [
    leased[0],
    "1400",
    "default via 192.168.127.8 dev eth0",
    "10.1.0.0/16 via 192.168.127.9 dev eth0",
    leased[3],
    "search eng.example.org example.org",
    leased[4],
  ]);
  assert.deepEqual(complaints(outcome), []);
});

Deno.test("dnsmasq's lack of router and name server is the guest's", async () => {
  const outcome = await run([
    ...atOnce,
    "--dhcp-option=option:router",
    "--dhcp-option=option:dns-server",
  ]);
  assert.deepEqual(lines(outcome.stdout), [leased[0], leased[1], leased[3]]);
  assert.match(outcome.stderr, /can't open '\/etc\/resolv.conf'/);
  assert.deepEqual(complaints(outcome), []);
});

Deno.test("the network stage costs 5 ms and the server's own time", async () => {
  const [load = 0] = Deno.loadavg();
  // On a machine that is busy otherwise we get only a part of its time.
  const share = Math.max(1, load / navigator.hardwareConcurrency);
  const costs: number[] = [];
  for (let n = 0; n < 12 && !costs.some((cost) => cost < 5 * share); n++) {
    const { duration, latency } = await run([
      ...atOnce,
      "--dhcp-rapid-commit",
    ]);
    assert.ok(latency > 0);
    costs.push(duration - latency);
  }
  assert.ok(Math.min(...costs) < 5 * share, `${costs} ms at a load of ${load}`);
});

/** What a guest has whose server is one of dhcp_servers.ts. */
const outcomes: readonly {
  readonly server: ServerName;
  readonly shown?: readonly (string | undefined)[];
  readonly told?: RegExp;
}[] = [
  { server: "good" },
  { server: "slow" },
  { server: "losesDiscover" },
  { server: "losesRequest" },
  { server: "strangersFirst" },
  { server: "refusesOnce" },
  { server: "noMask" },
  { server: "noRouter", shown: configured.toSpliced(2, 1) },
  { server: "smallMtu", shown: configured.with(1, "1280") },
  {
    server: "overloaded",
    shown: [
      ...configured.slice(0, 4),
      "search example",
      "nameserver 10.9.8.7",
    ],
  },
  {
    server: "singleHost",
    shown: [
      addressLine("192.168.127.2/32"),
      "1500",
      "default via 10.0.0.1 dev eth0 onlink",
      configured[4],
    ],
    told: leasedFor("192.168.127.2/32"),
  },
  {
    server: "classless",
    shown: [
      ...configured.slice(0, 2),
      "default via 192.168.127.254 dev eth0",
      "10.1.2.0/24 via 192.168.127.1 dev eth0",
      "172.16.0.0/16 dev eth0 scope link",
      ...configured.slice(3),
    ],
  },
  {
    server: "search",
    shown: [
      ...configured.slice(0, 4),
      "search eng.example example",
      "nameserver 10.0.0.1",
      "nameserver 10.0.0.2",
    ],
  },
  { server: "forgesLines" },
];

for (const { server, shown = configured, told } of outcomes) {
  Deno.test(`a server is ${server}, and the guest is configured`, async () => {
    const outcome = await run(server);
    assert.deepEqual(lines(outcome.stdout), shown);
    assert.deepEqual(complaints(outcome), []);
    assert.equal(outcome.told.length, 1);
    assert.match(outcome.told[0] ?? "", told ?? leasedFor("192.168.127.2/24"));
  });
}

/** The ends of exchanges that come to nothing, and within which time, in ms. */
const failures: readonly (readonly [ServerName, RegExp, number])[] = [
  ["silent", /^no answer in 300 ms$/, 300],
  ["tooSlow", /^no answer in 300 ms$/, 300],
  ["strangersOnly", /^no answer in 300 ms; .*, the last: too short$/, 300],
  ["cutOff", /^no answer in 300 ms; .* cut off within an option$/, 300],
  ["huge", /^no answer in 300 ms; .*, the last: in fragments$/, 300],
  [
    "neverConfirms",
    /^192\.168\.127\.1 offered 192\.168\.127\.2 and did not confirm it/,
    1000,
  ],
];

for (const [server, reason, time] of failures) {
  Deno.test(`a server is ${server}, and the guest goes on without an address`, async () => {
    const { told, duration, stdout } = await run(server, {
      script: "ip -4 -o addr show eth0; ip -4 route; cat /etc/resolv.conf",
    });
    assert.equal(told.length, 1);
    const [, text = ""] =
      /^warn: DHCP on eth0: (.*) \(going on without an address\)$/
        .exec(told[0] ?? "") ?? [];
    assert.match(text, reason);
    assert.equal(stdout, "");
    assert.ok(duration >= time, `${duration} ms`);
    // The rest is the stage's own work, and the machine's other work.
    assert.ok(duration < time + 150, `${duration} ms`);
  });
}

Deno.test("a server refuses for ever, and gets no more than its second", async () => {
  const { told, duration, log } = await run("refusesAlways");
  assert.match(told[0] ?? "", /192\.168\.127\.1 (refused|offered)/);
  assert.ok(duration >= 1000 && duration < 1200, `${duration} ms`);
  assert.ok(parseInt(log) < 20, log);
});

Deno.test("resolv.conf is written through a symbolic link that dangles", async () => {
  const { stdout } = await run("good", {
    prepare: "ln -s ../run/resolve/stub.conf /etc/resolv.conf;",
    script:
      "readlink /etc/resolv.conf; cat /run/resolve/stub.conf; ls /etc | grep res",
  });
  assert.deepEqual(lines(stdout), [
    "../run/resolve/stub.conf",
    "nameserver 192.168.127.1",
    "resolv.conf",
  ]);
});

Deno.test("resolv.conf is written into a tmpfs of the config's", async () => {
  const mounts = '[{"destination":"/run","type":"tmpfs","source":"tmpfs"}]';
  const { stdout } = await run("good", {
    prepare: "ln -s ../run/net/resolv.conf /etc/resolv.conf;" +
      `echo '{"mounts":${mounts}}' > /.krun_config.json;`,
    script: "cat /etc/resolv.conf; grep -c ' /run tmpfs ' /proc/mounts",
  });
  assert.deepEqual(lines(stdout), ["nameserver 192.168.127.1", "1"]);
});

Deno.test("resolv.conf is replaced, not changed under a reader's eyes", async () => {
  const { stdout } = await run("good", {
    prepare: "echo old > /etc/resolv.conf; exec 9< /etc/resolv.conf;" +
      "ln /etc/resolv.conf /tmp/old;",
    script: "cat /tmp/old /etc/resolv.conf; ls -l /etc/resolv.conf",
  });
  assert.match(
    stdout,
    /^old\nnameserver 192\.168\.127\.1\n-rw-r--r-- +1 /,
  );
});

Deno.test("resolv.conf is written in place where it is a mount", async () => {
  const outcome = await run("good", {
    prepare: "echo old > /tmp/real; touch /etc/resolv.conf;" +
      "mount --bind /tmp/real /etc/resolv.conf;",
    script: "cat /tmp/real; ls /etc | grep res",
  });
  assert.equal(
    outcome.stdout,
    "nameserver 192.168.127.1\nresolv.conf\n",
  );
  assert.deepEqual(complaints(outcome), []);
});

Deno.test("resolv.conf that can't be written is reported, and the guest goes on", async () => {
  const outcome = await run("good", {
    prepare: "mount -t proc proc /proc; mount --bind /etc /etc;" +
      "mount -o remount,bind,ro /etc;",
    script: "ls /etc; ip -4 route | head -1",
  });
  assert.deepEqual(complaints(outcome), [
    'krun-init: nameServers: write("/etc/resolv.conf", 25 bytes): EROFS (going on without name servers)',
  ]);
  assert.equal(outcome.stdout, "default via 192.168.127.1 dev eth0 \n");
});

Deno.test("a guest that asks for nothing leaves eth0 as it is", async () => {
  const { stdout, told, log } = await run("good", {
    env: { KRUN_DHCP: "0" },
    script: "ip -o link show eth0 | grep -c UP; ip -4 -o addr show lo",
  });
  assert.deepEqual(told, []);
  assert.equal(log, "0 packets");
  assert.match(stdout, /^0\n1: lo +inet 127\.0\.0\.1\/8 scope host lo/);
});

Deno.test("a guest without eth0 says so and goes on", async () => {
  const outcome = await run("good", { device: "eth1", script: "echo on" });
  assert.deepEqual(outcome.told, [
    'warn: DHCP on eth0: interfaceUp("eth0"): ENODEV (going on without an address)',
  ]);
  assert.equal(outcome.stdout, "on\n");
});

/** Both interfaces' addresses and the routes, each without what says nothing. */
const showAll = `for i in eth0 eth1; do
    ip -4 -o addr show $i | sed 's/ *\\\\.*//; s/^[0-9]*: //'
  done
  ip -4 route | grep default | sed 's/ *$//'
  cat /etc/resolv.conf; hostname`;

Deno.test("ip= configures an interface without a server, and names the guest", async () => {
  const outcome = await run("good", {
    env: {
      KRUN_DHCP: "0",
      ip:
        "192.168.127.9::192.168.127.1:255.255.255.0:web.example:eth0:off:9.9.9.9",
    },
    script: `${show}; hostname`,
  });
  assert.equal(outcome.log, "0 packets");
  assert.deepEqual(outcome.told, ["info: ip= on eth0: 192.168.127.9/24"]);
  assert.deepEqual(lines(outcome.stdout), [
    addressLine("192.168.127.9/24 brd 192.168.127.255"),
    ...["1500", "default via 192.168.127.1 dev eth0"],
    "192.168.127.0/24 dev eth0 scope link  src 192.168.127.9",
    ...["nameserver 9.9.9.9", "web"],
  ]);
});

Deno.test("ip= and DHCP share the interfaces, and the first has the first route", async () => {
  const outcome = await run([...atOnce, "--dhcp-rapid-commit"], {
    silent: "eth1",
    env: {
      KRUN_DHCP: "all",
      ip: "10.0.0.2::10.0.0.1:255.0.0.0::eth1::8.8.8.8",
    },
    script: showAll,
  });
  assert.deepEqual(complaints(outcome), []);
  assert.deepEqual(lines(outcome.stdout), [
    addressLine("192.168.127.10/24 brd 192.168.127.255"),
    "eth1    inet 10.0.0.2/8 brd 10.255.255.255 scope global eth1",
    "default via 10.0.0.1 dev eth1",
    "default via 192.168.127.1 dev eth0  metric 100",
    ...["nameserver 8.8.8.8", "nameserver 192.168.127.1", "localhost"],
  ]);
});

Deno.test("ip= asks a server where it has no address, and what it gives counts", async () => {
  const outcome = await run([...atOnce, "--dhcp-rapid-commit"], {
    env: { KRUN_DHCP: "0", ip: "::192.168.127.7::::dhcp:9.9.9.9" },
  });
  assert.deepEqual(
    lines(outcome.stdout),
    leased.map((line) =>
      line.replace("via 192.168.127.1 ", "via 192.168.127.7 ")
        .replace("nameserver 192.168.127.1", "nameserver 9.9.9.9")
    ),
  );
});

Deno.test("KRUN_DHCP names interfaces, and one that is missing is told of", async () => {
  const outcome = await run([...atOnce, "--dhcp-rapid-commit"], {
    env: { KRUN_DHCP: "eth7,eth0" },
  });
  assert.deepEqual(complaints(outcome), [
    'krun-init: network: DHCP on eth7: interfaceUp("eth7"): ENODEV (going on without an address)',
  ]);
  assert.deepEqual(
    lines(outcome.stdout),
    leased.map((line) =>
      line.startsWith("default") ? `${line}  metric 100` : line
    ),
  );
});

Deno.test("a guest's kernel gives itself an IPv6 address, DHCP or not", async () => {
  const { stdout } = await run([
    ...atOnce,
    "--enable-ra",
    "--dhcp-range=fd00:127::,ra-only",
  ], {
    script: `n=0
      until ip -6 -o addr show dev eth0 scope global | grep -q fd00 ||
        [ $((n += 1)) -gt 100 ]; do usleep 100000; done
      ip -6 -o addr show dev eth0 scope global | sed 's/ *scope.*//'
      ip -6 route show default | sed 's/ *metric.*//'
      ip -6 -o addr show dev lo`,
  });
  assert.match(
    stdout,
    /^\d+: eth0 +inet6 fd00:127::5894:efff:fee4:cee\/64\ndefault via fe80::\S+ dev eth0\n1: lo +inet6 ::1\/128 /,
  );
});
