/** IPv4 addresses as numbers: 192.0.2.1 is 0xc0000201. */

/** An address in dotted notation. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => address >>> shift & 0xff).join(".");
}

/** Reads dotted notation (RFC 6943 section 3.1.1); undefined for anything else. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  let address = 0;
  for (const part of parts) {
    const value = Number(part);
    if (`${value}` !== part || !(value >= 0 && value <= 255)) return undefined;
    address = address * 256 + value;
  }
  return parts.length === 4 ? address : undefined;
}

/** The mask of a prefix length, 0 to 32. */
export function netmask(prefix: number): number {
  return prefix === 0 ? 0 : -1 << (32 - prefix) >>> 0;
}

/** The prefix length of a mask: its leading ones, whatever follows them. */
export function prefixLength(mask: number): number {
  return Math.clz32(~mask);
}

/**
 * The prefix length of an address' class, which it has where no mask is given
 * (RFC 791 section 2.3); 32 where the class is one without networks.
 */
export function classPrefix(address: number): number {
  const first = address >>> 24;
  if (first < 128) return 8;
  if (first < 192) return 16;
  return first < 224 ? 24 : 32;
}

/** The broadcast address of a network; those of two have none (RFC 3021). */
export function broadcastAddress(
  address: number,
  prefix: number,
): number | undefined {
  return prefix > 30 ? undefined : (address | ~netmask(prefix)) >>> 0;
}

/** True where two addresses lie in the same network. */
export function isSameNetwork(a: number, b: number, prefix: number): boolean {
  return ((a ^ b) & netmask(prefix)) === 0;
}

/**
 * True for an address that a host can have: not "this network", loopback,
 * multicast, reserved or broadcast (RFC 1122 section 3.2.1.3).
 */
export function isHostAddress(address: number): boolean {
  const first = address >>> 24;
  return first > 0 && first < 224 && first !== 127;
}
