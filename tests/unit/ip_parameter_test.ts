import assert from "#assert";
import fc from "fast-check";
import { parseIpParameter } from "../../stages/formats/ip_parameter.ts";
import { parseIpv4 } from "../../stages/formats/ipv4.ts";

/** What stands for a server's word alone. */
const dhcp = {
  device: undefined,
  hostName: undefined,
  isOn: true,
  address: undefined,
  prefix: undefined,
  gateway: undefined,
  nameServers: [],
  problems: [],
};

Deno.test("parseIpParameter() reads each part", () => {
  assert.deepEqual(
    parseIpParameter(
      "192.168.1.2:10.0.0.9:192.168.1.1:255.255.255.128:web.example.org:eth1:off:9.9.9.9:8.8.8.8:10.0.0.3",
    ),
    {
      device: "eth1",
      hostName: "web",
      isOn: true,
      address: 0xc0a80102,
      prefix: 25,
      gateway: 0xc0a80101,
      nameServers: [0x09090909, 0x08080808],
      problems: [],
    },
  );
});

Deno.test("parseIpParameter() takes parts that are empty or missing", () => {
  const cases: Record<string, unknown> = {
    "10.1.2.3": { ...dhcp, address: 0x0a010203 },
    "172.16.0.1:::": { ...dhcp, address: 0xac100001 },
    "10.1.2.3:::0.0.0.0": { ...dhcp, address: 0x0a010203 },
    ":::255.255.0.0::eth2:": { ...dhcp, device: "eth2", prefix: 16 },
    "0.0.0.0::0.0.0.0::::any": dhcp,
    ":::::::1.1.1.1": { ...dhcp, nameServers: [0x01010101] },
    // A method is no more needed than it is heeded then.
    "10.1.2.3::::::rarp": { ...dhcp, address: 0x0a010203 },
  };
  for (const [text, wanted] of Object.entries(cases)) {
    assert.deepEqual(parseIpParameter(text), wanted, text);
  }
});

Deno.test("parseIpParameter() knows the methods", () => {
  for (const method of ["dhcp", "on", "any", "dhcp,1,client"]) {
    assert.deepEqual(parseIpParameter(method), dhcp);
    assert.deepEqual(parseIpParameter(`::::::${method}`), dhcp);
  }
  for (const text of ["", "off", "none", "::::::off"]) {
    assert.deepEqual(parseIpParameter(text), { ...dhcp, isOn: false });
  }
  const named = { hostName: "web", device: "eth0" };
  assert.deepEqual(parseIpParameter("::::web:eth0:off"), {
    ...{ ...dhcp, ...named },
    isOn: false,
  });
});

Deno.test("parseIpParameter() passes over gateways and name servers that are none", () => {
  assert.deepEqual(
    parseIpParameter("10.0.0.2::224.0.0.1:::::9.9.9.9:dns.example"),
    {
      ...{ ...dhcp, address: 0x0a000002, nameServers: [0x09090909] },
      problems: ["no gateway: 224.0.0.1", "no name server: dns.example"],
    },
  );
});

Deno.test("parseIpParameter() says what is wrong", () => {
  const cases: Record<string, string> = {
    "eth0:dhcp": "no address: eth0",
    "10.0.0": "no method of configuration: 10.0.0",
    "10.0.0:": "no address: 10.0.0",
    "127.0.0.1": "no address: 127.0.0.1",
    "10.0.0.2:::24": "no netmask: 24",
    "10.0.0.2:::255.0.255.0": "no netmask: 255.0.255.0",
    "::::::rarp": "no method of configuration: rarp",
    both: "no method of configuration: both",
  };
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parseIpParameter(text), { message });
  }
});

Deno.test("parseIpv4() reads four whole numbers up to 255, and nothing else", () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      const wanted = text.split(".").reduce(
        (all, part) => all * 256 + Number(part),
        0,
      );
      assert.equal(parseIpv4(text), wanted);
    }),
  );
  for (
    const text of [
      ...["", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1.2.3.256"],
      ...["1.2.3.04", "1.2.3.-4", "1.2.3.4 ", "1.2.3.1e1", "1.2.3.0x4"],
    ]
  ) assert.equal(parseIpv4(text), undefined, text);
});
