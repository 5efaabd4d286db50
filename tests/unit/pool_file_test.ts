/** Tests of where a file of Debian's pool is looked for. */

import assert from "#assert";
import { createHash } from "node:crypto";
import type { LockedFile } from "../../tools/build_lock.ts";
import { poolFile } from "../../tools/pool_file.ts";
import { withArchive } from "./archive_helper.ts";

const folder = await Deno.makeTempDir({ prefix: "krun-unit-pool-" });
Deno.env.set("KRUN_INIT_CACHE", folder);
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);

const content = new TextEncoder().encode("sources");
const path = "pool/main/q/quickjs/quickjs_1.orig.tar.xz";

function digest(algorithm: string, data: Uint8Array): string {
  return createHash(algorithm).update(data).digest("hex");
}

function lockedFile(data: Uint8Array): LockedFile {
  return {
    version: "1",
    path,
    sha256: digest("sha256", data),
    sha1: digest("sha1", data),
  };
}

/** What a server was asked for, and what came of it. */
interface Served {
  readonly file: string;
  readonly requests: readonly string[];
}

/** Gets a file from a server that is both the mirror and the archive. */
async function getFile(
  locked: LockedFile,
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): Promise<Served> {
  return await withArchive(files, async (address, requests) => ({
    file: await poolFile(locked, {
      mirror: `${address}/debian`,
      snapshot: address,
    }),
    requests,
  }));
}

Deno.test("poolFile() takes a file from the mirror once, by its place in the pool", async () => {
  const files = { [`/debian/${path}`]: content };
  const { file, requests } = await getFile(lockedFile(content), files);
  assert.deepEqual(requests, [`/debian/${path}`]);
  assert.deepEqual(await Deno.readFile(file), content);
  assert.ok(file.endsWith("/quickjs_1.orig.tar.xz"));
  assert.deepEqual(await getFile(lockedFile(content), {}), {
    file,
    requests: [],
  });
  await Deno.writeTextFile(file, "damaged");
  assert.deepEqual((await getFile(lockedFile(content), files)).requests, [
    `/debian/${path}`,
  ]);
});

Deno.test("poolFile() takes what the mirror has not, or has in another form, from the snapshot archive", async () => {
  for (const mirrored of [undefined, new TextEncoder().encode("others")]) {
    const data = new TextEncoder().encode(`archived, ${mirrored?.length}`);
    const locked = lockedFile(data);
    const { file, requests } = await getFile(locked, {
      ...mirrored && { [`/debian/${path}`]: mirrored },
      [`/file/${locked.sha1}`]: data,
    });
    assert.deepEqual(requests, [`/debian/${path}`, `/file/${locked.sha1}`]);
    assert.deepEqual(await Deno.readFile(file), data);
  }
});

Deno.test("poolFile() takes nothing else, and says where it has looked", async () => {
  const locked = lockedFile(new TextEncoder().encode("lost"));
  await assert.rejects(
    getFile(locked, { [`/file/${locked.sha1}`]: content }),
    ({ message }: Error) => {
      assert.match(
        message,
        /^Cannot get quickjs_1\.orig\.tar\.xz 1: Cannot download http:.*quickjs_1\.orig\.tar\.xz: status 404; http:.* has SHA-256 /,
      );
      return true;
    },
  );
});
