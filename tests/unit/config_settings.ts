/** Settings for builders of configs, for the tests that need many. */

import fc from "fast-check";
import type { Limit } from "../../stages/formats/rlimits.ts";
import { ConfigBuilder } from "../../tools/config/mod.ts";

/** A text that a config can carry. */
const text = fc.string({ unit: "binary" }).filter((value) =>
  !value.includes("\0") && value.isWellFormed()
);

const printable = fc.string({ unit: "grapheme-ascii", maxLength: 12 })
  .map((value) => value.replaceAll('"', "'"));

const id = fc.nat({ max: 0xffff_fffe });

const name = fc.stringMatching(/^[A-Z]{1,3}$/);

const path = fc.array(fc.stringMatching(/^[a-zü \\"]+$/), { minLength: 1 })
  .map((names) => `/${names.join("/")}`);

const limit = fc.tuple(
  fc.nat({ max: 15 }),
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
).map(([resource, a, b]) => ({
  resource,
  soft: a < b ? a : b,
  hard: a < b ? b : a,
}));

const tmpfsOptions = fc.subarray([
  ...["size=64m", "mode=1777", "nr_inodes=1k", "uid=1", "gid=2"],
  ...["ro", "noatime", "exec", "suid", "dev"],
]);

/** What a builder is told. */
export interface WantedSettings {
  readonly args: readonly string[];
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly cwd: string | undefined;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  } | undefined;
  readonly umask: number | undefined;
  readonly noNewPrivs: boolean;
  readonly limits: readonly Limit[];
  readonly mounts: readonly (readonly [path: string, options: string[]])[];
  readonly kernel: readonly (readonly [name: string, value: string])[];
  readonly kernelArgs: readonly string[];
}

/** Settings that are all good, each of them there or not. */
export const settings: fc.Arbitrary<WantedSettings> = fc.record({
  args: fc.array(text).map((words) => ["/bin/x", ...words]),
  env: fc.uniqueArray(fc.tuple(name, text), { selector: ([name]) => name }),
  cwd: fc.option(path, { nil: undefined }),
  user: fc.option(
    fc.record({ uid: id, gid: id, groups: fc.array(id) }),
    { nil: undefined },
  ),
  umask: fc.option(fc.nat({ max: 0o777 }), { nil: undefined }),
  noNewPrivs: fc.boolean(),
  limits: fc.uniqueArray(limit, { selector: ({ resource }) => resource }),
  mounts: fc.uniqueArray(fc.tuple(path, tmpfsOptions), {
    selector: ([path]) => path,
  }),
  // Longer than the names of `env`.
  kernel: fc.uniqueArray(
    fc.tuple(fc.stringMatching(/^[A-Z]{4,8}$/), printable),
    { selector: ([name]) => name, maxLength: 8 },
  ),
  kernelArgs: fc.array(
    printable.filter((value) => value !== "--"),
    { maxLength: 8 },
  ),
});

/** A builder that was told what belongs into the file. */
export function fileBuilder(wanted: WantedSettings): ConfigBuilder {
  const builder = new ConfigBuilder();
  for (const arg of wanted.args) builder.arg(arg);
  for (const [name, value] of wanted.env) builder.env(`${name}=${value}`);
  if (wanted.cwd !== undefined) builder.cwd(wanted.cwd);
  if (wanted.user !== undefined) {
    const { uid, gid, groups } = wanted.user;
    builder.user(uid, gid);
    for (const other of groups) builder.additionalGid(other);
  }
  if (wanted.umask !== undefined) builder.umask(wanted.umask);
  if (wanted.noNewPrivs) builder.noNewPrivileges();
  for (const { resource, soft, hard } of wanted.limits) {
    builder.rlimit(`${resource}=${soft}:${hard}`);
  }
  for (const [path, options] of wanted.mounts) {
    builder.tmpfs(path, options.join(","));
  }
  return builder;
}
