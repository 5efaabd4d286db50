import assert from "#assert";
import fc from "fast-check";
import { recordingSys } from "../../ffi/recording_sys.ts";
import { obtainLease } from "../../stages/dhcp_client.ts";
import type { Lease } from "../../stages/formats/lease.ts";
import {
  but,
  type ClientPacket,
  packet,
  type PacketParts,
  types,
  xid,
} from "../fixtures/dhcp_packets.ts";
import { scriptedServer, type Server } from "../fixtures/scripted_server.ts";
import { withoutClock } from "./stage_helper.ts";

const begin = 1000;

/** What became of an exchange. */
interface Exchange {
  readonly lease: Lease | undefined;
  readonly error: string | undefined;
  /** `discover`, `request` and the time of each, in ms from the begin. */
  readonly sent: readonly string[];
  readonly packets: readonly ClientPacket[];
  /** How long it took, in ms. */
  readonly duration: number;
  readonly calls: readonly string[];
}

function exchange(server: Server, patience = 300): Exchange {
  const { answers, sent, now } = scriptedServer(server);
  const sys = recordingSys({ answers });
  let lease: Lease | undefined;
  let error: string | undefined;
  try {
    lease = obtainLease(sys, { device: "eth0", hostName: undefined, patience });
  } catch (caught) {
    error = (caught as Error).message;
  }
  return {
    lease,
    error,
    sent: sent.map(([time, { type }]) =>
      `${type === types.discover ? "discover" : "request"} ${time - begin}`
    ),
    packets: sent.map(([, packet]) => packet),
    duration: now() - begin,
    calls: withoutClock(sys.calls),
  };
}

const ack = packet();
const offer = packet({ options: but([53, [types.offer]]) });

/** A reply in the exchange that a packet of the client belongs to. */
function reply(
  to: ClientPacket,
  type: number,
  parts: PacketParts = {},
): Uint8Array<ArrayBuffer> {
  return packet({ xid: to.xid, options: but([53, [type]]), ...parts });
}

/** The ordinary server, which offers first; answers after some ms. */
function ordinary(delay = 1): Server {
  return (request) => [[
    delay,
    reply(request, request.type === types.discover ? types.offer : types.ack),
  ]];
}

const silent: Server = () => [];
const address = 0xc0a87f02;

Deno.test("obtainLease() has the lease at once where the server commits", () => {
  const { lease, calls, packets } = exchange(() => [[3, ack]]);
  assert.equal(lease?.address, address);
  assert.deepEqual(calls, [
    "getrandom(4 bytes)",
    'hardwareAddress("eth0")',
    'openPacket("eth0")',
    "send(7, 342 bytes)",
    "receive(7, 1583 bytes, 10 ms)",
  ]);
  assert.deepEqual(packets[0]?.options.get(80), []);
  assert.equal(packets[0]?.xid, xid);
});

Deno.test("obtainLease() asks for what is offered", () => {
  const { lease, calls, sent, packets } = exchange(ordinary());
  assert.equal(lease?.address, address);
  assert.deepEqual(sent, ["discover 0", "request 1"]);
  assert.deepEqual(packets[1]?.options.get(50), [192, 168, 127, 2]);
  assert.deepEqual(packets[1]?.options.get(54), [192, 168, 127, 1]);
  assert.equal(packets[1]?.xid, xid);
  assert.deepEqual(calls, [
    "getrandom(4 bytes)",
    'hardwareAddress("eth0")',
    'openPacket("eth0")',
    "send(7, 342 bytes)",
    "receive(7, 1583 bytes, 10 ms)",
    "send(7, 342 bytes)",
    "receive(7, 1583 bytes, 10 ms)",
  ]);
});

Deno.test("obtainLease() asks five times in 300 ms where no one answers", () => {
  const { error, sent, duration, calls } = exchange(silent);
  assert.equal(error, "no answer in 300 ms");
  assert.deepEqual(sent, [
    "discover 0",
    "discover 10",
    "discover 30",
    "discover 70",
    "discover 150",
  ]);
  assert.equal(duration, 300);
  assert.equal(calls.at(-1), "receive(7, 1583 bytes, 150 ms)");
});

Deno.test("obtainLease() waits as long as it is told, asking every second", () => {
  const { error, sent, duration } = exchange(silent, 4000);
  assert.equal(error, "no answer in 4000 ms");
  assert.equal(duration, 4000);
  assert.deepEqual(
    sent.map((text) => Number(text.split(" ")[1])),
    [0, 10, 30, 70, 150, 310, 630, 1270, 2270, 3270],
  );
  assert.equal(exchange(silent, 1).duration, 1);
});

Deno.test("obtainLease() comes to an end where the clock stands still", () => {
  const sys = recordingSys();
  assert.throws(
    () =>
      obtainLease(sys, { device: "eth0", hostName: undefined, patience: 300 }),
    { message: "no answer in 300 ms" },
  );
});

Deno.test("obtainLease() gets by with a server that takes 150 ms", () => {
  const { lease, duration, sent } = exchange(ordinary(150));
  assert.equal(lease?.address, address);
  assert.equal(duration, 300);
  assert.deepEqual(sent, [
    "discover 0",
    "discover 10",
    "discover 30",
    "discover 70",
    "request 150",
    "request 160",
    "request 180",
    "request 220",
  ]);
});

Deno.test("obtainLease() gets by without the first packet of either kind", () => {
  let requests = 0;
  const { lease, sent } = exchange((request, count) => {
    if (count === 1) return [];
    if (request.type === types.request && requests++ === 0) return [];
    return ordinary()(request, count);
  });
  assert.equal(lease?.address, address);
  assert.deepEqual(sent, [
    "discover 0",
    "discover 10",
    "request 11",
    "request 21",
  ]);
});

Deno.test("obtainLease() gives a server that has offered a second", () => {
  const late = (delay: number): Exchange =>
    exchange((request) => {
      const isDiscover = request.type === types.discover;
      return [[isDiscover ? 200 : delay, reply(request, isDiscover ? 2 : 5)]];
    });
  assert.equal(late(990).lease?.address, address);
  const { lease, error, duration } = late(1001);
  assert.equal(lease, undefined);
  assert.match(
    error ?? "",
    /^192\.168\.127\.1 offered 192\.168\.127\.2 and did not confirm it/,
  );
  assert.equal(duration, 1200);
});

Deno.test("obtainLease() does not take back the time it was told to wait", () => {
  const { duration } = exchange(
    (request) => request.type === types.discover ? [[1, offer]] : [],
    5000,
  );
  assert.equal(duration, 5000);
});

Deno.test("obtainLease() ignores strangers until the time is over", () => {
  const strangers: readonly PacketParts[] = [
    { op: 1 },
    { xid: xid + 1 },
    { chaddr: [2, 0, 0, 0, 0, 1] },
    { cookie: [0, 0, 0, 0] },
    { options: but([53, [4]]) },
    { rawOptions: [53, 1, 5, 6, 200, 1] },
    { yiaddr: [0, 0, 0, 0] },
  ];
  const crowd: Server = (_request, count) =>
    count > 1 ? [] : strangers.map((parts, n) => [n, packet(parts)]);
  const alone = exchange(crowd);
  assert.equal(
    alone.error,
    "no answer in 300 ms; packets ignored: 7, the last: without a usable address",
  );
  assert.equal(alone.duration, 300);
  const amid = exchange((request, count) => [
    ...crowd(request, count),
    ...ordinary(10)(request, count),
  ]);
  assert.equal(amid.lease?.address, address);
  assert.equal(amid.duration, 20);
});

Deno.test("obtainLease() keeps its times under a flood", () => {
  const stranger = packet({ xid: 1 });
  const flood: Server = () =>
    Array.from({ length: 400 }, (_, n) => [n, stranger]);
  const { error, sent, duration } = exchange(flood);
  assert.match(error ?? "", /^no answer in 300 ms; packets ignored: \d+, /);
  assert.equal(duration, 300);
  assert.equal(sent.length, 5);
});

Deno.test("obtainLease() takes no packet of more than 1500 bytes", () => {
  const huge = new Uint8Array(9000);
  huge.set(ack);
  assert.match(exchange(() => [[1, huge]]).error ?? "", /the last: cut off$/);
  const long = huge.subarray(0, 1501);
  assert.match(exchange(() => [[1, long]]).error ?? "", /the last: too long$/);
});

Deno.test("obtainLease() takes the first offer and keeps to it", () => {
  const other = { options: but([53, [2]], [54, [10, 0, 0, 1]]) };
  const { lease, packets } = exchange((request) =>
    request.type === types.discover
      ? [
        [1, reply(request, types.offer)],
        [2, reply(request, 2, other)],
        [3, reply(request, 2)],
      ]
      : [
        [4, reply(request, 5, { options: but([54, [10, 0, 0, 1]]) })],
        [5, reply(request, 6, { options: [[53, [6]], [54, [10, 0, 0, 1]]] })],
        [6, reply(request, types.ack)],
      ]
  );
  assert.equal(lease?.server, 0xc0a87f01);
  assert.equal(packets.length, 2);
});

Deno.test("obtainLease() does not mind an ACK without the server's identifier", () => {
  const { lease } = exchange((request) => [[
    1,
    request.type === types.discover
      ? reply(request, types.offer)
      : reply(request, 0, { options: [[53, [types.ack]]] }),
  ]]);
  assert.equal(lease?.address, address);
});

Deno.test("obtainLease() does not mind servers without an identifier", () => {
  const { lease, packets } = exchange((request) => [[
    1,
    reply(request, 0, {
      options: [[53, [request.type === types.discover ? 2 : 5]]],
    }),
  ]]);
  assert.equal(lease?.address, address);
  assert.equal(packets[1]?.options.has(54), false);
});

Deno.test("obtainLease() starts over when it is refused", () => {
  let refused = false;
  const { lease, sent, packets } = exchange((request) => {
    if (request.type === types.discover || refused) {
      return [[1, reply(request, request.type === types.discover ? 2 : 5)]];
    }
    refused = true;
    // Also a late reply of the exchange that is over.
    return [[1, reply(request, 6)], [30, reply(request, 6)]];
  });
  assert.equal(lease?.address, address);
  assert.deepEqual(sent, [
    "discover 0",
    "request 1",
    "discover 11",
    "request 12",
  ]);
  assert.deepEqual(
    packets.map((packet) => packet.xid - xid),
    [0, 0, 1, 1],
  );
});

Deno.test("obtainLease() gives up a server that always refuses", () => {
  const { error, sent, duration } = exchange((request) => [[
    1,
    reply(request, request.type === types.discover ? 2 : 6),
  ]]);
  assert.match(error ?? "", /refused what it had offered|did not confirm it/);
  assert.equal(duration, 1001);
  assert.ok(sent.length < 20, `${sent.length} packets`);
});

Deno.test("obtainLease() is refused nothing that it has not asked for", () => {
  const { error, duration } = exchange((request) => [[1, reply(request, 6)]]);
  assert.match(error ?? "", /^no answer in 300 ms; .*, the last: a NAK$/);
  assert.equal(duration, 300);
});

Deno.test("obtainLease() says what it cannot send", () => {
  const sys = recordingSys({ failures: { send: "ENETDOWN" } });
  assert.throws(
    () =>
      obtainLease(sys, { device: "eth0", hostName: undefined, patience: 300 }),
    { message: "send(3, 342 bytes): ENETDOWN" },
  );
});

Deno.test("obtainLease() keeps its times and sends little, whatever servers do", () => {
  const answer = fc.record({
    delay: fc.integer({ min: 0, max: 400 }),
    type: fc.constantFrom(0, 2, 2, 5, 6, 6),
    ours: fc.boolean(),
    server: fc.constantFrom(1, 2),
  });
  const script = fc.array(fc.array(answer, { maxLength: 3 }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      script,
      fc.constantFrom(1, 40, 300, 2000),
      (script, patience) => {
        const { lease, error, duration, sent } = exchange(
          (request, count) =>
            (script[count % script.length] ?? []).map(
              ({ delay, type, ours, server }) => [
                delay,
                reply(request, type, {
                  xid: request.xid + (ours ? 0 : 5),
                  options: but([53, [type]], [54, [10, 0, 0, server]]),
                }),
              ],
            ),
          patience,
        );
        assert.notEqual(lease === undefined, error === undefined);
        assert.ok(
          duration <= Math.max(patience + 1000, 1300),
          `${duration} ms`,
        );
        assert.ok(sent.length <= 40, `${sent.length} packets`);
      },
    ),
    { numRuns: 500 },
  );
});
