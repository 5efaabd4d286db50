import assert from "#assert";
import {
  addAddress,
  addRoute,
  setMtu,
} from "../../stages/formats/rtnetlink.ts";

// The bytes are those of SPEC.md section 12, but that the header names no
// process (upstream names itself) and that what is there is replaced.

const own = { address: 0xc0a87f02, prefix: 24 };
const index = 2;

/** Bytes as hexadecimal numbers, without the space that groups them here. */
function same(bytes: Uint8Array, expected: string): void {
  assert.equal(bytes.toHex(), expected.replace(/\s+/g, ""));
}

Deno.test("addAddress() is RTM_NEWADDR, for 192.168.127.2/24", () => {
  same(
    addAddress(index, own),
    `28000000 1400 0505 01000000 00000000 02180000 02000000
     0800 0200 c0a87f02 0800 0100 c0a87f02`,
  );
});

Deno.test("addAddress() tells the broadcast address where there is one", () => {
  same(
    addAddress(0x102, { ...own, prefix: 25, broadcast: 0xc0a87f7f }),
    `30000000 1400 0505 01000000 00000000 02190000 02010000
     0800 0200 c0a87f02 0800 0100 c0a87f02 0800 0400 c0a87f7f`,
  );
});

Deno.test("addRoute() is RTM_NEWROUTE, for the default by 192.168.127.1", () => {
  same(
    addRoute(
      index,
      { destination: 0, prefix: 0, gateway: 0xc0a87f01 },
      own,
    ),
    `34000000 1800 0505 01000000 00000000 02000000 fe030001 00000000
     0800 0400 02000000 0800 0100 00000000 0800 0500 c0a87f01`,
  );
});

Deno.test("addRoute() takes a gateway outside the network to be on the link", () => {
  const route = { destination: 0, prefix: 0, gateway: 0xc0a87f01 };
  const expected =
    `34000000 1800 0505 01000000 00000000 02000000 fe030001 04000000
     0800 0400 02000000 0800 0100 00000000 0800 0500 c0a87f01`;
  same(addRoute(index, route, { ...own, prefix: 32 }), expected);
  same(addRoute(index, route, { address: 0x0a000002, prefix: 8 }), expected);
});

Deno.test("addRoute() needs no gateway for a network on the link", () => {
  same(
    addRoute(index, { destination: 0x0a000000, prefix: 8 }, own),
    `2c000000 1800 0505 01000000 00000000 02080000 fe03fd01 00000000
     0800 0400 02000000 0800 0100 0a000000`,
  );
});

Deno.test("setMtu() is RTM_NEWLINK, for 1500", () => {
  same(
    setMtu(index, 1500),
    `28000000 1000 0500 01000000 00000000
     00000100 02000000 00000000 00000000 0800 0400 dc050000`,
  );
});
