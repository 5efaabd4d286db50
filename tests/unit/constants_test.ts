import assert from "#assert";
import * as constants from "../../ffi/linux/constants.ts";
import {
  IFREQ_SIZE,
  STATX_SIZE,
  TIMESPEC_SIZE,
} from "../../ffi/linux/structs.ts";
import { run } from "../../tools/run.ts";
import { compile } from "../fixtures/compile.ts";

const { errnoName, flagNames, MountFlag } = constants;

/** What the C headers of this machine say; see the head of the program. */
const headers: {
  readonly numbers: Readonly<Record<string, number>>;
  readonly errnos: readonly string[];
} = JSON.parse(
  await run(
    await compile({
      name: "kernel_interface",
      sources: ["kernel_interface.c"],
    }),
    [],
  ),
);

/** The headers' names of what has a shorter one, or one in a table, with us. */
const headerNames: Readonly<Record<string, readonly string[]>> = {
  "MountFlag.readonly": ["MS_RDONLY"],
  "MountFlag.recursive": ["MS_REC"],
  "MountAttribute.readonly": ["MOUNT_ATTR_RDONLY"],
  "OpenFlag.readOnly": ["O_RDONLY"],
  "OpenFlag.writeOnly": ["O_WRONLY"],
  "OpenFlag.create": ["O_CREAT"],
  "OpenFlag.truncate": ["O_TRUNC"],
  "FsConfig.setFlag": ["FSCONFIG_SET_FLAG"],
  "FsConfig.setString": ["FSCONFIG_SET_STRING"],
  "FsConfig.create": ["FSCONFIG_CMD_CREATE"],
  FS_CLOEXEC: ["FSOPEN_CLOEXEC", "FSMOUNT_CLOEXEC"],
};

/** What the headers put before the names of a table. */
const prefixes: Readonly<Record<string, string>> = {
  MountFlag: "MS_",
  MountAttribute: "MOUNT_ATTR_",
  OpenFlag: "O_",
};

/** Every number of the module, by the headers' name for it. */
function ourNumbers(): Record<string, number> {
  const numbers: Record<string, number> = {};
  const add = (name: string, value: unknown, usual: string): void => {
    for (const known of headerNames[name] ?? [usual]) {
      numbers[known] = Number(value);
    }
  };
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value === "function" || typeof value === "string") continue;
    if (typeof value !== "object") {
      add(name, value, name);
      continue;
    }
    for (const [key, number] of Object.entries(value)) {
      add(`${name}.${key}`, number, `${prefixes[name]}${key.toUpperCase()}`);
    }
  }
  return numbers;
}

// A new constant gets its line in kernel_interface.c.
Deno.test("constants are all those of the kernel's headers", () => {
  assert.deepEqual(
    {
      ...ourNumbers(),
      sizeof_ifreq: IFREQ_SIZE,
      sizeof_statx: STATX_SIZE,
      sizeof_timespec: TIMESPEC_SIZE,
    },
    headers.numbers,
  );
});

Deno.test("errnoName() gives the C library's name, or the number", () => {
  headers.errnos.forEach((name, errno) => {
    const ours = errnoName(errno);
    if (ours !== `errno ${errno}`) assert.equal(ours, name);
  });
  assert.equal(errnoName(4095), "errno 4095");
});

Deno.test("errnoName() knows what calls of a boot answer", () => {
  // Children, mathematics and locks are none of its business.
  const unknown = headers.errnos.slice(1, 41)
    .filter((_, n) => errnoName(n + 1) === `errno ${n + 1}`);
  assert.deepEqual(unknown, ["ECHILD", "EDOM", "EDEADLK", "ENOLCK"]);
  const others = [
    ...["EBADMSG", "EOVERFLOW", "EMSGSIZE", "ENOPROTOOPT", "EPROTONOSUPPORT"],
    ...["EOPNOTSUPP", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL"],
    ...["ENETDOWN", "ENETUNREACH", "ECONNABORTED", "ENOBUFS", "ENOTCONN"],
    ...["ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH", "ESTALE", "EUCLEAN"],
  ];
  for (const name of others) {
    assert.equal(errnoName(headers.errnos.indexOf(name)), name);
  }
});

Deno.test("flagNames() names every flag, and what has no name as a number", () => {
  assert.equal(flagNames(0), "0");
  assert.equal(flagNames(0x200000), "relatime");
  assert.equal(flagNames(0x20000e), "nosuid|nodev|noexec|relatime");
  assert.equal(flagNames(1 | 0x40), "readonly|0x40");
  for (const [name, flag] of Object.entries(MountFlag)) {
    assert.equal(flagNames(flag), name);
  }
});
