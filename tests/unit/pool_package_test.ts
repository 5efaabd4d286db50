import assert from "#assert";
import { sha256 } from "../../tools/hash.ts";
import { download } from "../../tools/pool_package.ts";

const file = new TextEncoder().encode("a package");

/** Runs a body beside an archive that has one file. */
async function withArchive(
  body: (address: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) =>
      new URL(url).pathname === "/pool/x.deb"
        ? new Response(file)
        : new Response("", { status: 404 }),
  );
  try {
    await body(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("download() takes the first archive that has the very file", async () => {
  await withArchive(async (address) => {
    const locked = {
      version: "1",
      path: "pool/x.deb",
      sha256: await sha256(file),
    };
    assert.deepEqual(
      await download([`${address}/dropped`, address], locked),
      file,
    );
  });
});

Deno.test("download() says of every archive why it will not do", async () => {
  await withArchive(async (address) => {
    const sum = await sha256(file);
    const locked = { version: "1", path: "pool/x.deb", sha256: "0" };
    await assert.rejects(download([`${address}/dropped`, address], locked), {
      message: `Cannot download pool/x.deb: ` +
        `${address}/dropped/pool/x.deb: status 404; ` +
        `${address}/pool/x.deb has SHA-256 ${sum}, not 0`,
    });
  });
});
