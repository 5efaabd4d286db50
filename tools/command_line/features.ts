/** The features that a call names. */

import {
  type Feature,
  features as known,
  isFeature,
} from "../../stages/features.ts";
import { UsageError } from "./command.ts";

/**
 * Reads the values of --feature, of which "none" stands for none at all.
 *
 * @returns each once, in their order
 * @throws UsageError for one that there is not, and for "none" beside others
 */
export function readFeatures(names: readonly string[]): Feature[] {
  if (names.every((name) => name === "none")) return [];
  if (names.includes("none")) {
    throw new UsageError("--feature none goes with no other --feature");
  }
  return [...new Set(names)].map((name) => {
    if (isFeature(name)) return name;
    throw new UsageError(
      `Unknown feature: ${name} (known: ${known.join(", ")})`,
    );
  });
}
