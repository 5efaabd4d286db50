import assert from "#assert";
import { errnoName, flagNames, MountFlag } from "../../ffi/linux/constants.ts";
import { run } from "../../tools/run.ts";
import { compile } from "../fixtures/compile.ts";
import { ourNumbers } from "./kernel_numbers.ts";

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

// A new constant gets its line in kernel_interface.c.
Deno.test("constants are all those of the kernel's headers", () => {
  assert.deepEqual(ourNumbers(), headers.numbers);
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
