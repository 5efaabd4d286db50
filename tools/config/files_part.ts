/** The files that the host lays over the guest's root. */

import type { GuestFile } from "./config.ts";
import { type Problems, quote } from "./problems.ts";
import type { Settings } from "./settings.ts";

/** The path under which the kernel starts the init. */
export const imagePath = "/init.krun";

/** The path at which the init looks for its config. */
export const configPath = "/.krun_config.json";

const maxMode = 0o7777;

/** Makes the list: the image, the config, then the others in their order. */
export function filesPart(
  { files, image }: Settings,
  json: string,
  problems: Problems,
): readonly GuestFile[] {
  const config = new TextEncoder().encode(json);
  const all: GuestFile[] = [
    { path: imagePath, bytes: image, mode: 0o755, oneShot: true },
    { path: configPath, bytes: config, mode: 0o644, oneShot: true },
    ...files,
  ];
  const seen = new Set<string>();
  all.forEach(({ path, mode }, n) => {
    const at = `files[${n}]`;
    if (problems.normalPath(path, `${at}.path`) && seen.has(path)) {
      const message = `${quote(path)} is there already`;
      problems.add("duplicate", `${at}.path`, message);
    }
    seen.add(path);
    problems.number(mode, `${at}.mode`, 0, maxMode);
  });
  return all;
}
