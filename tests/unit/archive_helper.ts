/** A server that answers as Debian's archives do. */

/** Runs an action while the server has these files, by their paths in addresses. */
export async function withArchive<T>(
  files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
  action: (address: string, requests: readonly string[]) => Promise<T>,
): Promise<T> {
  const requests: string[] = [];
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    ({ url }) => {
      const { pathname } = new URL(url);
      requests.push(pathname);
      const data = files[pathname];
      return data === undefined
        ? new Response("No such file", { status: 404 })
        : new Response(data);
    },
  );
  return await action(`http://127.0.0.1:${server.addr.port}`, requests);
}
