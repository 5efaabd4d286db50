/**
 * UDP in IPv4 in Ethernet, as a client without an address sends and gets it
 * (RFC 768, RFC 791, RFC 894): the whole frames of a packet socket.
 */

/** What a frame of the client's goes from and to. */
export interface Ports {
  readonly source: number;
  readonly destination: number;
}

const ethernetHeader = 14;
const smallestIpHeader = 20;
const udpHeader = 8;

/** The most that comes before a datagram's bytes. */
export const largestHeaders = ethernetHeader + 60 + udpHeader;

const broadcastHardware = 0xff;
const ipv4 = 0x0800;
const udp = 17;
/** How many routers it may pass: none would do. */
const timeToLive = 64;
/** More fragments, and where this one has its place (RFC 791 section 3.1). */
const moreFragments = 0x2000;
const fragmentOffset = 0x1fff;

/** Offsets, behind the Ethernet header. */
const ip = {
  version: 0,
  size: 2,
  fragment: 6,
  timeToLive: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  destination: 16,
} as const;

/**
 * Puts bytes into a datagram from 0.0.0.0 to everyone on the link.
 *
 * @param hardwareAddress of the interface, 6 bytes
 */
export function encodeBroadcast(
  hardwareAddress: Uint8Array,
  { source, destination }: Ports,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const udpSize = udpHeader + bytes.length;
  const size = smallestIpHeader + udpSize;
  const frame = new Uint8Array(ethernetHeader + size);
  frame.fill(broadcastHardware, 0, 6);
  frame.set(hardwareAddress, 6);
  new DataView(frame.buffer).setUint16(12, ipv4);
  const view = new DataView(frame.buffer, ethernetHeader);
  view.setUint8(ip.version, 0x45);
  view.setUint16(ip.size, size);
  view.setUint8(ip.timeToLive, timeToLive);
  view.setUint8(ip.protocol, udp);
  view.setUint32(ip.destination, 0xffff_ffff);
  view.setUint16(ip.checksum, complement(sum(view, 0, smallestIpHeader)));
  const at = smallestIpHeader;
  view.setUint16(at, source);
  view.setUint16(at + 2, destination);
  view.setUint16(at + 4, udpSize);
  frame.set(bytes, ethernetHeader + at + udpHeader);
  const checksum = complement(
    sum(view, at, udpSize) + pseudoHeader(view, udpSize),
  );
  // Zero would mean that there is none.
  view.setUint16(at + 6, checksum || 0xffff);
  return frame;
}

/**
 * Takes a datagram for a port out of a frame.
 *
 * @param hardwareAddress of the interface, 6 bytes
 * @returns its bytes; a text that says what is wrong with it; undefined where
 *   the frame is not for the port at all
 */
export function decodeDatagram(
  frame: Uint8Array,
  hardwareAddress: Uint8Array,
  port: number,
): Uint8Array | string | undefined {
  if (frame.length < ethernetHeader + smallestIpHeader) return undefined;
  const isOurs = hardwareAddress.every((byte, n) => byte === frame[n]);
  const isForAll = frame.subarray(0, 6).every((byte) =>
    byte === broadcastHardware
  );
  if (!isOurs && !isForAll) return undefined;
  if ((frame[12] ?? 0) << 8 !== ipv4 || frame[13] !== 0) return undefined;
  const view = new DataView(
    frame.buffer,
    frame.byteOffset + ethernetHeader,
    frame.length - ethernetHeader,
  );
  const at = (view.getUint8(ip.version) & 0xf) * 4;
  const size = view.getUint16(ip.size);
  const isUdp = view.getUint8(ip.version) >> 4 === 4 &&
    view.getUint8(ip.protocol) === udp &&
    (view.getUint16(ip.fragment) & fragmentOffset) === 0 &&
    at >= smallestIpHeader && size >= at + udpHeader &&
    view.byteLength >= at + udpHeader;
  if (!isUdp || view.getUint16(at + 2) !== port) return undefined;
  if (view.getUint16(ip.fragment) & moreFragments) return "in fragments";
  if (size > view.byteLength) return "cut off";
  if (complement(sum(view, 0, at)) !== 0) return "with a wrong IP checksum";
  const udpSize = view.getUint16(at + 4);
  if (udpSize < udpHeader || udpSize > size - at) return "of a wrong length";
  if (!isIntact(view, at, udpSize)) return "with a wrong UDP checksum";
  const start = ethernetHeader + at + udpHeader;
  return frame.subarray(start, start + udpSize - udpHeader);
}

/**
 * Zero stands for no checksum. A sender on the same machine leaves the sum to
 * its network card, which there is none: then the field has the sum of the
 * pseudo header alone.
 */
function isIntact(view: DataView, at: number, udpSize: number): boolean {
  const given = view.getUint16(at + 6);
  const pseudo = pseudoHeader(view, udpSize);
  return given === 0 || given === fold(pseudo) ||
    complement(sum(view, at, udpSize) + pseudo) === 0;
}

/** RFC 768: the addresses, the protocol and the length. */
function pseudoHeader(view: DataView, udpSize: number): number {
  return sum(view, ip.source, 8) + udp + udpSize;
}

/** The 16-bit words of some bytes, added up (RFC 1071). */
function sum(view: DataView, at: number, size: number): number {
  let total = 0;
  for (let n = 0; n + 1 < size; n += 2) total += view.getUint16(at + n);
  return size % 2 === 0 ? total : total + (view.getUint8(at + size - 1) << 8);
}

function complement(total: number): number {
  return ~fold(total) & 0xffff;
}

function fold(total: number): number {
  let rest = total;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}
