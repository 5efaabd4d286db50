import { formatIpv4 } from "./formats/ipv4.ts";
import type { Lease, Route } from "./formats/lease.ts";
import { addAddress, addRoute, setMtu } from "./formats/rtnetlink.ts";
import type { BootContext } from "./stage.ts";

/**
 * Configures an interface as a lease says. Without the address the rest would
 * be of no use; of the rest each part stands alone.
 *
 * @throws SysError when the interface can't have the address
 */
export function applyLease(
  { sys, warn }: BootContext,
  device: string,
  lease: Lease,
): void {
  const { address, prefix, mtu } = lease;
  const index = sys.interfaceIndex(device);
  const ask = (what: string, message: Uint8Array<ArrayBuffer>): void =>
    sys.rtnetlink(`${what} on ${device}`, message);
  const attempt = (what: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      warn(error, `going on without ${what}`);
    }
  };
  ask(`${formatIpv4(address)}/${prefix}`, addAddress(index, lease));
  for (const route of lease.routes) {
    const add = (): void =>
      ask(routeText(route), addRoute(index, route, lease));
    attempt("the route", add);
  }
  if (mtu !== undefined) {
    attempt("the MTU", () => ask(`mtu ${mtu}`, setMtu(index, mtu)));
  }
}

/** A route as ip-route(8) writes it. */
function routeText({ destination, prefix, gateway }: Route): string {
  const network = prefix === 0
    ? "default"
    : `${formatIpv4(destination)}/${prefix}`;
  return gateway === undefined
    ? network
    : `${network} via ${formatIpv4(gateway)}`;
}
