import assert from "#assert";
import fc from "fast-check";
import {
  decodeDatagram,
  encodeBroadcast,
} from "../../stages/formats/udp_frame.ts";
import {
  half,
  internetChecksum,
  mac,
  serverFrame,
} from "../fixtures/dhcp_packets.ts";

const address = new Uint8Array(mac);
const ports = { source: 68, destination: 67 };
const hello = new TextEncoder().encode("hello");

/** A frame with some of its bytes changed, and the IP checksum made right. */
function changed(
  changes: Readonly<Record<number, number>>,
  bytes: Uint8Array = hello,
): Uint8Array {
  const frame = serverFrame(bytes);
  for (const [at, byte] of Object.entries(changes)) frame[Number(at)] = byte;
  frame.set([0, 0], 24);
  frame.set(half(internetChecksum([...frame.subarray(14, 34)])), 24);
  return frame;
}

const decode = (frame: Uint8Array): Uint8Array | string | undefined =>
  decodeDatagram(frame, address, 68);

Deno.test("encodeBroadcast() makes this frame, to the byte", () => {
  assert.equal(
    encodeBroadcast(address, ports, hello).toHex(),
    "ffffffffffff" + "5a94efe40cee" + "0800" +
      "45000021000000004011" + "7acd" + "00000000" + "ffffffff" +
      "0044" + "0043" + "000d" + "bb7b" + "68656c6c6f",
  );
});

Deno.test("encodeBroadcast() has the sums that their definition gives", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    const frame = [...encodeBroadcast(address, ports, bytes)];
    const size = 8 + bytes.length;
    const pseudo = [...frame.slice(26, 34), 0, 17, ...half(size)];
    assert.equal(internetChecksum(frame.slice(14, 34)), 0);
    assert.equal(internetChecksum([...pseudo, ...frame.slice(34)]), 0);
    assert.notDeepEqual(frame.slice(40, 42), [0, 0]);
  }));
});

Deno.test("decodeDatagram() gives the bytes of what is for the port", () => {
  for (const bytes of [hello, new Uint8Array(), new Uint8Array(1401).fill(9)]) {
    assert.deepEqual(decode(serverFrame(bytes)), bytes);
  }
  // To this interface alone, and with the padding of short frames.
  const own = Object.fromEntries(mac.map((byte, n) => [n, byte]));
  assert.deepEqual(decode(changed(own)), hello);
  const padded = new Uint8Array(60);
  padded.set(serverFrame(hello));
  assert.deepEqual(decode(padded), hello);
});

Deno.test("decodeDatagram() takes a header with options", () => {
  const plain = serverFrame(hello);
  const frame = new Uint8Array([
    ...plain.subarray(0, 34),
    ...[1, 1, 1, 0],
    ...plain.subarray(34),
  ]);
  frame[14] = 0x46;
  frame[17] = (frame[17] ?? 0) + 4;
  frame.set([0, 0], 24);
  frame.set(half(internetChecksum([...frame.subarray(14, 38)])), 24);
  assert.deepEqual(decode(frame), hello);
});

Deno.test("decodeDatagram() passes over what is not for the port", () => {
  const others: readonly Uint8Array[] = [
    new Uint8Array(),
    serverFrame(hello).subarray(0, 33),
    changed({ 0: 2 }), // another interface
    changed({ 13: 6 }), // ARP
    changed({ 12: 0x86, 13: 0xdd }), // IPv6
    changed({ 14: 0x65 }), // no version 4
    changed({ 14: 0x44 }), // a header too short
    changed({ 14: 0x4f }), // a header longer than the frame
    changed({ 17: 27 }), // no place for UDP
    changed({ 21: 1 }), // a fragment, not the first
    changed({ 23: 6 }), // TCP
    changed({ 37: 69 }), // another port
  ];
  for (const [n, frame] of others.entries()) {
    assert.equal(decode(frame), undefined, `frame ${n}`);
  }
});

Deno.test("decodeDatagram() says what is wrong with what is for the port", () => {
  const damaged = serverFrame(hello);
  damaged[25] = (damaged[25] ?? 0) ^ 1;
  assert.equal(decode(damaged), "with a wrong IP checksum");
  assert.equal(decode(changed({ 42: 0x69 })), "with a wrong UDP checksum");
  assert.equal(decode(changed({ 41: 1 })), "with a wrong UDP checksum");
  assert.equal(decode(changed({ 38: 1 })), "of a wrong length");
  assert.equal(decode(changed({ 39: 7 })), "of a wrong length");
  assert.equal(decode(serverFrame(hello).subarray(0, 44)), "cut off");
  assert.equal(decode(changed({ 20: 0x20 })), "in fragments");
});

Deno.test("decodeDatagram() takes frames whose sum a card was to make, or that have none", () => {
  const pseudo = [192, 168, 127, 1, 255, 255, 255, 255, 0, 17, 0, 13];
  const [high = 0, low = 0] = half(0xffff - internetChecksum(pseudo));
  assert.deepEqual(decode(changed({ 40: high, 41: low })), hello);
  assert.deepEqual(decode(changed({ 40: 0, 41: 0 })), hello);
});

Deno.test("decodeDatagram() takes any bytes without an error", () => {
  const frames = fc.uint8Array({ maxLength: 120 });
  const edits = fc.array(fc.tuple(fc.nat(46), fc.nat(255)), { maxLength: 6 });
  fc.assert(fc.property(frames, edits, (bytes, edits) => {
    decode(bytes);
    decode(changed(Object.fromEntries(edits)));
  }));
});
