/** Tests of where a locked Debian package is looked for. */

import assert from "#assert";
import { createHash } from "node:crypto";
import type { LockedPackage } from "../../tools/build_lock.ts";
import type { DebianPackage, PackageOptions } from "../../tools/debian.ts";
import { lockedPackage } from "../../tools/locked_package.ts";
import { run } from "../../tools/run.ts";
import { withArchive } from "./archive_helper.ts";

const folder = await Deno.makeTempDir({ prefix: "krun-unit-debian-" });
Deno.env.set("KRUN_INIT_CACHE", `${folder}/cache`);
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);

/** A real .deb file that holds one file, /lib/version. */
async function makeDeb(version: string): Promise<Uint8Array<ArrayBuffer>> {
  const tree = `${folder}/libc6-${version}`;
  await Deno.mkdir(`${tree}/DEBIAN`, { recursive: true });
  await Deno.mkdir(`${tree}/lib`);
  await Deno.writeTextFile(`${tree}/lib/version`, version);
  const control = {
    Package: "libc6",
    Version: version,
    Architecture: "arm64",
    Maintainer: "Nobody <nobody@example.org>",
    Description: "for a test",
  };
  await Deno.writeTextFile(
    `${tree}/DEBIAN/control`,
    Object.entries(control).map(([name, value]) => `${name}: ${value}\n`)
      .join(""),
  );
  await run("dpkg-deb", ["--build", tree, `${tree}.deb`]);
  return await Deno.readFile(`${tree}.deb`);
}

const deb = await makeDeb("1.0-1");

function digest(algorithm: string): string {
  return createHash(algorithm).update(deb).digest("hex");
}

const locked: LockedPackage = {
  version: "1.0-1",
  sha256: digest("sha256"),
  sha1: digest("sha1"),
};

const newest: DebianPackage = {
  tree: "/newest",
  file: "/newest.deb",
  version: "1.0-2",
  sha256: "0".repeat(64),
};

/** A mirror that has only the newest, and tells what it was asked for. */
function mirror(
  asked: (string | undefined)[],
): (name: string, options: PackageOptions) => Promise<DebianPackage> {
  return (_name, { version }) => {
    asked.push(version);
    return version === undefined
      ? Promise.resolve(newest)
      : Promise.reject(new Error("superseded"));
  };
}

Deno.test("lockedPackage() takes the locked version from the mirror, and asks nobody else", async () => {
  const offered = { ...newest, version: "1.0-1", sha256: locked.sha256 };
  await withArchive({}, async (snapshot, requests) => {
    const found = await lockedPackage("libc6", "arm64", locked, {
      mirror: () => Promise.resolve(offered),
      snapshot,
    });
    assert.deepEqual(found, { package: offered });
    assert.deepEqual(requests, []);
  });
});

Deno.test("lockedPackage() takes what the mirror dropped from the snapshot archive, and keeps it", async () => {
  const files = { [`/file/${locked.sha1}`]: deb };
  await withArchive(files, async (snapshot, requests) => {
    const asked: (string | undefined)[] = [];
    const found = await lockedPackage("libc6", "arm64", locked, {
      mirror: mirror(asked),
      snapshot,
    });
    assert.deepEqual(asked, ["1.0-1"]);
    assert.deepEqual(requests, [`/file/${locked.sha1}`]);
    assert.equal(found.mark, undefined);
    assert.equal(found.package.version, "1.0-1");
    assert.equal(
      await Deno.readTextFile(`${found.package.tree}/lib/version`),
      "1.0-1",
    );
    // From the cache, without any network.
    const again = await lockedPackage("libc6", "arm64", locked);
    assert.deepEqual(again, found);
  });
});

Deno.test("lockedPackage() takes a wrong file from nobody, and marks the newest", async () => {
  const damaged = deb.slice();
  damaged[100] = (damaged[100] as number) ^ 1;
  const other = { ...locked, version: "1.0-0", sha256: "1".repeat(64) };
  for (const data of [deb, damaged]) {
    const files = { [`/file/${locked.sha1}`]: data };
    const found = await withArchive(
      files,
      (snapshot) =>
        lockedPackage("libc6", "arm64", other, {
          // The mirror has the version, but another file.
          mirror: () => Promise.resolve(newest),
          snapshot,
        }),
    );
    assert.deepEqual(found, {
      package: newest,
      mark: "libc6:arm64 1.0-2 is not the locked version 1.0-0",
    });
  }
});

Deno.test("lockedPackage() marks the newest where the archive does not answer", async () => {
  const other = { ...locked, version: "1.0-0", sha256: "1".repeat(64) };
  const asked: (string | undefined)[] = [];
  // Once it is closed, nothing listens there.
  const snapshot = await withArchive(
    {},
    (address) => Promise.resolve(address),
  );
  const found = await lockedPackage("libc6", "arm64", other, {
    mirror: mirror(asked),
    snapshot,
  });
  assert.deepEqual(asked, ["1.0-0", undefined]);
  assert.equal(found.package, newest);
  assert.equal(
    found.mark,
    "libc6:arm64 1.0-2 is not the locked version 1.0-0",
  );
});

Deno.test("lockedPackage() fails where no version at all can be had", async () => {
  await withArchive({}, async (snapshot) => {
    const other = { ...locked, version: "1.0-0" };
    await assert.rejects(
      lockedPackage("libc6", "arm64", other, {
        mirror: () => Promise.reject(new Error("no network")),
        snapshot,
      }),
      { message: "no network" },
    );
  });
});
