/** What configures an interface, such as what a DHCP server grants. */

import { Option, optionNumber, optionNumbers, type Reply } from "./dhcp.ts";
import { decodeDomainNames, splitDomainNames } from "./domain_names.ts";
import {
  broadcastAddress,
  classPrefix,
  netmask,
  prefixLength,
} from "./ipv4.ts";

/** A way to a network, 0.0.0.0/0 for all of them. */
export interface Route {
  readonly destination: number;
  readonly prefix: number;
  /** Undefined where the network's hosts are on the link itself. */
  readonly gateway?: number;
}

/** What an interface gets; addresses are numbers of `ipv4.ts`. */
export interface InterfaceConfig {
  readonly address: number;
  readonly prefix: number;
  /** Undefined where the network is too small to have one. */
  readonly broadcast: number | undefined;
  readonly routes: readonly Route[];
  readonly nameServers: readonly number[];
  /** Domains to look names up in. */
  readonly search: readonly string[];
  /** Undefined leaves the interface's own. */
  readonly mtu: number | undefined;
}

/** What a server has granted. */
export interface Lease extends InterfaceConfig {
  /** How long it lasts, in seconds; undefined where it does not end. */
  readonly seconds: number | undefined;
  /** Who granted it, where the server says it. */
  readonly server: number | undefined;
}

/** IPv6 needs no less (RFC 8200 section 5). */
const smallestMtu = 1280;
/** What libkrun's own interfaces can take. */
const largestMtu = 65520;
const endless = 0xffff_ffff;

/** Reads an ACK. What is missing or malformed in it has its default. */
export function readLease({ address, server, options }: Reply): Lease {
  const prefix = readPrefix(address, options);
  const seconds = optionNumber(options, Option.leaseTime);
  return {
    address,
    prefix,
    broadcast: readBroadcast(address, prefix, options),
    routes: readRoutes(options),
    nameServers: [
      ...new Set(optionNumbers(options, Option.nameServer)),
    ].filter((server) => server !== 0),
    search: readSearch(options),
    mtu: readMtu(options),
    seconds: seconds === endless ? undefined : seconds,
    server,
  };
}

/**
 * Without a mask, or with one of zeros that would put everyone on the link,
 * the network is that of the address' class, as with other clients.
 */
function readPrefix(address: number, options: Reply["options"]): number {
  const mask = optionNumber(options, Option.subnetMask) ?? 0;
  return prefixLength(mask) || classPrefix(address);
}

function readBroadcast(
  address: number,
  prefix: number,
  options: Reply["options"],
): number | undefined {
  const given = optionNumber(options, Option.broadcastAddress);
  return given || broadcastAddress(address, prefix);
}

/** Classless routes take the place of the router (RFC 3442, page 4). */
function readRoutes(options: Reply["options"]): Route[] {
  const classless = decodeClasslessRoutes(
    options.get(Option.classlessRoutes) ?? new Uint8Array(),
  );
  if (classless.length > 0) return classless;
  const gateway = optionNumber(options, Option.router);
  return gateway ? [{ destination: 0, prefix: 0, gateway }] : [];
}

/**
 * The routes of a classless routes option: a prefix length, as many bytes of
 * the destination as it needs, and the gateway (RFC 3442). None where it is
 * malformed.
 */
export function decodeClasslessRoutes(data: Uint8Array): Route[] {
  const routes: Route[] = [];
  for (let at = 0; at < data.length;) {
    const prefix = data[at++] ?? 0;
    const significant = Math.ceil(prefix / 8);
    if (prefix > 32 || at + significant + 4 > data.length) return [];
    const destination = numberOf(data.subarray(at, at + significant));
    at += significant;
    const gateway = numberOf(data.subarray(at, at + 4));
    at += 4;
    routes.push({
      destination: (destination & netmask(prefix)) >>> 0,
      prefix,
      ...(gateway !== 0 && { gateway }),
    });
  }
  return routes;
}

/** Up to four bytes as the front of an address. */
function numberOf(bytes: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return (a << 24 | b << 16 | c << 8 | d) >>> 0;
}

function readSearch(options: Reply["options"]): string[] {
  const search = options.get(Option.domainSearch);
  const names = search === undefined ? [] : decodeDomainNames(search);
  if (names.length > 0) return [...new Set(names)];
  const domain = options.get(Option.domainName);
  return domain === undefined ? [] : splitDomainNames(domain);
}

function readMtu(options: Reply["options"]): number | undefined {
  const [high, low] = options.get(Option.mtu) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return Math.min(Math.max(high << 8 | low, smallestMtu), largestMtu);
}
