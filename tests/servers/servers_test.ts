/**
 * Real servers, each in a VM: they start, answer a request from the host, and
 * stop as they should when they are asked to.
 */

import assert from "#assert";
import { join } from "node:path";
import { boot, configFile, type Outcome } from "../vm/vm_helper.ts";
import { serverRoot } from "./server_root.ts";

/** Patience with a server that starts in software emulation, in ms. */
const patience = 90_000;

/** A server to run, as an image's configuration has it. */
interface Server {
  readonly packages: readonly string[];
  readonly port: number;
  /** A shell's words that end by becoming the server. */
  readonly script: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Asks it for something; gives what it answered. */
  ask(connection: Deno.TcpConn): Promise<string>;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Asks again and again until there is an answer. */
async function answerOf(server: Server, port: number): Promise<string> {
  for (const end = Date.now() + patience; Date.now() < end;) {
    try {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      const answer = await server.ask(connection);
      // QEMU takes the connection before the guest does.
      if (answer !== "") return answer;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return "";
}

/** Sends some text, and gives the first that comes. */
async function exchange(
  connection: Deno.TcpConn,
  text: string,
): Promise<string> {
  if (text) await connection.write(new TextEncoder().encode(text));
  const buffer = new Uint8Array(65536);
  const size = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, size ?? 0));
}

/** Presses ctrl-alt-del, which asks the guest to stop. */
async function askToStop(monitor: string): Promise<void> {
  using connection = await Deno.connect({ transport: "unix", path: monitor });
  await connection.write(
    new TextEncoder().encode("sendkey ctrl-alt-delete\n"),
  );
  await connection.read(new Uint8Array(4096));
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** Runs a server: from its start to the end that it was asked for. */
async function serve(server: Server): Promise<Outcome & { answer: string }> {
  const folder = await Deno.makeTempDir({ prefix: "krun-server-" });
  const monitor = join(folder, "monitor");
  const host = freePort();
  try {
    const running = boot({
      rootfs: await serverRoot(server.packages),
      network: "user",
      forward: { host, guest: server.port },
      env: ["KRUN_DHCP=1"],
      memory: 512,
      timeout: 2 * patience,
      monitor,
      config: configFile({
        Cmd: ["/bin/sh", "-c", server.script],
        Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
        ...server.config,
      }),
    });
    const answer = await answerOf(server, host);
    await askToStop(monitor);
    return { ...await running, answer };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const request = "GET / HTTP/1.0\r\n\r\n";

/** What the maintainer's script makes, and what nginx's own image does. */
const nginxAsImages = `mkdir -p /var/lib/nginx /var/log/nginx /var/www/html
  echo hello > /var/www/html/index.html
  ln -s ../sites-available/default /etc/nginx/sites-enabled/default
  ln -sf /dev/stdout /var/log/nginx/access.log
  ln -sf /dev/stderr /var/log/nginx/error.log`;

Deno.test("nginx serves, with its logs linked to /dev/stdout and /dev/stderr", async () => {
  const { answer, status, output, messages } = await serve({
    packages: ["nginx-light"],
    port: 80,
    script: `${nginxAsImages}; exec nginx -g 'daemon off;'`,
    // What nginx's own image has: it lets requests end.
    config: { StopSignal: "SIGQUIT" },
    ask: (connection) => exchange(connection, request),
  });
  assert.match(answer, /^HTTP\/1.1 200 OK\r\n/);
  assert.match(output, /"GET \/ HTTP\/1.0" 200/);
  assert.doesNotMatch(messages, /emerg|alert/);
  assert.equal(status, 0);
});

Deno.test("nginx does as another user, too", async () => {
  const { answer, status, output, messages } = await serve({
    packages: ["nginx-light"],
    port: 8080,
    script: `cat > /tmp/nginx.conf <<'END'
daemon off; pid /tmp/nginx.pid; error_log /dev/stderr;
events {}
http { access_log /dev/stdout; client_body_temp_path /tmp/a;
  proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d;
  scgi_temp_path /tmp/e;
  server { listen 8080; location / { return 200 "as $pid"; } } }
END
exec nginx -e /dev/stderr -c /tmp/nginx.conf`,
    config: {
      User: "www-data",
      StopSignal: "SIGQUIT",
    },
    ask: (connection) => exchange(connection, request),
  });
  assert.match(answer, /^HTTP\/1.1 200 OK\r\n/, messages);
  assert.match(output, /"GET \/ HTTP\/1.0" 200/);
  assert.equal(status, 0);
});
