import assert from "#assert";
import fc from "fast-check";
import {
  type Client,
  decodeReply,
  encodeDiscover,
  encodeRequest,
  optionNumber,
  optionNumbers,
  type Reply,
} from "../../stages/formats/dhcp.ts";
import {
  but,
  encodeOptions,
  mac,
  packet,
  type PacketParts,
  readClientPacket,
  types,
  usual,
  without,
  word,
  xid,
} from "../fixtures/dhcp_packets.ts";

const client: Client = {
  transaction: xid,
  hardwareAddress: new Uint8Array(mac),
};

const offer: Reply = {
  type: "offer",
  address: 0xc0a87f02,
  server: 0xc0a87f01,
  options: new Map(),
};

function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}

function decode(parts: PacketParts): Reply {
  const reply = decodeReply(packet(parts), client);
  if (typeof reply === "string") throw new Error(`Ignored: ${reply}`);
  return reply;
}

/** Why a packet is ignored. */
function refusal(bytes: Uint8Array): string {
  const reply = decodeReply(bytes, client);
  assert.equal(typeof reply, "string");
  return reply as string;
}

/** An option of a reply, as plain numbers. */
function option(reply: Reply, code: number): number[] | undefined {
  const data = reply.options.get(code);
  return data && [...data];
}

/** SPEC.md's vector but for the random xid: op to chaddr, then zeros, then the cookie. */
const header = "01010600" + "12345678" + "00008000" + "00".repeat(16) +
  "5a94efe40cee" + "00".repeat(10 + 192) + "63825363";

Deno.test("encodeDiscover() asks for a lease at once", () => {
  const options = "350101" + "5000" + "3d07015a94efe40cee" + "390205dc" +
    "370a017903060f1a1c333677" + "ff";
  const bytes = encodeDiscover(client);
  assert.equal(hex(bytes), (header + options).padEnd(600, "0"));
  assert.equal(bytes.length, 300);
});

Deno.test("encodeRequest() asks for what was offered, of the server that did", () => {
  const options = "350103" + "3204c0a87f02" + "3604c0a87f01" +
    "3d07015a94efe40cee" + "390205dc" + "370a017903060f1a1c333677" + "ff";
  assert.equal(
    hex(encodeRequest(client, offer)),
    (header + options).padEnd(600, "0"),
  );
});

Deno.test("encodeRequest() names no server where the offer did not", () => {
  const bytes = encodeRequest(client, { ...offer, server: undefined });
  const { type, options } = readClientPacket(bytes);
  assert.equal(type, types.request);
  assert.equal(options.has(54), false);
  assert.deepEqual(options.get(50), [192, 168, 127, 2]);
});

Deno.test("encodeDiscover() tells the host name, as long as it fits an option", () => {
  const named = (hostName: string | undefined): Uint8Array =>
    encodeDiscover({ ...client, hostName });
  const nameIn = (bytes: Uint8Array): string | undefined => {
    const data = readClientPacket(bytes).options.get(12);
    return data && new TextDecoder().decode(new Uint8Array(data));
  };
  assert.equal(nameIn(named("guest")), "guest");
  assert.equal(nameIn(named("büro")), "büro");
  assert.equal(nameIn(named("a".repeat(255))), "a".repeat(255));
  assert.equal(named("a".repeat(255)).at(-1), 255);
  for (const name of [undefined, "", "a".repeat(256), "ä".repeat(128)]) {
    assert.deepEqual(named(name), encodeDiscover(client));
  }
});

Deno.test("decodeReply() reads what a server confirms", () => {
  const reply = decode({});
  assert.deepEqual(
    { ...reply, options: [...reply.options.keys()].toSorted((a, b) => a - b) },
    {
      type: "ack",
      address: 0xc0a87f02,
      server: 0xc0a87f01,
      options: [1, 3, 6, 51, 53, 54],
    },
  );
  assert.deepEqual(option(reply, 51), [0, 0, 14, 16]);
});

Deno.test("decodeReply() tells the types apart", () => {
  const typeOf = (type: number): string =>
    decode({ options: but([53, [type]]) }).type;
  assert.equal(typeOf(2), "offer");
  assert.equal(typeOf(5), "ack");
  assert.equal(typeOf(6), "nak");
  for (const type of [0, 1, 3, 4, 7, 8, 255]) {
    const bytes = packet({ options: but([53, [type]]) });
    assert.equal(refusal(bytes), "of an unknown type");
  }
  assert.equal(
    refusal(packet({ options: without(53) })),
    "of an unknown type",
  );
  assert.equal(
    refusal(packet({ options: but([53, []]) })),
    "of an unknown type",
  );
});

Deno.test("decodeReply() ignores what is not for this client", () => {
  const cases: readonly (readonly [PacketParts, string])[] = [
    [{ op: 1 }, "not a reply"],
    [{ op: 0 }, "not a reply"],
    [{ cookie: [0x63, 0x82, 0x53, 0x62] }, "not DHCP"],
    [{ xid: xid + 1 }, "of another exchange"],
    [{ xid: 1 }, "of another exchange"],
    ...mac.map((byte, n) =>
      [
        { chaddr: mac.with(n, byte ^ 1) },
        "for another client",
      ] as const
    ),
    [{ yiaddr: [0, 0, 0, 0] }, "without a usable address"],
    [{ yiaddr: [127, 0, 0, 1] }, "without a usable address"],
    [{ yiaddr: [255, 255, 255, 255] }, "without a usable address"],
  ];
  for (const [parts, reason] of cases) {
    assert.equal(refusal(packet(parts)), reason);
  }
});

Deno.test("decodeReply() wants no address of a NAK", () => {
  const { type, address } = decode({
    options: [[53, [types.nak]]],
    yiaddr: [0, 0, 0, 0],
  });
  assert.deepEqual([type, address], ["nak", 0]);
});

Deno.test("decodeReply() ignores what is too short or too long", () => {
  const whole = packet();
  for (const size of [0, 1, 43, 239]) {
    assert.equal(refusal(whole.subarray(0, size)), "too short");
  }
  assert.equal(refusal(whole.subarray(0, 240)), "of an unknown type");
  const padded = (size: number): Uint8Array => {
    const bytes = new Uint8Array(size);
    bytes.set(whole);
    return bytes;
  };
  assert.equal(typeof decodeReply(padded(1500), client), "object");
  assert.equal(refusal(padded(1501)), "too long");
});

Deno.test("decodeReply() ignores a packet that ends within an option, wherever it is cut", () => {
  const whole = packet();
  const ends = usual.map((_, n) =>
    240 + encodeOptions(usual.slice(0, n)).length
  ).concat(whole.length - 1);
  for (let size = 240; size < whole.length; size++) {
    const reply = decodeReply(whole.subarray(0, size), client);
    if (ends.includes(size)) assert.notEqual(reply, "cut off within an option");
    else assert.equal(reply, "cut off within an option", `${size}`);
  }
});

Deno.test("decodeReply() skips padding, and stops at the end", () => {
  const reply = decode({
    rawOptions: [0, 0, 53, 1, 5, 0, 6, 4, 1, 2, 3, 4, 255, 6, 200, 1],
  });
  assert.deepEqual(option(reply, 6), [1, 2, 3, 4]);
  assert.equal(reply.options.size, 2);
});

Deno.test("decodeReply() needs no end after the last option", () => {
  const reply = decode({ rawOptions: encodeOptions(usual) });
  assert.equal(reply.options.size, usual.length);
});

Deno.test("decodeReply() puts split options together (RFC 3396)", () => {
  const reply = decode({
    options: [...usual, [6, [10, 0, 0]], [119, [1]], [6, [1]], [119, [2, 3]]],
  });
  assert.deepEqual(option(reply, 6), [192, 168, 127, 1, 10, 0, 0, 1]);
  assert.deepEqual(option(reply, 119), [1, 2, 3]);
});

Deno.test("decodeReply() reads on in file and then in sname, where it is told to", () => {
  const router = [10, 0, 0, 1];
  const parts = (overload: readonly number[]): PacketParts => ({
    options: [[53, [5]], [52, overload], [6, [1]]],
    file: [0, 6, 1, 2, 3, 4, ...router, 255, 9],
    sname: [6, 2, 3, 4, 15, 1, 97, 255],
  });
  const read = (overload: readonly number[]): unknown[] => {
    const reply = decode(parts(overload));
    return [6, 3, 15].map((code) => option(reply, code));
  };
  assert.deepEqual(read([1]), [[1, 2], router, undefined]);
  assert.deepEqual(read([2]), [[1, 3, 4], undefined, [97]]);
  assert.deepEqual(read([3]), [[1, 2, 3, 4], router, [97]]);
  assert.deepEqual(read([0]), [[1], undefined, undefined]);
  assert.deepEqual(read([4]), [[1], undefined, undefined]);
  assert.deepEqual(read([]), [[1], undefined, undefined]);
});

Deno.test("decodeReply() reads no further than the fields go", () => {
  const filled = (size: number): number[] =>
    encodeOptions([[15, new Array<number>(size - 2).fill(97)]]);
  const reply = decode({
    options: [[53, [5]], [52, [3]]],
    file: filled(128),
    sname: filled(64),
  });
  assert.equal(option(reply, 15)?.length, 126 + 62);
  assert.deepEqual([...reply.options.keys()], [53, 52, 15]);
});

Deno.test("decodeReply() ignores a packet whose overloaded fields are cut", () => {
  const options = [[53, [5]], [52, [3]]] as const;
  const cut = [...new Array<number>(62).fill(0), 6, 4];
  assert.equal(
    refusal(packet({ options, sname: cut })),
    "cut off within an option",
  );
  const cutFile = [...new Array<number>(125).fill(0), 6, 2, 1];
  assert.equal(
    refusal(packet({ options, file: cutFile })),
    "cut off within an option",
  );
  // Unless they aren't options at all.
  assert.equal(
    decode({ options: [[53, [5]]], sname: cut, file: cutFile }).type,
    "ack",
  );
});

Deno.test("decodeReply() reads a part of a larger buffer", () => {
  const bytes = packet();
  const larger = new Uint8Array(bytes.length + 20).fill(0xee);
  larger.set(bytes, 7);
  assert.deepEqual(
    decodeReply(larger.subarray(7, 7 + bytes.length), client),
    decodeReply(bytes, client),
  );
});

Deno.test("decodeReply() gives a reply or a reason, whatever comes in", () => {
  const noise = fc.uint8Array({ maxLength: 600 })
    .map((bytes) => packet({ rawOptions: [...bytes] }));
  fc.assert(
    fc.property(
      fc.oneof(noise, fc.uint8Array({ maxLength: 1600 })),
      (bytes) => {
        const reply = decodeReply(bytes, client);
        if (typeof reply === "string") return reply.length > 0;
        let size = 0;
        for (const data of reply.options.values()) size += data.length;
        return size < bytes.length;
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("decodeReply() finds every option that was put in, in any split", () => {
  const data = fc.uint8Array({ minLength: 1, maxLength: 300 });
  const codes = fc.uniqueArray(
    fc.integer({ min: 1, max: 254 }).filter((code) =>
      ![52, 53, 54].includes(code)
    ),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(codes, data, fc.integer({ min: 1, max: 255 }), (
      codes,
      data,
      piece,
    ) => {
      const split = codes.flatMap((code) =>
        Array.from(
          { length: Math.ceil(data.length / piece) },
          (_, n) =>
            [code, [...data.subarray(n * piece, (n + 1) * piece)]] as const,
        )
      );
      const bytes = packet({ options: [[53, [5]], ...split] });
      if (bytes.length > 1500) return;
      const reply = decodeReply(bytes, client);
      assert.equal(typeof reply, "object");
      for (const code of codes) {
        assert.deepEqual(option(reply as Reply, code), [...data]);
      }
    }),
  );
});

Deno.test("optionNumber() and optionNumbers() read whole numbers only", () => {
  const options = new Map([
    [
      6,
      new Uint8Array([9, 1, 2, 3, 4, 255, 255, 255, 255, 5, 6, 7]).subarray(1),
    ],
    [3, new Uint8Array([1, 2, 3])],
    [1, new Uint8Array(word(0xffff_ff00))],
  ]);
  assert.deepEqual(optionNumbers(options, 6), [0x01020304, 0xffff_ffff]);
  assert.equal(optionNumber(options, 6), 0x01020304);
  assert.deepEqual(optionNumbers(options, 3), []);
  assert.equal(optionNumber(options, 3), undefined);
  assert.equal(optionNumber(options, 1), 0xffff_ff00);
  assert.equal(optionNumber(options, 2), undefined);
});
