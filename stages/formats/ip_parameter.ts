/**
 * Linux' parameter `ip=`, which says how an interface is configured
 * (Documentation/admin-guide/nfs/nfsroot.rst).
 */

import { isHostAddress, netmask, parseIpv4, prefixLength } from "./ipv4.ts";

/**
 * What one of them says; what it does not say is undefined. Addresses are
 * numbers of `ipv4.ts`.
 */
export interface IpParameter {
  readonly device: string | undefined;
  /** What the guest is called, without its domain. */
  readonly hostName: string | undefined;
  /** False where the interface is left alone. */
  readonly isOn: boolean;
  /** Without it, a DHCP server is to be asked. */
  readonly address: number | undefined;
  /** The length of its network's prefix. */
  readonly prefix: number | undefined;
  readonly gateway: number | undefined;
  readonly nameServers: readonly number[];
  /** Parts that are passed over, each with what is wrong with it. */
  readonly problems: readonly string[];
}

/** Methods by which an interface is left alone. */
const off = ["off", "none"];
/** Methods of which DHCP is one, or the one. */
const automatic = ["", "on", "any", "dhcp"];

/**
 * Parses `CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:METHOD:DNS:DNS:NTP`, of
 * which any part may be empty or missing, or a method alone. A client's address
 * needs no method. The servers of NFS and of NTP are no business of the init's.
 *
 * @throws Error where address, netmask or method are none
 */
export function parseIpParameter(text: string): IpParameter {
  const isMethod = !text.includes(":") && parseIpv4(text) === undefined;
  const parts = isMethod ? [] : text.split(":");
  const [client = "", , gateway = "", mask = "", hostName = "", device = ""] =
    parts;
  // Behind a comma it has a client id for DHCP.
  const [method = ""] = (isMethod ? text : parts[6] ?? "").split(",");
  const address = optional(client, hostAddress, "address");
  if (address === undefined && ![...off, ...automatic].includes(method)) {
    throw new Error(`no method of configuration: ${method}`);
  }
  const problems: string[] = [];
  const minor = (text: string, what: string): number | undefined => {
    try {
      return optional(text, hostAddress, what);
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  return {
    device: device || undefined,
    hostName: hostName.split(".")[0] || undefined,
    isOn: address !== undefined || !(off.includes(method) || text === ""),
    address,
    prefix: optional(mask, maskPrefix, "netmask"),
    gateway: minor(gateway, "gateway"),
    nameServers: parts.slice(7, 9)
      .map((server) => minor(server, "name server"))
      .filter((server) => server !== undefined),
    problems,
  };
}

/** Undefined for none, which 0.0.0.0 stands for, too. */
function optional(
  text: string,
  read: (number: number) => number | undefined,
  what: string,
): number | undefined {
  if (text === "") return undefined;
  const number = parseIpv4(text);
  if (number === 0) return undefined;
  const value = number === undefined ? undefined : read(number);
  if (value === undefined) throw new Error(`no ${what}: ${text}`);
  return value;
}

function hostAddress(address: number): number | undefined {
  return isHostAddress(address) ? address : undefined;
}

function maskPrefix(mask: number): number | undefined {
  const prefix = prefixLength(mask);
  return netmask(prefix) === mask ? prefix : undefined;
}
