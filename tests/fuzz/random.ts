/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  /** @param seed 32 bits */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = this.#state + 0x6d2b79f5 >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ mixed >>> 15, mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    const value = (mixed ^ mixed >>> 14) >>> 0;
    return Math.floor(value / 2 ** 32 * limit);
  }

  /** True once in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** So many bytes. */
  bytes(size: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: size }, () => this.below(256));
  }
}

/**
 * Changes bytes as mistakes and attackers do: flips, overwrites, cuts,
 * removes, doubles and inserts, a few times.
 */
export function mutate(
  random: Random,
  original: Uint8Array,
): Uint8Array<ArrayBuffer> {
  let bytes = [...original];
  for (let count = random.below(6); count >= 0; count--) {
    const at = random.below(bytes.length + 1);
    const size = random.below(random.pick([2, 8, 300]));
    switch (random.below(6)) {
      case 0:
        if (at < bytes.length) {
          bytes[at] = (bytes[at] ?? 0) ^ 1 << random.below(8);
        }
        break;
      case 1:
        if (at < bytes.length) {
          bytes[at] = random.pick([0, 1, 63, 127, 192, 254, 255]);
        }
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes.splice(at, size);
        break;
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + size));
        break;
      default:
        bytes.splice(at, 0, ...random.bytes(size));
    }
  }
  return new Uint8Array(bytes);
}
