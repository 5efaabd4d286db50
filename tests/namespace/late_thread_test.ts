/**
 * Tests that the runtime's threads look for its files in its own tmpfs, also
 * when the pipeline has gone back to the guest's root.
 */

import assert from "#assert";
import { join } from "node:path";
import { ensurePrograms } from "../../tools/programs.ts";
import { run } from "../../tools/run.ts";
import { changedImage, image, runtimeKind } from "../fixtures/image.ts";
import { makeRoot, runInNamespace } from "../fixtures/namespace.ts";

await ensurePrograms([{ program: "strace", package: "strace" }]);

/** A database that a thread of Deno's opens when no one has asked for it yet. */
const database = "/node_analysis_cache_v2";

/** For how long that thread is held up, in microseconds. */
const delay = 300_000;
/** When the config stage gets what it waits for, in milliseconds. */
const configTime = 1500;

/**
 * Boots with a thread that is late: it comes to open its database when the
 * pipeline already waits for the config, which is a pipe, in the guest's root.
 *
 * @returns the names in the guest's root at the end, and how the late call ended
 */
async function namesAfterLateOpen(
  init: string,
): Promise<{ names: string[]; late: string }> {
  const root = await makeRoot({ busybox: true });
  const log = await Deno.makeTempFile({ prefix: "krun-late-" });
  await run("mkfifo", [join(root, "config")]);
  const [{ status, stderr }] = await Promise.all([
    runInNamespace({
      ...{ root, init },
      args: ["/bin/true"],
      env: { HOME: "/", TERM: "linux", KRUN_CONFIG: "/config" },
      runner: [
        ...["strace", "-f", "-o", log, "-P", database],
        ...["-e", `inject=openat:delay_enter=${delay}`],
      ],
    }),
    new Promise((resolve) => setTimeout(resolve, configTime)).then(() =>
      Deno.writeTextFile(join(root, "config"), "{}")
    ),
  ]);
  assert.equal(status, 0, stderr);
  const [late = ""] = /openat\(.*\(DELAYED\)/.exec(
    await Deno.readTextFile(log),
  ) ?? [];
  await Deno.remove(log);
  return { names: [...Deno.readDirSync(root)].map(({ name }) => name), late };
}

const name = database.slice(1);

// Denort has no such database.
if (await runtimeKind() !== "denort") {
  Deno.test("a thread of Deno's that is late finds its file, and makes none in the guest's root", async () => {
    const { names, late } = await namesAfterLateOpen(await image());
    assert.match(late, / = \d+ \(DELAYED\)$/);
    assert.deepEqual(names.filter((other) => other.startsWith(name)), []);
  });

  Deno.test("it would make one if the pipeline had no root of its own", async () => {
    const shared = await changedImage({
      file: "main.ts",
      from: "    sys.unshareFs();\n",
      to: "",
    });
    const { names } = await namesAfterLateOpen(shared);
    assert.ok(names.includes(name), names.join(" "));
  });
}
