import { decodeBytes } from "../ffi/bytes.ts";
import { isErrno } from "../ffi/sys_error.ts";
import { findAccount, homeOf } from "./formats/accounts.ts";
import type { ConfigUser } from "./formats/guest_config.ts";
import type { Identity } from "./formats/handover_record.ts";
import { honoured } from "./oci.ts";
import type { BootContext, Stage } from "./stage.ts";

/** In numbers, before a name is looked up. */
const nobody: ConfigUser = { uid: 0, gid: 0, groups: [] };

/** What the kernel gives its init. */
const kernelHome = "/";

/**
 * Settles who the workload is: the config's user, by number or as the root's
 * own files list it. A user who is not there ends the boot: the workload would
 * be root by mistake.
 */
export const user: Stage = {
  name: "user",
  summary: "Settle who the workload is",
  gates: {},
  policy: "fatal",
  run(context) {
    const { config, handover } = context;
    if (config.user === undefined || honoured(context) === "nothing") return;
    const { name, uid, gid, groups, umask } = typeof config.user === "string"
      ? { ...nobody, name: config.user }
      : config.user;
    handover.umask = umask ?? handover.umask;
    if (name !== undefined) {
      const account = findAccount(name, {
        passwd: read(context, "/etc/passwd"),
        group: read(context, "/etc/group"),
      });
      handover.identity = unlessOwn({
        ...account,
        groups: [...account.groups, ...groups],
      });
      settleHome(context, account.home);
    } else {
      handover.identity = unlessOwn({ uid, gid, groups });
      if (lacksHome(context)) {
        settleHome(context, homeOf(uid, read(context, "/etc/passwd")));
      }
    }
  },
};

/** Undefined for what PID 1 is without any doing. */
function unlessOwn({ uid, gid, groups }: Identity): Identity | undefined {
  const isOwn = uid === 0 && gid === 0 && groups.length === 0;
  return isOwn ? undefined : { uid, gid, groups };
}

/** True where neither the host nor the config has said what HOME is. */
function lacksHome({ environment }: BootContext): boolean {
  const home = environment.get("HOME");
  return home === undefined ||
    home === kernelHome && environment.source("HOME") === undefined;
}

function settleHome(context: BootContext, home: string | undefined): void {
  if (home === undefined || !lacksHome(context)) return;
  context.environment.set("HOME", home, "/etc/passwd");
  context.handover.environment = context.environment.items();
}

/** What a root has no list of is empty. */
function read({ sys, warn }: BootContext, path: string): string {
  try {
    return decodeBytes(sys.readFile(path));
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR")) warn(error, "taking it as empty");
    return "";
  }
}
