/** The boot, as the ordered list of its stages. */

import { blockRoot } from "./block_root.ts";
import { chdir } from "./chdir.ts";
import { config } from "./config.ts";
import { env } from "./env.ts";
import { initramfs } from "./initramfs.ts";
import { mounts } from "./mounts.ts";
import { nestedKvm } from "./nested_kvm.ts";
import { network } from "./network.ts";
import { session } from "./session.ts";
import { sharedRoot } from "./shared_root.ts";
import type { Stage } from "./stage.ts";
import { timesync } from "./timesync.ts";
import { tmpfs } from "./tmpfs.ts";
import { workload } from "./workload.ts";

/** Every stage of every platform and feature; the gates choose. */
export const stages: readonly Stage[] = [
  blockRoot,
  mounts,
  nestedKvm,
  sharedRoot,
  session,
  network,
  config,
  initramfs,
  tmpfs,
  env,
  chdir,
  timesync,
  workload,
];
