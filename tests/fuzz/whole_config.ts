/** Whole configs of random settings, of every field that the reader knows. */

import { capabilityNames } from "../../stages/formats/capabilities.ts";
import { stopSignalAnnotation } from "../../stages/formats/process_control.ts";
import { ociAnnotation } from "../../stages/formats/config_schema.ts";
import { commonOptions } from "../../stages/formats/mount_options.ts";
import { linuxNames } from "../../stages/formats/rlimits.ts";
import {
  ioClasses,
  schedulerFlags,
  schedulerPolicies,
} from "../../stages/formats/scheduling.ts";
import {
  bindTypes,
  diskTypes,
  volumeTypes,
} from "../../stages/formats/volume_kinds.ts";
import type { Random } from "./random.ts";

type Make = (random: Random) => unknown;

/** An object that has each of its fields or has it not. */
function object(fields: Readonly<Record<string, Make>>): Make {
  return (random) =>
    Object.fromEntries(
      Object.entries(fields).filter(() => !random.oneIn(3))
        .map(([name, make]) => [name, sometimesWrong(make)(random)]),
    );
}

/** What a person or a program has got wrong. */
function sometimesWrong(make: Make): Make {
  return (random) =>
    random.oneIn(40)
      ? random.pick<unknown>([null, 5, -1, 1.5, "x", [], {}, true, "a\0"])
      : make(random);
}

function list(make: Make, most = 4): (random: Random) => unknown[] {
  return (random) =>
    Array.from(
      { length: random.below(most + 1) },
      () => sometimesWrong(make)(random),
    );
}

function one<T>(...values: readonly T[]): (random: Random) => T {
  return (random) => random.pick(values);
}

const word = one(
  ...["/bin/sh", "-c", "a b", "", "\u00e9\n", '"', "\ud83d\udc80"],
);
const path = one(
  ...["/a", "/a", "/a/b", "/srv/data/", "//a/./c", "/a/../d", "rel", "/"],
  ...["/proc/sys", "/dev/shm", "/proc/kcore", "/tmp", "/dev/mqueue"],
);
const variable = one(
  ...["PATH=/bin", "A=b=c", "HOME=/root", "TERM=x", "HOSTNAME=box", "NONE"],
  ...["KRUN_INIT_OCI=1", "KRUN_INIT_OCI=0", "KRUN_RLIMITS=7=1:2"],
  ...["KRUN_WORKDIR=/w", "KRUN_HOSTS=0", "KRUN_SIGNAL_GROUP=1"],
  ...["KRUN_BLOCK_ROOT_OPTIONS=ro,x-a,nofail", "KRUN_DHCP=1"],
);
const id = one(0, 1, 33, 1000, 65_534, 2 ** 32 - 2, 2 ** 32 - 1, -1);
const account = one("", "root", "web", "web:staff", "1000", "5:6", ":6", "a:b");
const signal = one(
  ...["SIGTERM", "QUIT", "9", "SIGRTMIN+3", "RTMAX-30", "SIGNONE", "", "65"],
);

const source = one(
  ...["tmpfs", "tag", "/dev/vdb", "/dev/none", "LABEL=data", 'LABEL="a b"'],
  ...["UUID=0123-4567", "PARTLABEL=part", "/srv", "/missing", "", "overlay"],
);
const option = one(
  ...commonOptions(),
  ...["size=1m", "mode=1777", "uid=5", "nr_inodes=1k", "tmpcopyup", "usrquota"],
  ...["notmpcopyup", "x-systemd.automount", "comment=a", "bind", "rbind", ""],
  ...["lowerdir=/a:/b", "upperdir=/up", "workdir=/work", "trans=virtio"],
  ...["version=9p2000", "discard", "pagesize=2M", "a,b"],
);
/** Mostly one that a guest can mount, so that others are reached as well. */
const mount: Make = (random) => {
  const type = random.pick([...volumeTypes, "tmpfs", "tmpfs", "proc", "none"]);
  return {
    destination: sometimesWrong(path)(random),
    type: sometimesWrong(() => type)(random),
    source: random.oneIn(4) ? source(random) : sourceOf(type)(random),
    options: [
      ...random.oneIn(3) ? [] : ["nofail"],
      ...type === "overlay" ? ["lowerdir=/a:/b"] : [],
      ...list(option)(random),
    ],
  };
};

function sourceOf(type: string): Make {
  if (diskTypes.includes(type)) {
    return one("/dev/vdb", "LABEL=data", "UUID=0123-4567", "PARTLABEL=part");
  }
  return bindTypes.includes(type) ? one("/srv", "/a", "/") : one(type);
}

const capabilities = list(
  one(...capabilityNames.map((name) => `CAP_${name}`), "CAP_NONE", "KILL"),
);
const limit = object({
  type: one(...linuxNames.map((name) => `RLIMIT_${name}`), "RLIMIT_NONE"),
  soft: one(0, 1, 1024, -1, 2 ** 53),
  hard: one(0, 1024, 4096, -1, 2 ** 64),
});

const process = object({
  args: list(word),
  env: list(variable),
  cwd: path,
  user: object({
    ...{ uid: id, gid: id, username: account, additionalGids: list(id) },
    umask: one(0, 18, 63, 511, 512),
  }),
  rlimits: list(limit),
  noNewPrivileges: one(true, false),
  capabilities: object({
    ...{ bounding: capabilities, effective: capabilities },
    ...{ inheritable: capabilities, permitted: capabilities },
    ambient: capabilities,
  }),
  oomScoreAdj: one(0, -1000, 1000, 1001, 5),
  ioPriority: object({
    class: one(...ioClasses),
    priority: one(0, 4, 7, 8),
  }),
  scheduler: object({
    policy: one(...schedulerPolicies, "SCHED_NONE"),
    flags: list(one(...schedulerFlags)),
    ...{ nice: one(0, -20, 19, 20), priority: one(0, 50, 99, 100) },
    ...{ runtime: one(0, 1e6), deadline: one(0, 2 ** 53 - 1), period: one(0) },
  }),
  terminal: one(true, false),
  consoleSize: object({
    height: one(0, 24, 65_535, 65_536),
    width: one(0, 80),
  }),
});

const common = {
  mounts: list(mount, 6),
  hostname: one("box", "", "h".repeat(70)),
  StopSignal: signal,
  annotations: object({
    [ociAnnotation]: one("1", "1", "0", "2"),
    [stopSignalAnnotation]: signal,
  }),
};

const bundle = object({
  ...common,
  process,
  root: object({ readonly: one(true, false) }),
  linux: object({
    sysctl: object({
      "net.ipv4.ip_forward": one("0", "1"),
      "kernel/msgmax": one("65536", ""),
      "a..b": one("1"),
    }),
    maskedPaths: list(path),
    readonlyPaths: list(path),
  }),
});

const image = object({
  ...common,
  ...{ Entrypoint: list(word), Cmd: list(word), Env: list(variable) },
  ...{ WorkingDir: path, User: account },
});

const flat = object({
  ...common,
  ...{ args: list(word), env: list(variable), cwd: path },
});

const nested: Make = (random) => ({
  [random.pick(["Config", "config"])]: image(random),
});

const inspected: Make = (random) => [
  { Id: "1f", Args: ["no"], Config: image(random) },
];

/** Makes a config: mostly one of the runtime specification's. */
export function wholeConfig(random: Random): unknown {
  return random.pick([bundle, bundle, bundle, image, flat, nested, inspected])(
    random,
  );
}
