import assert from "#assert";
import type { Plan } from "../../tools/command_line/plan/make_plan.ts";
import { expectedGuests, makeConfigsRoot } from "../fixtures/guest_configs.ts";
import { run } from "./command_line_helper.ts";

const folder = new URL("../fixtures/guest_configs/", import.meta.url).pathname;
const root = await makeConfigsRoot("");

Deno.test("the configs of container engines and images are more than 60, each with what its guest is", () => {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) =>
      !["podman_options", "podman_terminal"]
        .includes(name.replace(".json", ""))
    );
  assert.deepEqual(
    files.sort(),
    Object.keys(expectedGuests).map((name) => `${name}.json`).sort(),
  );
  assert.ok(files.length > 60);
});

for (const [name, guest] of Object.entries(expectedGuests)) {
  Deno.test(`the plan of a guest by the config of ${guest.about} has what it says (${name})`, async () => {
    const plan: Plan = JSON.parse(
      (await run([
        ...["plan", "--format=json", "--config", `${folder}${name}.json`],
        ...["--rootfs", root],
      ])).stdout,
    );
    assert.deepEqual(plan.outcome, { kind: "workload" });
    assert.deepEqual(
      plan.stages.flatMap(({ steps }) =>
        steps.flatMap((step) => "warn" in step ? [step.warn] : [])
      ),
      [],
    );
    assert.deepEqual(plan.workload?.args, guest.args);
    const { identity } = plan.workload ?? {};
    const { uid = 0, gid = 0, groups = [] } = identity ?? {};
    assert.deepEqual(
      [uid, ...new Set([gid, ...groups])],
      guest.user ?? [0, 0],
    );
    assert.equal(plan.workload?.cwd, guest.cwd ?? "/");
    const told = plan.supervision.join("\n");
    const { stopSignal = "SIGTERM", terminal = false } = guest;
    assert.ok(told.includes(`asked to stop, ${stopSignal} `), told);
    assert.equal(/make a terminal\b/.test(told), terminal);
  });
}

/** What an engine makes for every container: no volume of anybody's. */
const engines = [
  ...["/etc/resolv.conf", "/etc/hosts", "/etc/hostname", "/dev/shm"],
  "/run/.containerenv",
];

for (const [name, guest] of Object.entries(expectedGuests)) {
  Deno.test(`check tells what is left out of the config of ${guest.about} (${name})`, async () => {
    const { stdout, status } = await run(["check", `${folder}${name}.json`]);
    assert.equal(status, 0, stdout);
    const notes = stdout.split("\n").slice(0, -1).map((line) => {
      const [, path = "", reason = ""] =
        /:\d+:\d+: note: ([^ ]+): (.*)$/.exec(line) ?? [];
      assert.notEqual(path, "", line);
      return { path, reason };
    });
    assert.deepEqual(
      notes.filter(({ reason }) => reason === "a guest does not do this")
        .map(({ path }) => path).sort(),
      [...guest.leftOut ?? []].sort(),
    );
    const mounts = await mountsOf(name);
    const volumes = notes
      .flatMap(({ path }) => /^mounts\[(\d+)\]$/.exec(path)?.[1] ?? [])
      .map((n) => mounts[Number(n)]?.destination ?? "")
      .filter((destination) => !engines.includes(destination));
    assert.deepEqual(volumes, guest.asks ? [] : guest.volumes ?? []);
  });
}

async function mountsOf(
  name: string,
): Promise<readonly { destination: string }[]> {
  const text = await Deno.readTextFile(`${folder}${name}.json`);
  return JSON.parse(text).mounts ?? [];
}
