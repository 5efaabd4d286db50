import { encodeBytes } from "../ffi/bytes.ts";
import { resolvConf } from "./formats/resolv_conf.ts";
import { replaceFile } from "./replace_file.ts";
import type { Stage } from "./stage.ts";

/**
 * Tells programs the name servers: after the tmpfs and volumes, one of which
 * /etc/resolv.conf may be a link into.
 */
export const nameServers: Stage = {
  name: "nameServers",
  summary: "Write /etc/resolv.conf",
  gates: { platforms: ["linux"] },
  policy: "warn",
  run({ sys, warn, resolver }) {
    if (resolver === undefined || resolver.nameServers.length === 0) return;
    const text = resolvConf(resolver.nameServers, resolver.search);
    try {
      replaceFile(sys, "/etc/resolv.conf", encodeBytes(text));
    } catch (error) {
      warn(error, "going on without name servers");
    }
  },
};
