/** Tests that a build depends on its sources and on nothing else. */

import assert from "#assert";
import { join, resolve } from "node:path";
import { cacheDir } from "../../tools/cache.ts";
import { run } from "../../tools/run.ts";

const project = resolve(import.meta.dirname as string, "../..");

/** What a build needs of the project. */
const sources = [
  "build.lock.json",
  "deno.json",
  "deno.lock",
  "ffi",
  "main.ts",
  "native",
  "stages",
  "tools",
];

/** Where and how a copy of the project is built. */
interface Place {
  /** Below the test's own folder. */
  readonly name: string;
  /** The time of its sources, as touch(1) reads it. */
  readonly modified: string;
  readonly umask: string;
  readonly environment: Readonly<Record<string, string>>;
}

const places: readonly [Place, Place] = [
  {
    name: "one",
    modified: "2001-02-03 04:05:06",
    umask: "022",
    environment: { TZ: "UTC", LC_ALL: "C", USER: "somebody" },
  },
  {
    name: "a longer name/with a space/two",
    modified: "2020-11-12 13:14:15",
    umask: "077",
    environment: { TZ: "Asia/Tokyo", LC_ALL: "de_DE.UTF-8", USER: "nobody" },
  },
];

const [ours, theirs] = [
  "krun-init-x86_64-plain-nested-kvm",
  "krun-init-aarch64-tdx-timesync",
];

const folder = await Deno.makeTempDir({ prefix: "krun-test-reproducible-" });
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);

/** The caches of this machine, so that nothing is downloaded again. */
const caches = {
  DENO_DIR: JSON.parse(await run(Deno.execPath(), ["info", "--json"])).denoDir,
  KRUN_INIT_CACHE: cacheDir(),
};

/**
 * Builds images in a copy of the project.
 *
 * @param change changes the copy
 * @returns the output of sha256sum(1) on all that was built
 */
async function buildIn(
  { name, modified, umask, environment }: Place,
  images: readonly string[],
  change: (copy: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const place = join(folder, name);
  const copy = join(place, "project");
  await Deno.mkdir(copy, { recursive: true });
  await run("cp", ["-r", ...sources, copy], { cwd: project });
  await change(copy);
  await run("find", [copy, "-exec", "touch", "-d", modified, "{}", "+"]);
  // Each place has its own home, and its own way to the caches.
  const links = Object.entries(caches).map(([variable, target]) => {
    const link = join(place, variable);
    Deno.symlinkSync(target, link);
    return [variable, link];
  });
  const output = join(place, "images");
  await run("sh", [
    "-c",
    `umask ${umask} && exec "$@"`,
    "sh",
    Deno.execPath(),
    ...["run", "-q", "-A", "tools/build.ts", "--all", "--runtime=deno"],
    `--output=${output}`,
    ...images,
  ], {
    cwd: copy,
    env: { ...environment, ...Object.fromEntries(links), HOME: place },
  });
  const names = [...Deno.readDirSync(output)].map((entry) => entry.name).sort();
  const sums = await run("sha256sum", names, { cwd: output });
  await Deno.remove(place, { recursive: true });
  return sums;
}

const first = await buildIn(places[0], [ours, theirs]);

Deno.test("two builds at different places and times give the same images, bills of materials and manifest", async () => {
  const names = first.trim().split("\n").map((line) => line.split("  ")[1]);
  assert.deepEqual(names, [
    theirs,
    `${theirs}.cdx.json`,
    ours,
    `${ours}.cdx.json`,
    "manifest.json",
  ]);
  assert.equal(await buildIn(places[1], [ours, theirs]), first);
});

Deno.test("a build that looks at the clock gives another image", async () => {
  const sums = await buildIn(places[0], [ours], async (copy) => {
    const file = join(copy, "tools/build_image.ts");
    const text = await Deno.readTextFile(file);
    const parts = text.split("version: JSON.parse(text).version,");
    assert.equal(parts.length, 2);
    const changed = parts.join("version: `${performance.timeOrigin}`,");
    await Deno.writeTextFile(file, changed);
  });
  const sumOf = (text: string): string | undefined =>
    text.split("\n").find((line) => line.endsWith(`  ${ours}`));
  assert.ok(sumOf(sums));
  assert.notEqual(sumOf(sums), sumOf(first));
});
