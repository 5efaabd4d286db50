import type { Random } from "./random.ts";

/** Something to be tried on random inputs. */
export interface FuzzTarget {
  readonly name: string;
  /** How many inputs a whole run tries. */
  readonly count: number;
  /** Whether it needs the engine of the small image, with its sources. */
  readonly needsEngine?: boolean;
  /** An input; the same for the same numbers. */
  make(random: Random): Uint8Array;
  /** Gets ready what attempts need; disposing that may fail the target too. */
  prepare?(): Promise<AsyncDisposable>;
  /**
   * Tries an input.
   *
   * @throws whatever must not come of it
   */
  attempt(input: Uint8Array): void | Promise<void>;
}
