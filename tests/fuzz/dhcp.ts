import assert from "#assert";
import { type Client, decodeReply } from "../../stages/formats/dhcp.ts";
import { readLease } from "../../stages/formats/lease.ts";
import { resolvConf } from "../../stages/formats/resolv_conf.ts";
import { addAddress, addRoute } from "../../stages/formats/rtnetlink.ts";
import {
  mac,
  packet,
  type PacketOption,
  usual,
  word,
  xid,
} from "../fixtures/dhcp_packets.ts";
import { mutate, type Random } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

const client: Client = {
  transaction: xid,
  hardwareAddress: new Uint8Array(mac),
};

const headerSize = 240;

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

/** Options that lead everywhere in the code. */
const rich: readonly PacketOption[] = [
  ...usual,
  [15, ascii("example.org b.example")],
  [26, [5, 220]],
  [28, [192, 168, 127, 255]],
  [119, [1, 97, 7, ...ascii("example"), 0, 1, 98, 0xc0, 2, 0xc0, 0]],
  [121, [32, ...word(0xa9fea9fe), 0, 0, 0, 0, 20, 10, 1, 16, ...word(1), 0]],
];

const seeds: readonly Uint8Array[] = [
  packet(),
  packet({ options: rich }),
  packet({ options: [[53, [2]], [54, word(1)]] }),
  packet({ options: [[53, [6]], [54, word(1)]], yiaddr: [0, 0, 0, 0] }),
  packet({
    options: [[52, [3]], ...rich],
    file: [6, 4, 1, 2, 3, 4, 119, 3, 1, 99, 0, 255],
    sname: [121, 5, 0, 10, 0, 0, 1, 255],
  }),
];

/** Replies of servers, and what has become of them on the way. */
export const dhcp: FuzzTarget = {
  name: "dhcp",
  count: 1_000_000,
  make(random) {
    if (random.oneIn(20)) return random.bytes(random.below(1600));
    if (random.oneIn(4)) return packet({ options: randomOptions(random) });
    const seed = random.pick(seeds);
    if (random.oneIn(4)) return mutate(random, seed);
    // Most of a packet is its header, and one with a broken header is dropped.
    return new Uint8Array([
      ...seed.subarray(0, headerSize),
      ...mutate(random, seed.subarray(headerSize)),
    ]);
  },
  attempt(input) {
    const reply = decodeReply(input, client);
    if (typeof reply === "string" || reply.type === "nak") return;
    const lease = readLease(reply);
    assert.ok(lease.prefix >= 1 && lease.prefix <= 32);
    assert.ok(lease.mtu === undefined || lease.mtu >= 1280);
    assert.ok(lease.mtu === undefined || lease.mtu <= 65520);
    addAddress(2, lease);
    for (const route of lease.routes) addRoute(2, route, lease);
    // Nothing gets into the file that is not a whole line of ours.
    assert.match(
      resolvConf(lease.nameServers, lease.search),
      /^(search( [\w.-]+)+\n)?(nameserver [\d.]{7,15}\n)*$/,
    );
  },
};

/** Options that are known, mostly, with any data in them. */
function randomOptions(random: Random): PacketOption[] {
  const codes = rich.map(([code]) => code);
  const options: PacketOption[] = [[53, [random.pick([2, 5])]]];
  for (let count = random.below(12); count > 0; count--) {
    const code = random.oneIn(8) ? random.below(256) : random.pick(codes);
    options.push([code, [...random.bytes(random.below(40))]]);
  }
  return options;
}
