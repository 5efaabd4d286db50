import { obtainLease, usualPatience } from "./dhcp_client.ts";
import { hostNameOf } from "./env.ts";
import { formatIpv4 } from "./formats/ipv4.ts";
import type { Lease } from "./formats/lease.ts";
import type { BootContext } from "./stage.ts";

/** In ms; longer than any server's ping for an address in use. */
const longestPatience = 10_000;

/**
 * Asks a DHCP server how to configure an interface that is up.
 *
 * @param patience how long to wait for a server's first word, in ms
 * @returns what it says, and a text that tells of it
 * @throws Error that says what came instead: no answer, no confirmation
 * @throws SysError when the interface can't be asked over
 */
export function askDhcp(
  context: BootContext,
  device: string,
  patience: number,
): { lease: Lease; text: string } {
  const { sys } = context;
  const hostName = hostNameOf(context);
  const start = sys.bootTime();
  const lease = obtainLease(sys, { device, hostName, patience });
  const duration = Math.round((sys.bootTime() - start) / 1e6);
  return { lease, text: `${leaseText(lease)}, in ${duration} ms` };
}

/** KRUN_DHCP_TIMEOUT: how many ms to wait for a server's first word. */
export function readPatience({ environment, warn }: BootContext): number {
  const text = environment.get("KRUN_DHCP_TIMEOUT");
  if (text === undefined) return usualPatience;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value > 0 && value <= longestPatience) return value;
  const wanted = `not a number of ms from 1 to ${longestPatience}`;
  warn(`KRUN_DHCP_TIMEOUT: ${wanted}: ${text} (waiting ${usualPatience} ms)`);
  return usualPatience;
}

/** It is never renewed: the address is the guest's for as long as it lives. */
function leaseText({ address, prefix, server, seconds }: Lease): string {
  const from = server === undefined ? "" : ` from ${formatIpv4(server)}`;
  const term = seconds === undefined ? "without end" : `for ${seconds} s`;
  return `${formatIpv4(address)}/${prefix}${from} ${term}`;
}
