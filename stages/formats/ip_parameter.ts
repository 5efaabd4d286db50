/**
 * Linux' parameter `ip=`, which says how an interface is configured
 * (Documentation/admin-guide/nfs/nfsroot.rst).
 */

import {
  classPrefix,
  isHostAddress,
  netmask,
  parseIpv4,
  prefixLength,
} from "./ipv4.ts";

/** What one of them says; addresses are numbers of `ipv4.ts`. */
export interface IpParameter {
  /** Undefined where it names none. */
  readonly device: string | undefined;
  /** What the guest is called, without its domain. */
  readonly hostName: string | undefined;
  /** Undefined where a DHCP server is to be asked. */
  readonly address: number | undefined;
  readonly prefix: number;
  readonly gateway: number | undefined;
  readonly nameServers: readonly number[];
}

/** Methods by which an interface is left alone. */
const none = ["off", "none"];
/** Methods of which DHCP is one. */
const automatic = ["", "on", "any", "both", "dhcp"];

/**
 * Parses `CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:METHOD:DNS:DNS:NTP`, of
 * which any part may be empty or missing, or a method alone. A client's address
 * needs no method. The servers of NFS and of NTP are no business of the init's.
 *
 * @returns undefined where nothing is to be configured
 * @throws Error that says what is wrong
 */
export function parseIpParameter(text: string): IpParameter | undefined {
  const isMethod = [...none, ...automatic].includes(text);
  const parts = isMethod ? [] : text.split(":");
  const [client = "", , gateway = "", mask = "", hostName = "", device = ""] =
    parts;
  const method = isMethod ? text : parts[6] ?? "";
  const address = hostAddress(client, "address");
  if (address === undefined) {
    if (none.includes(method)) return undefined;
    if (!automatic.includes(method)) {
      throw new Error(`no method of configuration: ${method}`);
    }
  }
  return {
    device: device || undefined,
    hostName: hostName.split(".")[0] || undefined,
    address,
    prefix: readMask(mask) ?? classPrefix(address ?? 0),
    gateway: hostAddress(gateway, "gateway"),
    nameServers: parts.slice(7, 9)
      .map((server) => hostAddress(server, "name server"))
      .filter((server) => server !== undefined),
  };
}

/** Undefined for none, which 0.0.0.0 stands for, too. */
function hostAddress(text: string, what: string): number | undefined {
  if (text === "") return undefined;
  const address = parseIpv4(text);
  if (address === 0) return undefined;
  if (address === undefined || !isHostAddress(address)) {
    throw new Error(`no ${what}: ${text}`);
  }
  return address;
}

function readMask(text: string): number | undefined {
  if (text === "") return undefined;
  const mask = parseIpv4(text) ?? 0;
  const prefix = prefixLength(mask);
  if (prefix === 0 || netmask(prefix) !== mask) {
    throw new Error(`no netmask: ${text}`);
  }
  return prefix;
}
