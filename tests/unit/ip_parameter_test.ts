import assert from "#assert";
import fc from "fast-check";
import { parseIpParameter } from "../../stages/formats/ip_parameter.ts";
import { parseIpv4 } from "../../stages/formats/ipv4.ts";

const nothing = {
  device: undefined,
  hostName: undefined,
  address: undefined,
  prefix: 8,
  gateway: undefined,
  nameServers: [],
};

Deno.test("parseIpParameter() reads each part", () => {
  assert.deepEqual(
    parseIpParameter(
      "192.168.1.2:10.0.0.9:192.168.1.1:255.255.255.128:web.example.org:eth1:off:9.9.9.9:8.8.8.8:10.0.0.3",
    ),
    {
      device: "eth1",
      hostName: "web",
      address: 0xc0a80102,
      prefix: 25,
      gateway: 0xc0a80101,
      nameServers: [0x09090909, 0x08080808],
    },
  );
});

Deno.test("parseIpParameter() takes parts that are empty or missing", () => {
  const cases: Record<string, unknown> = {
    "10.1.2.3": { ...nothing, address: 0x0a010203 },
    "172.16.0.1:::": { ...nothing, address: 0xac100001, prefix: 16 },
    ":::::eth2:": { ...nothing, device: "eth2" },
    "0.0.0.0::0.0.0.0::::any": nothing,
    ":::::::1.1.1.1": { ...nothing, nameServers: [0x01010101] },
    // A method is no more needed than it is heeded then.
    "10.1.2.3::::::rarp": { ...nothing, address: 0x0a010203 },
  };
  for (const [text, wanted] of Object.entries(cases)) {
    assert.deepEqual(parseIpParameter(text), wanted, text);
  }
});

Deno.test("parseIpParameter() knows the methods", () => {
  for (const method of ["dhcp", "on", "any", "both"]) {
    assert.deepEqual(parseIpParameter(method), nothing);
    assert.deepEqual(parseIpParameter(`::::::${method}`), nothing);
  }
  assert.deepEqual(parseIpParameter(""), nothing);
  for (const method of ["off", "none"]) {
    assert.equal(parseIpParameter(method), undefined);
    assert.equal(parseIpParameter(`:::::eth0:${method}`), undefined);
  }
});

Deno.test("parseIpParameter() says what is wrong", () => {
  const cases: Record<string, string> = {
    "eth0:dhcp": "no address: eth0",
    "10.0.0": "no address: 10.0.0",
    "127.0.0.1": "no address: 127.0.0.1",
    "10.0.0.2::224.0.0.1": "no gateway: 224.0.0.1",
    "10.0.0.2:::24": "no netmask: 24",
    "10.0.0.2:::255.0.255.0": "no netmask: 255.0.255.0",
    "10.0.0.2:::0.0.0.0": "no netmask: 0.0.0.0",
    "::::::rarp": "no method of configuration: rarp",
    "::::::dhcp:x": "no name server: x",
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
