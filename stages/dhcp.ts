import { applyLease } from "./apply_lease.ts";
import { obtainLease, usualPatience } from "./dhcp_client.ts";
import { hostNameOf } from "./env.ts";
import { formatIpv4 } from "./formats/ipv4.ts";
import type { Lease } from "./formats/lease.ts";
import type { BootContext } from "./stage.ts";

/** libkrun's network device. */
const device = "eth0";

/** In ms; longer than any server's ping for an address in use. */
const longestPatience = 10_000;

/**
 * Brings up the network device where the host has asked for it (KRUN_DHCP=1),
 * and configures it as a DHCP server says. IPv6 is left to the kernel: with
 * the interface up it listens for routers and gives itself addresses.
 */
export function configureByDhcp(context: BootContext): void {
  const { sys, environment, info, warn } = context;
  if (environment.get("KRUN_DHCP") !== "1") return;
  const patience = readPatience(context);
  const hostName = hostNameOf(context);
  try {
    sys.interfaceUp(device);
    const start = sys.bootTime();
    const lease = obtainLease(sys, { device, hostName, patience });
    const duration = Math.round((sys.bootTime() - start) / 1e6);
    applyLease(context, device, lease);
    context.resolver = lease;
    info(`DHCP on ${device}: ${leaseText(lease)}, in ${duration} ms`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(`DHCP on ${device}: ${reason}`, "going on without an address");
  }
}

/** KRUN_DHCP_TIMEOUT: how many ms to wait for a server's first word. */
function readPatience({ environment, warn }: BootContext): number {
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
