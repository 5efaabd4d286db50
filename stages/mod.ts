/** The boot, as the ordered list of its stages. */

import { blockRoot } from "./block_root.ts";
import { chdir } from "./chdir.ts";
import { commandLine } from "./command_line.ts";
import { config } from "./config.ts";
import { configFile } from "./config_file.ts";
import { configIso } from "./config_iso.ts";
import { confine } from "./confine.ts";
import { console } from "./console.ts";
import { env } from "./env.ts";
import { hosts } from "./hosts.ts";
import { initramfs } from "./initramfs.ts";
import { kenv } from "./kenv.ts";
import { login } from "./login.ts";
import { loopback } from "./loopback.ts";
import { mounts } from "./mounts.ts";
import { nameServers } from "./name_servers.ts";
import { nestedKvm } from "./nested_kvm.ts";
import { network } from "./network.ts";
import { session } from "./session.ts";
import { sharedRoot } from "./shared_root.ts";
import type { Stage } from "./stage.ts";
import { stdio } from "./stdio.ts";
import { terminal } from "./terminal.ts";
import { timesync } from "./timesync.ts";
import { user } from "./user.ts";
import { volumes } from "./volumes.ts";
import { workload } from "./workload.ts";

/** Every stage of every platform and feature; the gates choose. */
export const stages: readonly Stage[] = [
  console,
  kenv,
  configFile,
  blockRoot,
  mounts,
  nestedKvm,
  sharedRoot,
  terminal,
  session,
  login,
  network,
  loopback,
  configIso,
  config,
  initramfs,
  volumes,
  nameServers,
  env,
  hosts,
  user,
  chdir,
  timesync,
  stdio,
  commandLine,
  confine,
  workload,
];
