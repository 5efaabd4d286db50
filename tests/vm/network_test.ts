/** Tests of the network stage in a VM: QEMU's own DHCP server, and dummy0. */

import assert from "#assert";
import { bootScript, type Outcome, testOnEachArch } from "./vm_helper.ts";

/** Shows the network, each line without what says nothing. */
const show = `ip -4 -o addr show | sed 's/ *\\\\.*//; s/^[0-9]*: //; s/  */ /g'
  ip -4 route | sed 's/ *$//'
  cat /etc/resolv.conf`;

/** What the network stage told, from the trace on the console. */
function told({ console }: Outcome): string[] {
  return console.split("\n")
    .filter((line) => line.startsWith('{"kind":'))
    .map((line) => JSON.parse(line))
    .filter(({ stage, message }) => stage === "network" && message)
    .map(({ kind, message }) => `${kind}: ${message}`);
}

testOnEachArch(
  "a guest is configured by QEMU's DHCP server and router",
  async (arch) => {
    const outcome = await bootScript(
      `${show}; cat /sys/class/net/eth0/mtu
    n=0 found=
    until [ "$found" ] || [ $((n += 1)) -gt 100 ]; do
      usleep 100000
      # By the shell alone: emulated, programs take most of the time.
      while read address index length rest; do
        case $address in fec0*) found=$address/$length;; esac
      done < /proc/net/if_inet6
    done
    echo $found`,
      { arch, network: "user", env: ["KRUN_DHCP=1", "KRUN_INIT_TRACE=1"] },
    );
    assert.deepEqual(outcome.output.trim().split("\n"), [
      "lo inet 127.0.0.1/8 scope host lo",
      "eth0 inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0",
      "default via 10.0.2.2 dev eth0",
      "10.0.2.0/24 dev eth0 scope link  src 10.0.2.15",
      "nameserver 10.0.2.3",
      "1500",
      "fec0000000000000505400fffe123456/40",
    ]);
    const [info, ...more] = told(outcome);
    assert.match(
      info ?? "",
      /^info: DHCP on eth0: 10\.0\.2\.15\/24 from 10\.0\.2\.2 for 86400 s, in \d+ ms$/,
    );
    assert.deepEqual(more, []);
  },
);

Deno.test("a guest is configured by each ip= of its kernel's command line", async () => {
  const outcome = await bootScript(
    `${show}; hostname; ping -c 1 -W 9 10.0.2.2 | grep -c "1 packets received"`,
    {
      network: "user",
      modules: ["dummy"],
      parameters: [
        "ip=10.0.2.77::10.0.2.2:255.255.255.0:box.example:eth0:off:10.0.2.3",
        "ip=10.9.0.2::10.9.0.1:255.255.0.0::dummy0::9.9.9.9",
      ],
      env: ["KRUN_INIT_TRACE=1"],
    },
  );
  assert.deepEqual(told(outcome), [
    "info: ip= on eth0: 10.0.2.77/24",
    "info: ip= on dummy0: 10.9.0.2/16",
  ]);
  assert.deepEqual(outcome.output.trim().split("\n"), [
    "lo inet 127.0.0.1/8 scope host lo",
    "eth0 inet 10.0.2.77/24 brd 10.0.2.255 scope global eth0",
    "dummy0 inet 10.9.0.2/16 brd 10.9.255.255 scope global dummy0",
    "default via 10.0.2.2 dev eth0",
    "default via 10.9.0.1 dev dummy0  metric 100",
    "10.0.2.0/24 dev eth0 scope link  src 10.0.2.77",
    "10.9.0.0/16 dev dummy0 scope link  src 10.9.0.2",
    ...["nameserver 10.0.2.3", "nameserver 9.9.9.9", "box", "1"],
  ]);
});

Deno.test("a guest that asks for nothing has loopback only", async () => {
  const { output } = await bootScript(`${show} 2>&1; ip -o link show eth0`, {
    network: "user",
  });
  assert.match(
    output,
    /^lo inet 127\.0\.0\.1\/8 scope host lo\ncat: can't open .*\n\d+: eth0: <BROADCAST,MULTICAST> /,
  );
});

Deno.test("a guest whose sockets are intercepted has dummy0", async () => {
  const outcome = await bootScript("ip -4 -o addr show dummy0", {
    modules: ["dummy"],
    parameters: ["tsi_hijack"],
    env: ["KRUN_INIT_TRACE=1"],
  });
  assert.match(
    outcome.output,
    /: dummy0 +inet 203\.0\.113\.1\/24 brd 203\.0\.113\.255 scope global dummy0\b/,
  );
  assert.deepEqual(told(outcome), []);
});

Deno.test("a guest whose sockets are intercepted may lack the driver", async () => {
  const outcome = await bootScript("ip -4 -o addr show; ip link show dummy0", {
    parameters: ["tsi_hijack"],
    env: ["KRUN_INIT_TRACE=1"],
  });
  assert.match(outcome.output, /^\d+: lo .*127\.0\.0\.1\/8/);
  assert.match(outcome.messages, /dummy0/);
  assert.deepEqual(told(outcome), []);
});
