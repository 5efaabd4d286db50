/** A guest of libkrun's, as host.c is told of it. */

/** A guest; every path is one of the machine that runs libkrun. */
export interface Guest {
  /** A folder; else there must be a `rootDisk`. */
  readonly root?: string;
  readonly readOnly?: boolean;
  /** `DEVICE[:TYPE[:OPTIONS]]`, as the guest names them. */
  readonly rootDisk?: string;
  /** Its init; default: the one inside libkrun. */
  readonly init?: string;
  /** Becomes /.krun_config.json, as an overlay file. */
  readonly config?: string;
  /** Program and arguments for krun_set_exec. */
  readonly exec?: readonly string[];
  /** `NAME=VALUE` each, on the kernel's command line. */
  readonly env?: readonly string[];
  readonly workdir?: string;
  /** `N=SOFT:HARD` each. */
  readonly rlimits?: readonly string[];
  /** In MiB; default: 512. */
  readonly memory?: number;
  /** Default: 1. */
  readonly cpus?: number;
  /** `TAG:FOLDER[:ro]` each. */
  readonly shares?: readonly string[];
  /** `ID:FILE[:ro]` each. */
  readonly disks?: readonly string[];
  /** `HOST:GUEST` each, by TSI. */
  readonly portMap?: readonly string[];
  /** `PORT:SOCKET` each; the guest connects. */
  readonly vsock?: readonly string[];
  /** `PORT:SOCKET` each; the guest listens. */
  readonly vsockListen?: readonly string[];
  /** passt's socket: a network card that is configured by DHCP. */
  readonly passt?: string;
  /** The same on a tap device. */
  readonly tap?: string;
  readonly nested?: boolean;
  /** A file that takes the console; default: libkrun's log. */
  readonly console?: string;
}

/** The words that describe a guest to host.c. */
export function hostWords(guest: Guest): string[] {
  const [program, ...args] = guest.exec ?? [];
  const named: readonly [string, readonly unknown[] | undefined][] = [
    ["root", one(guest.root)],
    ["read-only", guest.readOnly ? ["1"] : []],
    ["root-disk", one(guest.rootDisk)],
    ["init", one(guest.init)],
    ["config", one(guest.config)],
    ["exec", one(program)],
    ["arg", args],
    ["env", guest.env],
    ["workdir", one(guest.workdir)],
    ["rlimit", guest.rlimits],
    ["memory", one(guest.memory)],
    ["cpus", one(guest.cpus)],
    ["share", guest.shares],
    ["disk", guest.disks],
    ["port-map", guest.portMap],
    ["vsock", guest.vsock],
    ["vsock-listen", guest.vsockListen],
    ["passt", one(guest.passt)],
    ["tap", one(guest.tap)],
    ["nested", guest.nested ? ["1"] : []],
    ["console", one(guest.console)],
  ];
  return named.flatMap(([name, values = []]) =>
    values.map((value) => `${name}=${value}`)
  );
}

function one<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** A word as a shell reads it (POSIX, Quote Removal). */
export function shellWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
