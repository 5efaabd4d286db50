/** What a config asks for that a guest does not do. */

import {
  type GuestConfig,
  settingsOf,
} from "../../stages/formats/guest_config.ts";
import {
  diskTypes,
  isBind,
  isTmpfs,
  isVolume,
} from "../../stages/formats/volume_kinds.ts";
import { requestedOci } from "../../stages/oci.ts";
import { variableOf } from "./plan/config_facts.ts";

/** Something that is no mistake of the config's. */
export interface Note {
  /** Where it stands, such as `mounts[2]`. */
  readonly path: string;
  readonly reason: string;
}

/** What of the runtime specification no guest of this init does. */
const notDone: readonly string[] = [
  ...["process.apparmorProfile", "process.selinuxLabel"],
  ...["process.execCPUAffinity", "hooks"],
  ...["linux.seccomp", "linux.devices", "linux.namespaces", "linux.resources"],
  ...["linux.uidMappings", "linux.gidMappings", "linux.cgroupsPath"],
  ...["linux.rootfsPropagation", "linux.mountLabel", "linux.intelRdt"],
  ...["linux.personality", "linux.timeOffsets", "linux.netDevices"],
  ...["linux.memoryPolicy", "domainname"],
];

/** The same, of an entry of the mounts. */
const notDoneOfMounts: readonly string[] = ["uidMappings", "gidMappings"];

/** What counts only where OCI is asked for. */
const onRequest: readonly string[] = [
  ...["process.capabilities", "process.noNewPrivileges", "process.oomScoreAdj"],
  ...["process.ioPriority", "process.scheduler"],
  ...["linux.sysctl", "linux.maskedPaths", "linux.readonlyPaths"],
  "root.readonly",
];

/** What counts unless that is refused. */
const unlessRefused: readonly string[] = [
  ...["process.user", "process.rlimits", "hostname", "uid", "gid", "User"],
];

/** What is the engine's business in an image's configuration. */
const ofImages: readonly string[] = [
  ...["Healthcheck", "Volumes", "Hostname", "Domainname", "Tty"],
  "StopTimeout",
];

/** The same, wherever Docker writes it. */
const ofEngines: readonly string[] = [
  ...[...ofImages, "HostConfig", "Mounts"],
  ...["Config", "config"].flatMap((name) =>
    ofImages.map((field) => `${name}.${field}`)
  ),
];

/**
 * Lists it; what a config has, but says nothing by, is left out.
 *
 * @param file what the config's file has in it
 * @param config what the guest takes from it
 * @throws SyntaxError when there is no configuration
 */
export function notesOf(file: unknown, config: GuestConfig): Note[] {
  const extent = requestedOci(variableOf(config, "KRUN_INIT_OCI"), config.oci);
  const isAsked = extent === "all";
  const settings = settingsOf(file);
  const outer = Array.isArray(file)
    ? { top: file[0], path: "[0]." }
    : { top: file, path: "" };
  const those = (
    { top, path }: { top: unknown; path: string },
    names: readonly string[],
    reason: string,
  ): Note[] =>
    names.filter((name) => saysSomething(at(top, name.split("."))))
      .map((name) => ({ path: `${path}${name}`, reason }));
  return [
    ...those(settings, notDone, "a guest does not do this"),
    ...those(outer, ofEngines, "a guest does not do this"),
    ...those(settings, isAsked ? [] : onRequest, "counts on request only"),
    ...those(
      settings,
      extent === "nothing" ? unlessRefused : [],
      "does not count where OCI is 0",
    ),
    ...listAt(settings.top, "mounts").flatMap((mount, n): Note[] => {
      const reason = whyPassedOver(mount, isAsked);
      const path = `${settings.path}mounts[${n}]`;
      if (reason !== undefined) return [{ path, reason }];
      return those(
        { top: mount, path: `${path}.` },
        notDoneOfMounts,
        "a guest does not do this",
      );
    }),
  ];
}

/** Below them every guest has what belongs there. */
const ownFolders = ["/dev", "/proc", "/sys"];

/**
 * Why a guest does not mount an entry; undefined where it does, or has it
 * anyhow, or where the entry is nothing that the reader takes.
 */
function whyPassedOver(mount: unknown, isAsked: boolean): string | undefined {
  const destination = textAt(mount, "destination");
  const type = textAt(mount, "type");
  const source = textAt(mount, "source");
  const options = listAt(mount, "options")
    .filter((option) => typeof option === "string");
  const words = { type, source, options };
  const isOwn = ownFolders.some((folder) =>
    `${destination}/`.startsWith(`${folder}/`)
  );
  if (destination === "" || isTmpfs(words)) return undefined;
  if (isOwn && !isBind(words)) return undefined;
  if (options.includes("noauto")) return "a guest does not mount it (noauto)";
  if (isBind(words)) return isAsked ? undefined : "counts on request only";
  if (isVolume(words)) return undefined;
  return diskTypes.includes(type)
    ? `a guest has no disk ${JSON.stringify(source)}`
    : `a guest mounts no ${type || "file system"} from ${
      JSON.stringify(source)
    }`;
}

function saysSomething(value: unknown): boolean {
  if (typeof value !== "object" || value === null) {
    return value !== undefined && value !== null && value !== false &&
      value !== "";
  }
  return Object.keys(value).length > 0;
}

/** What stands inside of objects; undefined where nothing does. */
function at(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (inside, name) =>
      typeof inside === "object" && inside !== null
        ? (inside as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}

function listAt(value: unknown, name: string): readonly unknown[] {
  const list = at(value, [name]);
  return Array.isArray(list) ? list : [];
}

function textAt(value: unknown, name: string): string {
  const text = at(value, [name]);
  return typeof text === "string" ? text : "";
}
