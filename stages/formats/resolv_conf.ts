/** The resolver's configuration, /etc/resolv.conf (resolv.conf(5)). */

import { formatIpv4 } from "./ipv4.ts";

/**
 * The file's text.
 *
 * @param nameServers in the order in which they are asked
 * @param search domains to look names up in; none leave the line out
 */
export function resolvConf(
  nameServers: readonly number[],
  search: readonly string[],
): string {
  return [
    ...(search.length > 0 ? [["search", ...search].join(" ")] : []),
    ...nameServers.map((server) => `nameserver ${formatIpv4(server)}`),
  ].map((line) => `${line}\n`).join("");
}
