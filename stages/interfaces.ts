import { decodeBytes } from "../ffi/bytes.ts";
import { configureInterface } from "./configure_interface.ts";
import { askDhcp } from "./dhcp.ts";
import { splitWords } from "./formats/command_line.ts";
import { type IpParameter, parseIpParameter } from "./formats/ip_parameter.ts";
import { broadcastAddress, formatIpv4 } from "./formats/ipv4.ts";
import type { InterfaceConfig } from "./formats/lease.ts";
import { readKernelLine } from "./kernel_line.ts";
import type { BootContext } from "./stage.ts";

/** libkrun's network device. */
const usualDevice = "eth0";

/** So that an interface's routes come behind those of the ones before it. */
const metricStep = 100;

/** An interface that is to be configured. */
interface Request {
  readonly device: string;
  /** What the kernel's `ip=` says of it. */
  readonly given?: IpParameter;
}

/**
 * Brings up and configures the interfaces that the host names: those of the
 * kernel's `ip=` first, then those of KRUN_DHCP. IPv6 is left to the kernel:
 * with an interface up it listens for routers and gives itself addresses.
 */
export function configureInterfaces(context: BootContext): void {
  const parameters = ipParameters(context);
  context.hostName = parameters.find(({ hostName }) => hostName)?.hostName;
  const requests: Request[] = parameters.map((given) => ({
    device: given.device ?? usualDevice,
    given,
  }));
  const named = new Set(requests.map(({ device }) => device));
  for (const device of dhcpDevices(context)) {
    if (!named.has(device)) requests.push({ device });
  }
  requests.forEach((request, n) => configure(context, request, n * metricStep));
}

/** What the kernel has not done itself, and so leaves to its init. */
function ipParameters({ sys, environment, warn }: BootContext): IpParameter[] {
  const last = environment.get("ip");
  if (last === undefined) return [];
  const parameters: IpParameter[] = [];
  for (const text of ipTexts(sys, last)) {
    try {
      const parameter = parseIpParameter(text);
      if (parameter !== undefined) parameters.push(parameter);
    } catch (error) {
      warn(`ip=${text}: ${(error as Error).message} (ignored)`);
    }
  }
  return parameters;
}

/** Of several with the same name the kernel's environment has the last alone. */
function ipTexts(sys: BootContext["sys"], last: string): string[] {
  const start = "ip=";
  const words = splitWords(readKernelLine(sys));
  const end = words.indexOf("--");
  const texts = (end < 0 ? words : words.slice(0, end))
    .filter((word) => word.startsWith(start))
    .map((word) => word.slice(start.length));
  return texts.includes(last) ? texts : [last];
}

/** KRUN_DHCP: `1` for libkrun's device, names with commas between, or `all`. */
function dhcpDevices({ sys, environment, warn }: BootContext): string[] {
  const text = environment.get("KRUN_DHCP") ?? "0";
  if (text === "0") return [];
  if (text === "1") return [usualDevice];
  if (text === "all") {
    try {
      return ethernetDevices(sys);
    } catch (error) {
      warn(error, "going on without DHCP");
      return [];
    }
  }
  return text.split(",").filter((name) => name !== "");
}

const interfaces = "/sys/class/net";
const ARPHRD_ETHER = 1;
/** netdevice(7): those that resolve no addresses, such as dummy0, have it. */
const IFF_NOARP = 0x80;

/** In the order of their numbers. */
function ethernetDevices(sys: BootContext["sys"]): string[] {
  const number = (device: string, file: string): number =>
    Number(decodeBytes(sys.readFile(`${interfaces}/${device}/${file}`)).trim());
  return sys.readDirectory(interfaces)
    .filter((device) =>
      number(device, "type") === ARPHRD_ETHER &&
      (number(device, "flags") & IFF_NOARP) === 0
    )
    .sort((a, b) => number(a, "ifindex") - number(b, "ifindex"));
}

function configure(
  context: BootContext,
  { device, given }: Request,
  metric: number,
): void {
  const { sys, info, warn } = context;
  const fixed = given && fixedConfig(given);
  const what = `${fixed ? "ip=" : "DHCP"} on ${device}`;
  try {
    sys.interfaceUp(device);
    const { config, text } = fixed ?? byDhcp(context, device, given);
    configureInterface(context, device, config, metric);
    addResolver(context, config);
    info(`${what}: ${text}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(`${what}: ${reason}`, "going on without an address");
  }
}

/** A configuration, and a text that tells of it. */
interface Told {
  readonly config: InterfaceConfig;
  readonly text: string;
}

/** Undefined where a server has to be asked. */
function fixedConfig(given: IpParameter): Told | undefined {
  const { address, prefix, nameServers } = given;
  if (address === undefined) return undefined;
  const broadcast = broadcastAddress(address, prefix);
  return {
    config: {
      ...{ address, prefix, broadcast, nameServers },
      ...{ routes: routesOf(given), search: [], mtu: undefined },
    },
    text: `${formatIpv4(address)}/${prefix}`,
  };
}

/** What is given counts, for the rest the server does. */
function byDhcp(
  context: BootContext,
  device: string,
  given: IpParameter | undefined,
): Told {
  const { lease, text } = askDhcp(context, device);
  const routes = given ? routesOf(given) : [];
  const nameServers = given?.nameServers ?? [];
  const config: InterfaceConfig = {
    ...lease,
    ...(routes.length > 0 && { routes }),
    ...(nameServers.length > 0 && { nameServers }),
  };
  return { config, text };
}

function routesOf({ gateway }: IpParameter): InterfaceConfig["routes"] {
  return gateway === undefined ? [] : [{ destination: 0, prefix: 0, gateway }];
}

/** Those of an earlier interface are asked first. */
function addResolver(context: BootContext, config: InterfaceConfig): void {
  const { nameServers = [], search = [] } = context.resolver ?? {};
  context.resolver = {
    nameServers: [...new Set([...nameServers, ...config.nameServers])],
    search: [...new Set([...search, ...config.search])],
  };
}
