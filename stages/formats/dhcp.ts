/**
 * DHCP messages as bytes: what a client sends, and what it may take for an
 * answer (RFC 2131; the options are RFC 2132's, or as named below).
 */

import { encodeBytes } from "../../ffi/bytes.ts";
import { isHostAddress } from "./ipv4.ts";

/** The options that we send or read, by their codes. */
export const Option = {
  subnetMask: 1,
  router: 3,
  nameServer: 6,
  hostName: 12,
  domainName: 15,
  mtu: 26,
  broadcastAddress: 28,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  server: 54,
  parameterList: 55,
  maximumSize: 57,
  clientId: 61,
  /** RFC 4039. */
  rapidCommit: 80,
  /** RFC 3397. */
  domainSearch: 119,
  /** RFC 3442. */
  classlessRoutes: 121,
} as const;

/** The largest reply that is read, in bytes: what an Ethernet frame holds. */
export const largestReply = 1500;

/** Who asks, and in which exchange. */
export interface Client {
  /** A number that the replies repeat (xid), 32 bits. */
  readonly transaction: number;
  /** An Ethernet address, 6 bytes (chaddr). */
  readonly hardwareAddress: Uint8Array;
  /** The name to be known by; undefined for none. */
  readonly hostName?: string | undefined;
}

/** A reply to the client. */
export interface Reply {
  readonly type: "offer" | "ack" | "nak";
  /** The client's address (yiaddr); 0 in a NAK. */
  readonly address: number;
  /** The server's own identifier; undefined where it gives none. */
  readonly server: number | undefined;
  /** All options by their codes, each in one piece. */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

/** What the server is asked to send; RFC 3442 wants 121 before 3. */
const parameterList = [
  Option.subnetMask,
  Option.classlessRoutes,
  Option.router,
  Option.nameServer,
  Option.domainName,
  Option.mtu,
  Option.broadcastAddress,
  Option.leaseTime,
  Option.server,
  Option.domainSearch,
];

const request = 1;
const reply = 2;
const ethernet = 1;
const hardwareAddressSize = 6;
const cookie = 0x63825363;
/** We have no address yet, so a reply to it would not reach us. */
const broadcastFlag = 0x8000;
/** BOOTP's: some relays and servers drop what is shorter (RFC 1542, 2.1). */
const smallestRequest = 300;
const largestOption = 255;

const at = {
  op: 0,
  hardwareType: 1,
  hardwareAddressSize: 2,
  transaction: 4,
  flags: 10,
  address: 16,
  hardwareAddress: 28,
  serverName: 44,
  file: 108,
  cookie: 236,
  options: 240,
} as const;

const discoverType = 1;
const requestType = 3;
const replyTypes: Readonly<Record<number, Reply["type"]>> = {
  2: "offer",
  5: "ack",
  6: "nak",
};

const pad = 0;
const end = 255;

/** A DISCOVER, which allows the server to commit at once (RFC 4039). */
export function encodeDiscover(client: Client): Uint8Array<ArrayBuffer> {
  return encode(client, [
    ...[Option.messageType, 1, discoverType],
    ...[Option.rapidCommit, 0],
  ]);
}

/** A REQUEST for what was offered. */
export function encodeRequest(
  client: Client,
  { address, server }: Reply,
): Uint8Array<ArrayBuffer> {
  return encode(client, [
    ...[Option.messageType, 1, requestType],
    ...[Option.requestedAddress, 4, ...bytesOf(address)],
    ...(server === undefined ? [] : [Option.server, 4, ...bytesOf(server)]),
  ]);
}

/** @param first the options that differ, as bytes */
function encode(
  client: Client,
  first: readonly number[],
): Uint8Array<ArrayBuffer> {
  const { hardwareAddress, transaction } = client;
  const name = encodeBytes(client.hostName ?? "");
  const named = name.length > 0 && name.length <= largestOption;
  // RFC 2132 section 9.14: the hardware type, then the address.
  const id = [ethernet, ...hardwareAddress];
  const options = [
    ...first,
    ...[Option.clientId, id.length, ...id],
    ...[Option.maximumSize, 2, largestReply >> 8, largestReply & 0xff],
    ...[Option.parameterList, parameterList.length, ...parameterList],
    ...(named ? [Option.hostName, name.length, ...name] : []),
    end,
  ];
  const size = at.options + options.length;
  const packet = new Uint8Array(Math.max(size, smallestRequest));
  const view = new DataView(packet.buffer);
  packet[at.op] = request;
  packet[at.hardwareType] = ethernet;
  packet[at.hardwareAddressSize] = hardwareAddressSize;
  view.setUint32(at.transaction, transaction);
  view.setUint16(at.flags, broadcastFlag);
  packet.set(hardwareAddress, at.hardwareAddress);
  view.setUint32(at.cookie, cookie);
  packet.set(options, at.options);
  return packet;
}

function bytesOf(address: number): number[] {
  return [24, 16, 8, 0].map((shift) => address >>> shift & 0xff);
}

/**
 * Reads a packet that came in.
 *
 * @returns the reply, or why the packet is none to this client
 */
export function decodeReply(
  packet: Uint8Array,
  client: Client,
): Reply | string {
  if (packet.length < at.options) return "too short";
  if (packet.length > largestReply) return "too long";
  const view = new DataView(
    packet.buffer,
    packet.byteOffset,
    packet.byteLength,
  );
  if (packet[at.op] !== reply) return "not a reply";
  if (view.getUint32(at.cookie) !== cookie) return "not DHCP";
  if (view.getUint32(at.transaction) !== client.transaction) {
    return "of another exchange";
  }
  const isOurs = client.hardwareAddress.every((byte, n) =>
    byte === packet[at.hardwareAddress + n]
  );
  if (!isOurs) return "for another client";
  const options = decodeOptions(packet);
  if (options === undefined) return "cut off within an option";
  const type = replyTypes[options.get(Option.messageType)?.[0] ?? 0];
  if (type === undefined) return "of an unknown type";
  const address = view.getUint32(at.address);
  if (type !== "nak" && !isHostAddress(address)) {
    return "without a usable address";
  }
  return {
    type,
    address,
    server: optionNumber(options, Option.server),
    options,
  };
}

/**
 * The first four bytes of an option as a number, such as an address.
 *
 * @returns undefined where the option is not there or shorter
 */
export function optionNumber(
  options: Reply["options"],
  code: number,
): number | undefined {
  return optionNumbers(options, code)[0];
}

/** An option as a list of four-byte numbers; what is left over is dropped. */
export function optionNumbers(
  options: Reply["options"],
  code: number,
): number[] {
  const data = options.get(code) ?? new Uint8Array();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = Math.floor(data.length / 4);
  return Array.from({ length: count }, (_, n) => view.getUint32(n * 4));
}

/**
 * All options of a packet; undefined where one runs over the end of its field.
 * They may go on in the fields for the boot file and for the server's name,
 * in this order, which counts where an option comes in pieces (RFC 3396).
 */
function decodeOptions(
  packet: Uint8Array,
): Map<number, Uint8Array> | undefined {
  const options = new Map<number, Uint8Array>();
  const file = packet.subarray(at.file, at.cookie);
  const serverName = packet.subarray(at.serverName, at.file);
  if (!collect(options, packet.subarray(at.options))) return undefined;
  const overload = options.get(Option.overload)?.[0] ?? 0;
  if ((overload & 1) !== 0 && !collect(options, file)) return undefined;
  if ((overload & 2) !== 0 && !collect(options, serverName)) return undefined;
  return options;
}

/** Adds a field's options; false where one runs over its end. */
function collect(
  options: Map<number, Uint8Array>,
  field: Uint8Array,
): boolean {
  for (let n = 0; n < field.length;) {
    const code = field[n++];
    if (code === end) return true;
    if (code === pad || code === undefined) continue;
    const size = field[n++];
    if (size === undefined || n + size > field.length) return false;
    const before = options.get(code) ?? new Uint8Array();
    const whole = new Uint8Array(before.length + size);
    whole.set(before);
    whole.set(field.subarray(n, n + size), before.length);
    options.set(code, whole);
    n += size;
  }
  return true;
}
