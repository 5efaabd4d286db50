import { formatIpv4 } from "./formats/ipv4.ts";
import type { InterfaceConfig, Route } from "./formats/lease.ts";
import { addAddress, addRoute, setMtu } from "./formats/rtnetlink.ts";
import type { BootContext } from "./stage.ts";

/**
 * Configures an interface. Without the address the rest would be of no use; of
 * the rest each part stands alone.
 *
 * @param metric of its routes: 0 is the first choice
 * @throws SysError when the interface can't have the address
 */
export function configureInterface(
  { sys, warn }: BootContext,
  device: string,
  config: InterfaceConfig,
  metric: number,
): void {
  const { address, prefix, mtu } = config;
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
  ask(`${formatIpv4(address)}/${prefix}`, addAddress(index, config));
  for (const route of config.routes) {
    const add = (): void =>
      ask(routeText(route, metric), addRoute(index, route, config, metric));
    attempt("the route", add);
  }
  if (mtu !== undefined) {
    attempt("the MTU", () => ask(`mtu ${mtu}`, setMtu(index, mtu)));
  }
}

/** A route as ip-route(8) writes it. */
function routeText(
  { destination, prefix, gateway }: Route,
  metric: number,
): string {
  const network = prefix === 0
    ? "default"
    : `${formatIpv4(destination)}/${prefix}`;
  const via = gateway === undefined ? "" : ` via ${formatIpv4(gateway)}`;
  return `${network}${via}${metric === 0 ? "" : ` metric ${metric}`}`;
}
