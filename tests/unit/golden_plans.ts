/**
 * The golden plans: calls of `krun-init plan`, by the names of the files that
 * keep what they print. `deno task golden` writes them anew.
 */

import { features } from "../../stages/features.ts";

/** A config that asks for something of every stage that reads it. */
const config = "tests/golden/config.json";

/** The words behind `plan`, by the file's name. */
export const goldenPlans: Readonly<Record<string, readonly string[]>> = {
  "plain.txt": ["--feature", "none"],
  "plain.json": ["--feature", "none", "--format", "json"],
  "freebsd.txt": ["--platform", "freebsd", "--feature", "none"],
  "freebsd_config.txt": [
    ...["--platform", "freebsd", "--feature", "none", "--config", config],
    ...["--env", "HOSTNAME=box", "--env", 'KRUN_RLIMITS="NOFILE=1024:4096"'],
  ],
  ...Object.fromEntries(
    features.map((name) => [`${name}.txt`, ["--feature", name]]),
  ),
  "block_root.txt": ["--env", "KRUN_BLOCK_ROOT_DEVICE=/dev/vda"],
  "dhcp.txt": ["--env", "KRUN_DHCP=1"],
  "ip.txt": [
    "--cmdline",
    "ip=10.0.0.2::10.0.0.1:255.0.0.0:box:dummy0 KRUN_DHCP=all -- /bin/app",
  ],
  "tsi.txt": ["--cmdline", "quiet tsi_hijack KRUN_INIT=/bin/app -- a"],
  "config.txt": ["--config", config, "--env", "KRUN_INIT_OCI=1"],
};
