import assert from "#assert";
import fc from "fast-check";
import {
  classPrefix,
  formatIpv4,
  isHostAddress,
  isSameNetwork,
  netmask,
  prefixLength,
} from "../../stages/formats/ipv4.ts";

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const prefix = fc.integer({ min: 0, max: 32 });

Deno.test("formatIpv4() writes four decimal numbers", () => {
  for (
    const [address, text] of [
      [0, "0.0.0.0"],
      [0xc0a87f02, "192.168.127.2"],
      [0xffff_ffff, "255.255.255.255"],
      [0x7f000001, "127.0.0.1"],
    ] as const
  ) assert.equal(formatIpv4(address), text);
});

Deno.test("netmask() has as many leading ones as it is told", () => {
  assert.equal(netmask(0), 0);
  assert.equal(netmask(1), 0x8000_0000);
  assert.equal(netmask(24), 0xffff_ff00);
  assert.equal(netmask(32), 0xffff_ffff);
});

Deno.test("prefixLength() counts the leading ones only", () => {
  assert.equal(prefixLength(0xffff_ff00), 24);
  assert.equal(prefixLength(0xff00_ff00), 8);
  assert.equal(prefixLength(0), 0);
  assert.equal(prefixLength(0xffff_ffff), 32);
  fc.assert(fc.property(prefix, (n) => prefixLength(netmask(n)) === n));
});

Deno.test("classPrefix() is that of class A, B or C, else of a single host", () => {
  for (
    const [address, expected] of [
      [0x0a000001, 8],
      [0x7fffffff, 8],
      [0x80000000, 16],
      [0xac100001, 16],
      [0xbfffffff, 16],
      [0xc0a80001, 24],
      [0xdfffffff, 24],
      [0xe0000001, 32],
      [0xffffffff, 32],
    ] as const
  ) assert.equal(classPrefix(address), expected, formatIpv4(address));
});

Deno.test("isSameNetwork() compares what the prefix covers", () => {
  assert.equal(isSameNetwork(0xc0a87f01, 0xc0a87ffe, 24), true);
  assert.equal(isSameNetwork(0xc0a87f01, 0xc0a88001, 24), false);
  assert.equal(isSameNetwork(0xc0a87f01, 0xc0a87f02, 32), false);
  fc.assert(fc.property(word, word, (a, b) => isSameNetwork(a, b, 0)));
  fc.assert(
    fc.property(
      word,
      word,
      prefix,
      (a, b, n) =>
        isSameNetwork(a, b, n) ===
          (a.toString(2).padStart(32, "0").slice(0, n) ===
            b.toString(2).padStart(32, "0").slice(0, n)),
    ),
  );
});

Deno.test("isHostAddress() leaves out what no host can have", () => {
  for (const address of [0x0a000002, 0xc0a87f02, 0x01000001, 0xdfffffff]) {
    assert.equal(isHostAddress(address), true, formatIpv4(address));
  }
  for (const address of [0, 0x00ffffff, 0x7f000001, 0xe0000001, 0xffffffff]) {
    assert.equal(isHostAddress(address), false, formatIpv4(address));
  }
});
