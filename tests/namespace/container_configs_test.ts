/** Guests by the config files of container engines and of images: each is what its container would be. */

import assert from "#assert";
import {
  type ExpectedGuest,
  expectedGuests,
  guestConfig,
  makeConfigsRoot,
} from "../fixtures/guest_configs.ts";
import type { Outcome } from "../fixtures/namespace.ts";
import { boot, complaints } from "./guest.ts";

/** Stands in for every command, and shows what it is. */
const program = `#!/bin/busybox sh
show() { echo "$1: $2"; }
b=/bin/busybox
show command "$0"
for word; do show word "$word"; done
show ids "$($b id -u) $($b id -g)"
show groups "$($b id -G)"
show directory "$($b pwd)"
show umask "$(umask)"
show hostname "$($b hostname)"
$b env | $b sed 's/^/env: /'
$b sed 's/^/limits: /' /proc/self/limits
$b grep -E '^(Cap(Bnd|Eff)|NoNewPrivs):' /proc/self/status
$b sed 's/^/oom_score_adj: /' /proc/self/oom_score_adj
$b cut -d' ' -f2,4 /proc/mounts | $b sed 's/^/mount: /'
[ ! -e "$SYSCTL" ] || $b sed 's/^/sysctl: /' "$SYSCTL"
`;

const root = await makeConfigsRoot(program);

/** All that the workload has shown under a name. */
function shown({ stdout }: Outcome, name: string): string[] {
  return stdout.split("\n").filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

/** A user namespace may not raise limits. */
async function configFor(name: string): Promise<string> {
  return (await guestConfig(name)).replaceAll("1048576", "100");
}

function assertIsGuest(outcome: Outcome, guest: ExpectedGuest): void {
  const { args: [name = "", ...words], user: [uid, gid, ...groups] = [0, 0] } =
    guest;
  assert.equal(outcome.status, 0, outcome.stderr);
  const [command = ""] = shown(outcome, "command");
  assert.ok(`/${command}`.endsWith(`/${name}`), command);
  assert.deepEqual(shown(outcome, "word"), words.map((word) => word.trim()));
  assert.deepEqual(shown(outcome, "ids"), [`${uid} ${gid}`]);
  const [others = ""] = shown(outcome, "groups");
  assert.deepEqual(
    new Set(others.split(" ")),
    new Set([gid, ...groups].map(String)),
  );
  const { cwd = "/", umask = "0022", hostname = "localhost" } = guest;
  assert.deepEqual(shown(outcome, "directory"), [cwd]);
  assert.deepEqual(shown(outcome, "umask"), [umask]);
  assert.deepEqual(shown(outcome, "hostname"), [hostname]);
  const environment = shown(outcome, "env");
  for (const [name, value] of Object.entries(guest.env ?? {})) {
    assert.ok(environment.includes(`${name}=${value}`), name);
  }
  const limits = shown(outcome, "limits")
    .map((line) => line.replace(/ +/g, " "));
  for (const [name, value] of Object.entries(guest.limits ?? {})) {
    assert.ok(limits.some((line) => line.startsWith(`Max ${name} ${value} `)));
  }
  const mounts = shown(outcome, "mount")
    .map((line) => line.replace(",inode64", ""));
  for (const mount of guest.mounts ?? []) {
    assert.ok(mounts.some((line) => `${line} `.startsWith(`${mount} `)), mount);
  }
}

for (const [name, guest] of Object.entries(expectedGuests)) {
  Deno.test(`a guest by the config of ${guest.about} is what it says (${name})`, async () => {
    const outcome = await boot(root, { config: await configFor(name) });
    assert.deepEqual(complaints(outcome), []);
    assertIsGuest(outcome, guest);
    // Nothing confines it that nobody has asked for.
    if (guest.asks) return;
    assert.deepEqual(shown(outcome, "NoNewPrivs"), ["0"]);
    assert.deepEqual(shown(outcome, "oom_score_adj"), ["0"]);
    assert.match(shown(outcome, "mount")[0] ?? "", /^\/ rw\b/);
  });
}

/** What only the host may do, or a guest with all ids. */
const refused = [
  /^krun-init: workload: set oom_score_adj: EACCES$/,
  /^krun-init: confine: write\("[^"]*ping_group_range".*: EINVAL/,
];

for (const [name, guest] of Object.entries(expectedGuests)) {
  const { asked } = guest;
  if (asked === undefined) continue;
  Deno.test(`a guest by the config of ${guest.about} is confined as it says, where that is asked for (${name})`, async () => {
    const file = `/proc/sys/${asked.sysctl?.[0] ?? "none"}`;
    const outcome = await boot(root, {
      config: await configFor(name),
      env: ["HOME=/", "TERM=linux", "KRUN_INIT_OCI=1", `SYSCTL=${file}`],
    });
    assert.deepEqual(
      complaints(outcome).filter((line) =>
        !refused.some((pattern) => pattern.test(line))
      ),
      [],
    );
    assertIsGuest(outcome, guest);
    const set = (name: string): string =>
      (shown(outcome, name)[0] ?? "").replace(/^0+(?=.)/, "");
    const { bounding = set("CapBnd"), effective = set("CapEff") } = asked;
    assert.deepEqual([set("CapBnd"), set("CapEff")], [bounding, effective]);
    assert.equal(set("NoNewPrivs"), asked.noNewPrivs ? "1" : "0");
    const { oomScoreAdj = 0, sysctl, readOnlyRoot } = asked;
    // Only the host's root may take a process further from its end.
    const adjustment = Math.max(oomScoreAdj, 0);
    assert.deepEqual(shown(outcome, "oom_score_adj"), [`${adjustment}`]);
    if (sysctl) assert.deepEqual(shown(outcome, "sysctl"), [sysctl[1]]);
    const rootOptions = shown(outcome, "mount")
      .find((line) => line.startsWith("/ ")) ?? "";
    assert.equal(/^\/ ro\b/.test(rootOptions), readOnlyRoot ?? false);
  });
}
