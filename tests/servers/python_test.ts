import assert from "#assert";
import { exchangeText, serve, type Served } from "./server.ts";
import { serverRoot } from "./server_root.ts";

const root = await serverRoot(["python3"]);

/** Serves a folder with Python's own server, and asks for a file. */
function pythonWith(
  config: Readonly<Record<string, unknown>>,
): Promise<Served> {
  return serve({
    root,
    script: `echo hello > /srv/file
      exec python3 -m http.server --directory /srv 8000`,
    config,
    port: 8000,
    ask: (port) => exchangeText(port, "GET /file HTTP/1.0\r\n\r\n"),
  });
}

Deno.test("a Python server, which knows nothing of SIGTERM, is ended by it", async () => {
  const { answer, status, messages } = await pythonWith({});
  assert.match(answer, /^HTTP\/1.0 200 OK\r\n[^]*\r\n\r\nhello\n$/, messages);
  assert.match(messages, /"GET \/file HTTP\/1.0" 200/);
  assert.equal(status, 128 + 15);
});

Deno.test("a Python server takes SIGINT for ^C", async () => {
  const { answer, status, output } = await pythonWith({ StopSignal: "SIGINT" });
  assert.match(answer, /\r\n\r\nhello\n$/);
  assert.match(output, /Keyboard interrupt received, exiting/);
  assert.equal(status, 0);
});
