import assert from "#assert";
import {
  answerOf,
  decodeCalls,
  encodeCalls,
  signatures,
  type WrittenCall,
} from "../fixtures/config_calls.ts";
import { carefulDriver, Driver } from "../fixtures/config_library.ts";
import { mutate, type Random } from "./random.ts";
import type { FuzzTarget } from "./target.ts";

/** What calls take, mostly. */
const good: Record<string, readonly string[]> = {
  arg: ["/bin/sh", "-c", "", 'é "\\\n', "日本"],
  env: ["A=1", "B=", "A=b=c", "KRUN_HOME=/", "HOSTNAME=h", "x.y=2"],
  cwd: ["/", "/srv", "/a/../b"],
  rlimit: [
    "NOFILE=1:2",
    "7=3:4",
    "RLIMIT_CORE=0:unlimited",
    "00=1:1",
    "AS=9:9",
  ],
  hostname: ["box", "é".repeat(32)],
  mount: ["/a", "/b", "tmpfs", "proc", "ro,x", ""],
  volume: [
    ...["/a", "/b", "virtiofs", "ext4", "overlay", "bind", "mqueue", "nfs"],
    ...["/dev/vda", "LABEL=x", "UUID=", "tag", "lowerdir=/l", "noauto,bind"],
    "",
  ],
  tmpfs: [
    "/t",
    "/u/v",
    "size=1m,mode=755",
    "nr_inodes=4k,ro",
    "uid=4294967294",
  ],
  block_root: ["/dev/vda", "auto", "ext4", "ro", ""],
  kernel_env: [
    "A=1",
    "K=v w",
    "KRUN_INIT=/x",
    "HOME=/h",
    "KRUN_DHCP_TIMEOUT=1",
  ],
  kernel_arg: ["-c", "", "a b"],
  file: ["/f", "/d/e"],
};

/** What some call does not take, or only just does. */
const odd: readonly string[] = [
  ...["", "=", "=x", "A", "a\0b", "\udcff", "\udced\udca0\udc80", "\u007f"],
  ...["/", "//", "/.", "/..", "/a/", ".", "x/y", "/init.krun", "--", '"'],
  ...["/.krun_config.json", "KRUN_CONFIG=/x", "KRUN_WORKDIR=/", "A.B=1"],
  ...["KRUN_DHCP=1", "KRUN_RLIMITS=x", "KRUN_STOP_TIMEOUT=1", "KRUN_INIT=/x"],
  ...["2=2:1", "16=1:1", "7=1", "7=18446744073709551616:1", "RLIMIT_=1:1"],
  ...["7=18446744073709551615:unlimited", "nofile=1:1", "7=1:2:3", "7=-1:1"],
  ...["size=", "size", "size=1x", "mode=8", "mode=07777", "uid=4294967295"],
  ...["uid=99999999999", ",", "a,,b", "ro=1", "=1", "size=1m=2", "\ufeff"],
  ...["x".repeat(65), `A=${"x".repeat(1500)}`, "\u{10ffff}", "é", "\u0001"],
];

const numbers = [0, 1, 0o22, 0o777, 0o7777, 1000, 10_000, 65_536, 999_999_999]
  .flatMap((n) => [n, n + 1]).concat(0xffff_fffe, 0xffff_ffff);

let driver: Driver | undefined;

/** Calls of libkrun_init_config, with the sanitizers, beside ConfigBuilder. */
export const configLibrary: FuzzTarget = {
  name: "config-library",
  count: 1_000_000,
  async prepare() {
    return driver = new Driver(await carefulDriver());
  },
  make(random) {
    const length = 1 + random.below(random.pick([3, 8, 50]));
    const bytes = encodeCalls(Array.from({ length }, () => makeCall(random)));
    return random.oneIn(20) ? mutate(random, bytes) : bytes;
  },
  async attempt(input) {
    assert.deepEqual(
      await driver?.answer(input),
      answerOf(decodeCalls(input)),
    );
  },
};

function makeCall(random: Random): WrittenCall {
  const [call, ...kinds] = random.pick(signatures);
  const args = kinds.map((kind) => {
    if (kind === "flag") return random.below(2);
    if (kind === "bytes") return random.bytes(random.below(9));
    if (kind === "string") return makeText(random, call);
    return random.pick(numbers);
  });
  return { call, args };
}

function makeText(random: Random, call: string): string {
  const texts = good[call];
  if (texts === undefined || random.oneIn(10)) return random.pick(odd);
  return random.pick(texts);
}
