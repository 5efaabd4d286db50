/** What a build can have beyond the plain boot; fixed when an image is made. */

/** The name of a feature, as `deno task build --feature` takes it. */
export type Feature = "amd-sev" | "tdx" | "timesync" | "nested-kvm";

/** Every feature that there is. */
export const features: readonly Feature[] = [
  "amd-sev",
  "tdx",
  "timesync",
  "nested-kvm",
];

/** Guests whose memory is closed to the host: they begin in an initramfs. */
export const teeFeatures: readonly Feature[] = ["amd-sev", "tdx"];

/** What a build has when it names no feature: what upstream always does. */
export const defaultFeatures: readonly Feature[] = ["nested-kvm"];

/** True where the text is the name of a feature. */
export function isFeature(text: string): text is Feature {
  return (features as readonly string[]).includes(text);
}
