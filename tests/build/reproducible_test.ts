/** Tests that a build depends on its sources and on nothing else. */

import assert from "#assert";
// What the validator looks for by itself.
import "ajv";
import "ajv-formats";
import "ajv-formats-draft2019";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { join, resolve } from "node:path";
import { cacheDir } from "../../tools/cache.ts";
import { readManifest } from "../../tools/manifest.ts";
import { run } from "../../tools/run.ts";

const project = resolve(import.meta.dirname as string, "../..");

/** What a build needs of the project. */
const sources = [
  "build.lock.json",
  "deno.json",
  "deno.lock",
  "ffi",
  "main.ts",
  "main_quickjs.ts",
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

/** An image for this machine, and one for another. */
const ours = `krun-init-${Deno.build.arch}-plain-nested-kvm`;
const theirs = Deno.build.arch === "x86_64"
  ? "krun-init-aarch64-tdx-timesync"
  : "krun-init-x86_64-tdx-timesync";

/** The small images, plain ones, for each architecture. */
const small = ["aarch64", "x86_64"].map((arch) =>
  `krun-init-small-${arch}-plain`
);

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
 * @param runtime what they run on
 * @param change changes the copy
 * @returns the folder with all that was built
 */
async function buildIn(
  { name, modified, umask, environment }: Place,
  images: readonly string[],
  runtime = "deno",
  change: (copy: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const place = join(folder, runtime, name);
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
  if (runtime === "quickjs") {
    // With a cache of what is downloaded, but not of what was compiled.
    await Deno.remove(join(place, "KRUN_INIT_CACHE"));
    await Deno.mkdir(join(place, "KRUN_INIT_CACHE"));
    const pool = join("KRUN_INIT_CACHE", "pool");
    await Deno.symlink(cacheDir("pool"), join(place, pool));
  }
  const output = join(place, "images");
  await run("sh", [
    "-c",
    `umask ${umask} && exec "$@"`,
    "sh",
    Deno.execPath(),
    ...["run", "-q", "-A", "tools/build.ts", "--all", `--runtime=${runtime}`],
    `--output=${output}`,
    ...images,
  ], {
    cwd: copy,
    env: { ...environment, ...Object.fromEntries(links), HOME: place },
  });
  return output;
}

/** The output of sha256sum(1) on all files of a folder. */
async function sumsOf(images: string): Promise<string> {
  const names = [...Deno.readDirSync(images)].map((entry) => entry.name).sort();
  return await run("sha256sum", names, { cwd: images });
}

const built = await buildIn(places[0], [ours, theirs]);
const first = await sumsOf(built);

Deno.test("two builds at different places and times give the same images, bills of materials and manifest", async () => {
  const names = first.trim().split("\n").map((line) => line.split("  ")[1]);
  assert.deepEqual(names, [
    ...[ours, `${ours}.cdx.json`, theirs, `${theirs}.cdx.json`].sort(),
    "manifest.json",
  ]);
  assert.equal(await sumsOf(await buildIn(places[1], [ours, theirs])), first);
});

Deno.test("the manifest tells what was built, as sha256sum and the image itself do", async () => {
  const { images } = await readManifest(join(built, "manifest.json"));
  assert.deepEqual(
    new Map(images.map(({ file, features }) => [file, features])),
    new Map([[ours, ["nested-kvm"]], [theirs, ["tdx", "timesync"]]]),
  );
  for (const { file, sha256, sha384, size } of images) {
    const path = join(built, file);
    assert.ok(first.includes(`${sha256}  ${file}\n`));
    assert.equal(await run("sha384sum", [path]), `${sha384}  ${path}\n`);
    assert.equal(Deno.statSync(path).size, size);
  }
  const image = images.find(({ file }) => file === ours);
  assert.equal(
    await run(join(built, ours), ["--version"]),
    `krun-init ${image?.version} (${image?.arch}, ${image?.base}, ` +
      `features: nested-kvm, digest ${image?.digest})\n`,
  );
});

Deno.test("the bills of materials are valid, and name what comes from elsewhere", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  for (const image of [ours, theirs]) {
    const text = await Deno.readTextFile(join(built, `${image}.cdx.json`));
    assert.equal(await validator.validate(text), null);
    const names: string[] = JSON.parse(text).components
      .map((component: { name: string }) => component.name);
    assert.deepEqual(names, ["deno", "libc6", "libgcc-s1"]);
  }
});

/** In bytes, of a plain small image. */
const bounds: Readonly<Record<string, number>> = {
  x86_64: 750 << 10,
  aarch64: 850 << 10,
};

Deno.test("two builds of the small images at different places and times give the same, and they are small", async () => {
  const [one, two] = [
    await buildIn(places[0], small, "quickjs"),
    await buildIn(places[1], small, "quickjs"),
  ];
  assert.equal(await sumsOf(two), await sumsOf(one));
  const { images } = await readManifest(join(one, "manifest.json"));
  assert.deepEqual(images.map(({ file }) => file).sort(), small);
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  for (const { file, arch, size, base, marks, billOfMaterials } of images) {
    assert.match(base, /^quickjs \d/);
    assert.deepEqual(marks, []);
    assert.equal(Deno.statSync(join(one, file)).size, size);
    assert.ok(size <= (bounds[arch] ?? 0), `${file} has ${size} bytes`);
    const text = await Deno.readTextFile(join(one, billOfMaterials));
    assert.equal(await validator.validate(text), null);
    const names: string[] = JSON.parse(text).components
      .map((component: { name: string }) => component.name);
    assert.deepEqual(names, ["quickjs", "musl"]);
  }
});

Deno.test("a build whose sources look at the clock gives another image, and says that it has other sources", async () => {
  const place = { ...places[0], name: "three" };
  const other = await buildIn(place, [ours], "deno", async (copy) => {
    const file = join(copy, "tools/build_image.ts");
    const text = await Deno.readTextFile(file);
    const parts = text.split("return JSON.parse(text).version;");
    assert.equal(parts.length, 2);
    const changed = parts.join("return `${performance.timeOrigin}`;");
    await Deno.writeTextFile(file, changed);
  });
  const sumOf = (images: string): Promise<string> =>
    run("sha256sum", [ours], { cwd: images });
  assert.notEqual(await sumOf(other), await sumOf(built));
  const sourcesOf = async (images: string): Promise<string> =>
    (await readManifest(join(images, "manifest.json"))).sources;
  assert.notEqual(await sourcesOf(other), await sourcesOf(built));
});
