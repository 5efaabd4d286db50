import assert from "#assert";
import fc from "fast-check";
import { decodeReply, type Reply } from "../../stages/formats/dhcp.ts";
import {
  decodeClasslessRoutes,
  type Lease,
  readLease,
} from "../../stages/formats/lease.ts";
import {
  but,
  mac,
  packet,
  type PacketOption,
  type PacketParts,
  usual,
  without,
  word,
  xid,
} from "../fixtures/dhcp_packets.ts";

function lease(
  options: readonly PacketOption[],
  parts: PacketParts = {},
): Lease {
  const reply = decodeReply(packet({ ...parts, options }), {
    transaction: xid,
    hardwareAddress: new Uint8Array(mac),
  });
  assert.equal(typeof reply, "object", `${reply}`);
  return readLease(reply as Reply);
}

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

Deno.test("readLease() reads the usual lease", () => {
  assert.deepEqual(lease(usual), {
    address: 0xc0a87f02,
    prefix: 24,
    broadcast: 0xc0a87fff,
    routes: [{ destination: 0, prefix: 0, gateway: 0xc0a87f01 }],
    nameServers: [0xc0a87f01],
    search: [],
    mtu: undefined,
    seconds: 3600,
    server: 0xc0a87f01,
  });
});

Deno.test("readLease() makes do with the address alone", () => {
  assert.deepEqual(lease([[53, [5]]]), {
    address: 0xc0a87f02,
    prefix: 24,
    broadcast: 0xc0a87fff,
    routes: [],
    nameServers: [],
    search: [],
    mtu: undefined,
    seconds: undefined,
    server: undefined,
  });
});

Deno.test("readLease() takes the prefix from the mask, else from the class", () => {
  const prefix = (
    mask: readonly number[] | undefined,
    yiaddr: readonly number[],
  ): number =>
    lease(mask === undefined ? without(1) : but([1, mask]), { yiaddr }).prefix;
  assert.equal(prefix([255, 255, 0, 0], [192, 168, 127, 2]), 16);
  assert.equal(prefix([255, 255, 255, 255], [192, 168, 127, 2]), 32);
  assert.equal(prefix([255, 0, 255, 0], [192, 168, 127, 2]), 8);
  assert.equal(prefix([255, 255, 255, 240, 9], [192, 168, 127, 2]), 28);
  for (const none of [undefined, [], [255, 255, 255], [0, 0, 0, 0]]) {
    assert.equal(prefix(none, [10, 0, 0, 2]), 8);
    assert.equal(prefix(none, [172, 16, 0, 2]), 16);
    assert.equal(prefix(none, [192, 168, 127, 2]), 24);
  }
});

Deno.test("readLease() takes the broadcast address that is given, else computes it", () => {
  const broadcast = (...options: PacketOption[]): number | undefined =>
    lease(but(...options)).broadcast;
  assert.equal(broadcast([28, [192, 168, 127, 127]]), 0xc0a87f7f);
  assert.equal(broadcast([28, [0, 0, 0, 0]]), 0xc0a87fff);
  assert.equal(broadcast([28, [1, 2]]), 0xc0a87fff);
  assert.equal(broadcast([1, [255, 255, 255, 252]]), 0xc0a87f03);
  assert.equal(broadcast([1, [255, 255, 255, 254]]), undefined);
  assert.equal(broadcast([1, [255, 255, 255, 255]]), undefined);
});

Deno.test("readLease() has the first router's default route, and none for 0.0.0.0", () => {
  const routes = (data: readonly number[]): unknown =>
    lease(but([3, data])).routes;
  const route = { destination: 0, prefix: 0, gateway: 0x0a000001 };
  assert.deepEqual(routes([10, 0, 0, 1]), [route]);
  assert.deepEqual(routes([10, 0, 0, 1, 10, 0, 0, 2]), [route]);
  for (const none of [[], [10, 0, 0], [0, 0, 0, 0]]) {
    assert.deepEqual(routes(none), []);
  }
});

Deno.test("readLease() takes classless routes in the place of the router", () => {
  const classless = [
    ...[32, 169, 254, 169, 254, 0, 0, 0, 0],
    ...[0, 192, 168, 127, 254],
  ];
  assert.deepEqual(lease([...usual, [121, classless]]).routes, [
    { destination: 0xa9fea9fe, prefix: 32 },
    { destination: 0, prefix: 0, gateway: 0xc0a87ffe },
  ]);
});

Deno.test("readLease() keeps to the router where classless routes are malformed or none", () => {
  const router = lease(usual).routes;
  for (
    const data of [[], [33, 1, 2, 3, 4, 5, 1, 1, 1, 1], [24, 10, 0], [0, 1, 2]]
  ) {
    assert.deepEqual(lease([...usual, [121, data]]).routes, router);
  }
});

Deno.test("decodeClasslessRoutes() reads RFC 3442's examples", () => {
  const gateway = [10, 0, 0, 1];
  const cases: readonly (readonly [number[], number, number])[] = [
    [[0], 0, 0],
    [[8, 10], 0x0a000000, 8],
    [[24, 10, 0, 0], 0x0a000000, 24],
    [[16, 10, 17], 0x0a110000, 16],
    [[24, 10, 27, 129], 0x0a1b8100, 24],
    [[25, 10, 229, 0, 128], 0x0ae50080, 25],
    [[32, 10, 198, 122, 47], 0x0ac67a2f, 32],
  ];
  for (const [data, destination, prefix] of cases) {
    assert.deepEqual(
      decodeClasslessRoutes(new Uint8Array([...data, ...gateway])),
      [{ destination, prefix, gateway: 0x0a000001 }],
    );
  }
  const all = cases.flatMap(([data]) => [...data, ...gateway]);
  assert.equal(decodeClasslessRoutes(new Uint8Array(all)).length, cases.length);
});

Deno.test("decodeClasslessRoutes() clears the destination's bits behind the prefix", () => {
  const [route] = decodeClasslessRoutes(
    new Uint8Array([20, 172, 31, 255, 1, 2, 3, 4]),
  );
  assert.equal(route?.destination, 0xac1ff000);
});

Deno.test("decodeClasslessRoutes() reads all of it or nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
      const size = decodeClasslessRoutes(data).reduce(
        (sum, { prefix }) => sum + 5 + Math.ceil(prefix / 8),
        0,
      );
      return size === 0 || size === data.length;
    }),
    { numRuns: 2000 },
  );
});

Deno.test("readLease() has every name server once, and drops what is left over", () => {
  const servers = (...data: readonly number[]): unknown =>
    lease(but([6, data])).nameServers;
  assert.deepEqual(servers(1, 2, 3, 4, 5, 6, 7), [0x01020304]);
  assert.deepEqual(servers(), []);
  assert.deepEqual(
    servers(...word(0x08080808), 0, 0, 0, 0, ...word(1), ...word(0x08080808)),
    [0x08080808, 1],
  );
});

Deno.test("readLease() searches the list of domains, else the one", () => {
  const list: PacketOption = [119, [1, 97, 0, 1, 98, 0, 0xc0, 0]];
  const one: PacketOption = [15, ascii("example.org")];
  assert.deepEqual(lease([...usual, list, one]).search, ["a", "b"]);
  assert.deepEqual(lease([...usual, one]).search, ["example.org"]);
  assert.deepEqual(
    lease([...usual, [119, [9]], one]).search,
    ["example.org"],
  );
});

Deno.test("readLease() keeps the MTU in bounds, and has none where none is sent", () => {
  const mtu = (...data: readonly number[]): number | undefined =>
    lease([...usual, [26, data]]).mtu;
  assert.equal(mtu(0x01, 0x00), 1280);
  assert.equal(mtu(0x05, 0xdc), 1500);
  assert.equal(mtu(0x23, 0x28), 9000);
  assert.equal(mtu(0xff, 0xff), 65520);
  assert.equal(mtu(0x05), undefined);
  assert.equal(mtu(), undefined);
});

Deno.test("readLease() knows a lease that does not end", () => {
  assert.equal(lease(but([51, word(0xffff_ffff)])).seconds, undefined);
  assert.equal(lease(but([51, word(1)])).seconds, 1);
});

Deno.test("readLease() gives values in their bounds, whatever the options", () => {
  const options = fc.array(
    fc.tuple(
      fc.constantFrom(1, 3, 6, 15, 26, 28, 51, 54, 119, 121),
      fc.uint8Array({ maxLength: 40 }).map((data) => [...data]),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(options, (options) => {
      const { prefix, mtu, routes, nameServers } = lease([
        [53, [5]],
        ...options,
      ]);
      assert.ok(prefix >= 1 && prefix <= 32);
      assert.ok(mtu === undefined || (mtu >= 1280 && mtu <= 65520));
      assert.ok(!nameServers.includes(0));
      for (const { destination, prefix } of routes) {
        assert.ok(prefix >= 0 && prefix <= 32);
        assert.ok(destination >= 0 && destination <= 0xffff_ffff);
      }
    }),
    { numRuns: 2000 },
  );
});
