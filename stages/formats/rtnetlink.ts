/**
 * What the kernel is asked over rtnetlink(7), as bytes. Numbers are in the
 * machine's order, little-endian; addresses in the network's.
 */

import { AF_INET } from "../../ffi/linux/constants.ts";
import { isSameNetwork } from "./ipv4.ts";
import type { Route } from "./lease.ts";

/** An address and its network. */
export interface InterfaceAddress {
  readonly address: number;
  readonly prefix: number;
  /** Undefined for none. */
  readonly broadcast?: number | undefined;
}

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
/** What is there already, such as from an `ip=` of the kernel, is no error. */
const NLM_F_REPLACE = 0x100;
const NLM_F_CREATE = 0x400;

const IFLA_MTU = 4;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;

const ARPHRD_ETHER = 1;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
const RTNH_F_ONLINK = 4;

const headerSize = 16;
const attributeSize = 8;

/** An attribute: its type and a 32-bit value in its order. */
interface Attribute {
  readonly type: number;
  readonly value: number;
  readonly order: "machine" | "network";
}

/** Gives an interface an address. */
export function addAddress(
  index: number,
  { address, prefix, broadcast }: InterfaceAddress,
): Uint8Array<ArrayBuffer> {
  // struct ifaddrmsg { u8 family, prefixlen, flags, scope; u32 index; }
  const body = new Uint8Array(8);
  body.set([AF_INET, prefix, 0, RT_SCOPE_UNIVERSE]);
  new DataView(body.buffer).setUint32(4, index, true);
  return message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, body, [
    { type: IFA_LOCAL, value: address, order: "network" },
    { type: IFA_ADDRESS, value: address, order: "network" },
    ...(broadcast === undefined
      ? []
      : [{ type: IFA_BROADCAST, value: broadcast, order: "network" }] as const),
  ]);
}

/**
 * Adds a route over an interface. A gateway outside the interface's own
 * network is taken to be on the link all the same, as with a /32 address.
 *
 * @param own the interface's address
 * @param metric which of several to a network is taken: that with the lowest
 */
export function addRoute(
  index: number,
  { destination, prefix, gateway }: Route,
  own: InterfaceAddress,
  metric = 0,
): Uint8Array<ArrayBuffer> {
  const offLink = gateway !== undefined &&
    !isSameNetwork(gateway, own.address, own.prefix);
  // struct rtmsg { u8 family, dst_len, src_len, tos, table, protocol, scope,
  // type; u32 flags; }
  const body = new Uint8Array(12);
  body.set([AF_INET, prefix, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT]);
  body[6] = gateway === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  body[7] = RTN_UNICAST;
  body[8] = offLink ? RTNH_F_ONLINK : 0;
  return message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body, [
    { type: RTA_OIF, value: index, order: "machine" },
    { type: RTA_DST, value: destination, order: "network" },
    ...(gateway === undefined
      ? []
      : [{ type: RTA_GATEWAY, value: gateway, order: "network" }] as const),
    ...(metric === 0
      ? []
      : [{ type: RTA_PRIORITY, value: metric, order: "machine" }] as const),
  ]);
}

/** Sets an interface's MTU, in bytes. */
export function setMtu(index: number, mtu: number): Uint8Array<ArrayBuffer> {
  // struct ifinfomsg { u8 family, pad; u16 type; s32 index; u32 flags, change; }
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint16(2, ARPHRD_ETHER, true);
  view.setInt32(4, index, true);
  return message(RTM_NEWLINK, 0, body, [
    { type: IFLA_MTU, value: mtu, order: "machine" },
  ]);
}

/**
 * struct nlmsghdr { u32 len; u16 type, flags; u32 seq, pid; } (netlink(7)),
 * the body, and attributes of struct rtattr { u16 len, type; … }. The process
 * id stays 0: it names the socket, and the kernel knows that one.
 */
function message(
  type: number,
  flags: number,
  body: Uint8Array,
  attributes: readonly Attribute[],
): Uint8Array<ArrayBuffer> {
  const start = headerSize + body.length;
  const bytes = new Uint8Array(start + attributes.length * attributeSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_ACK | flags, true);
  view.setUint32(8, 1, true);
  bytes.set(body, headerSize);
  attributes.forEach((attribute, n) => {
    const at = start + n * attributeSize;
    view.setUint16(at, attributeSize, true);
    view.setUint16(at + 2, attribute.type, true);
    view.setUint32(at + 4, attribute.value, attribute.order === "machine");
  });
  return bytes;
}
