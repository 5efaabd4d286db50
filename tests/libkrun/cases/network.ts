/** The network by libkrun's socket interception, by passt and by a tap. */

import { passt } from "../../../tools/libkrun/machine_root.ts";
import { type Case, sh } from "../case.ts";

const env = ["PATH=/bin"];

const address = "ip -4 -o addr show dev eth0 | awk '{ print $4 }'";

function withPasst(
  name: string,
  program: string,
  about: string,
  upstream?: Case["upstream"],
): Case {
  return {
    name,
    about,
    guest: {
      passt: "passt.sock",
      exec: sh(
        `${address}; ip route | grep -c ^default; ` +
          "cat /sys/class/net/eth0/mtu",
      ),
      env,
    },
    script:
      `chmod 777 . && ${program} -f -s $PWD/passt.sock -P /tmp/passt.pid ` +
      `2>passt.log & while [ ! -e passt.sock ]; do sleep 0.1; done; guest`,
    expect: { stdout: "10.0.2.15/24\n1\n65520\n" },
    ...(upstream && { upstream }),
  };
}

export const network: readonly Case[] = [
  {
    name: "tsi-out",
    about: "socket interception: from the guest to the host",
    guest: { exec: sh("wget -q -O - http://127.0.0.1:8000/file"), env },
    files: { "/www/file": "served\n" },
    script: "httpd -p 8000 -h www; guest",
    expect: { stdout: "served\n" },
    short: true,
  },
  {
    name: "tsi-in",
    about:
      "socket interception: from the host to the guest (krun_set_port_map)",
    guest: {
      portMap: ["8080:80"],
      exec: sh("echo from the guest | nc -l -p 80"),
      env,
    },
    script:
      `guest & while ! nc 127.0.0.1 8080 </dev/null >got 2>/dev/null || [ ! -s got ]
do sleep 0.2; done; cat got; wait $!`,
    expect: { stdout: "from the guest\n" },
  },
  withPasst("passt", passt.newest, "DHCP by passt of Debian's newest release"),
  withPasst("passt-12", passt.bookworm, "DHCP by passt of Debian 12", {
    stdout: "0\n1500\n",
    because: "its socket does not see a reply to the address offered",
  }),
  {
    name: "tap",
    about: "DHCP by dnsmasq on a tap",
    guest: {
      tap: "tap0",
      exec: sh(`${address}; cat /etc/resolv.conf`),
      env,
    },
    root: { "/etc/resolv.conf": "" },
    script:
      `ip tuntap add dev tap0 mode tap 2>/dev/null || tunctl -t tap0 >/dev/null
ip addr add 192.168.9.1/24 dev tap0; ip link set tap0 up
/usr/sbin/dnsmasq --keep-in-foreground --user=root --interface=tap0 --bind-interfaces \\
  --port=0 --no-ping --dhcp-range=192.168.9.50,192.168.9.50 \\
  --dhcp-option=6,192.168.9.1 --dhcp-leasefile=leases --conf-file=/dev/null --pid-file 2>dnsmasq.log &
sleep 0.5
guest`,
    expect: {
      stdout:
        /^192\.168\.9\.50\/24\n(search .*\n)?nameserver 192\.168\.9\.1\n$/,
    },
  },
];
