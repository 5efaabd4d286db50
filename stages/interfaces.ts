import { decodeBytes } from "../ffi/bytes.ts";
import { SysError } from "../ffi/sys_error.ts";
import { configureInterface } from "./configure_interface.ts";
import { askDhcp, readPatience } from "./dhcp.ts";
import { kernelWords } from "./formats/command_line.ts";
import { type IpParameter, parseIpParameter } from "./formats/ip_parameter.ts";
import { broadcastAddress, classPrefix, formatIpv4 } from "./formats/ipv4.ts";
import type { InterfaceConfig, Route } from "./formats/lease.ts";
import { readKernelLine } from "./kernel_line.ts";
import type { BootContext } from "./stage.ts";

/** libkrun's network device. */
const usualDevice = "eth0";

/** So that an interface's routes come behind those of the ones before it. */
const metricStep = 100;

/** So much of the boot's time, in ms, DHCP takes at the most (budget.h). */
const longestWait = 60_000;

/** What the kernel's `ip=` says of an interface; undefined where it is silent. */
type Given = IpParameter | undefined;

/**
 * Brings up and configures the interfaces that the host names: those of the
 * kernel's `ip=` first, then those of KRUN_DHCP. IPv6 is left to the kernel:
 * with an interface up it listens for routers and gives itself addresses.
 */
export function configureInterfaces(context: BootContext): void {
  const requests = new Map<string, Given>();
  for (const given of ipParameters(context)) {
    context.ipHostName = given.hostName ?? context.ipHostName;
    // The last word on an interface counts, in its place.
    if (given.isOn) requests.set(given.device ?? usualDevice, given);
    else if (given.device !== undefined) requests.delete(given.device);
    else requests.clear();
  }
  for (const device of dhcpDevices(context)) {
    if (!requests.has(device)) requests.set(device, undefined);
  }
  const asking = [...requests.values()].filter((given) =>
    given?.address === undefined
  );
  const patience = asking.length === 0 ? 0 : Math.min(
    readPatience(context),
    Math.floor(longestWait / asking.length),
  );
  [...requests].forEach(([device, given], n) =>
    configure(context, device, given, { patience, metric: n * metricStep })
  );
}

/** What the kernel has not done itself, and so leaves to its init. */
function ipParameters({ sys, environment, warn }: BootContext): IpParameter[] {
  const last = environment.get("ip");
  if (last === undefined) return [];
  const parameters: IpParameter[] = [];
  for (const text of ipTexts(sys, last)) {
    try {
      const parameter = parseIpParameter(text);
      parameters.push(parameter);
      for (const problem of parameter.problems) {
        warn(`ip=${text}: ${problem} (going on without it)`);
      }
    } catch (error) {
      warn(`ip=${text}: ${(error as Error).message} (ignored)`);
    }
  }
  return parameters;
}

/** Of several with the same name the kernel's environment has the last alone. */
function ipTexts(sys: BootContext["sys"], last: string): string[] {
  const start = "ip=";
  const texts = kernelWords(readKernelLine(sys))
    .filter((word) => word.startsWith(start))
    .map((word) => word.slice(start.length));
  return texts.includes(last) ? texts : [last];
}

/** KRUN_DHCP: `1` for libkrun's device, names with commas between, or `all`. */
function dhcpDevices({ sys, environment, warn }: BootContext): string[] {
  const text = environment.get("KRUN_DHCP") ?? "0";
  if (text === "0") return [];
  if (text === "1") return [usualDevice];
  if (text !== "all") return text.split(",").filter((name) => name !== "");
  try {
    return ethernetDevices(sys);
  } catch (error) {
    warn(error, "going on without DHCP");
    return [];
  }
}

const interfaces = "/sys/class/net";
const ARPHRD_ETHER = 1;
/** netdevice(7): those that resolve no addresses, such as dummy0, have it. */
const IFF_NOARP = 0x80;

/** In the order of their numbers. */
function ethernetDevices(sys: BootContext["sys"]): string[] {
  const found: { device: string; index: number }[] = [];
  for (const device of sys.readDirectory(interfaces)) {
    const read = (file: string): number =>
      Number(
        decodeBytes(sys.readFile(`${interfaces}/${device}/${file}`)).trim(),
      );
    try {
      const isEthernet = read("type") === ARPHRD_ETHER &&
        (read("flags") & IFF_NOARP) === 0;
      if (isEthernet) found.push({ device, index: read("ifindex") });
    } catch (error) {
      // Gone by now, or no interface, such as the file bonding_masters.
      if (!(error instanceof SysError)) throw error;
    }
  }
  return found.sort((a, b) => a.index - b.index).map(({ device }) => device);
}

function configure(
  context: BootContext,
  device: string,
  given: Given,
  { patience, metric }: { patience: number; metric: number },
): void {
  const { sys, info, warn } = context;
  const fixed = given && fixedConfig(given);
  const what = `${fixed ? "ip=" : "DHCP"} on ${device}`;
  try {
    sys.interfaceUp(device);
    const { config, text } = fixed ?? byDhcp(context, device, given, patience);
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
  const { address, gateway, nameServers } = given;
  if (address === undefined) return undefined;
  const prefix = given.prefix ?? classPrefix(address);
  return {
    config: {
      ...{ address, prefix, broadcast: broadcastAddress(address, prefix) },
      routes: gateway === undefined ? [] : [defaultRoute(gateway)],
      ...{ nameServers, search: [], mtu: undefined },
    },
    text: `${formatIpv4(address)}/${prefix}`,
  };
}

/** What is given counts, for the rest what the server says. */
function byDhcp(
  context: BootContext,
  device: string,
  given: Given,
  patience: number,
): Told {
  const { lease, text } = askDhcp(context, device, patience);
  const { prefix, gateway, nameServers = [] } = given ?? {};
  const { address } = lease;
  return {
    config: {
      ...lease,
      ...(prefix !== undefined &&
        { prefix, broadcast: broadcastAddress(address, prefix) }),
      ...(gateway !== undefined && {
        routes: [
          ...lease.routes.filter((route) => route.prefix !== 0),
          defaultRoute(gateway),
        ],
      }),
      ...(nameServers.length > 0 && { nameServers }),
    },
    text,
  };
}

function defaultRoute(gateway: number): Route {
  return { destination: 0, prefix: 0, gateway };
}

/** Those of an earlier interface are asked first. */
function addResolver(context: BootContext, config: InterfaceConfig): void {
  const { nameServers = [], search = [] } = context.resolver ?? {};
  context.resolver = {
    nameServers: [...new Set([...nameServers, ...config.nameServers])],
    search: [...new Set([...search, ...config.search])],
  };
}
