import assert from "#assert";
import { exchangeText, serve } from "./server.ts";
import { serverRoot } from "./server_root.ts";

const root = await serverRoot(["nginx-light"]);

const request = "GET / HTTP/1.0\r\n\r\n";

/** What the maintainer's script makes, and what nginx's own image does. */
const nginxAsImages = `mkdir -p /var/lib/nginx /var/log/nginx /var/www/html
  echo hello > /var/www/html/index.html
  ln -s ../sites-available/default /etc/nginx/sites-enabled/default
  ln -sf /dev/stdout /var/log/nginx/access.log
  ln -sf /dev/stderr /var/log/nginx/error.log`;

Deno.test("nginx serves, with its logs linked to /dev/stdout and /dev/stderr", async () => {
  const { answer, status, output, messages } = await serve({
    root,
    port: 80,
    script: `${nginxAsImages}; exec nginx -g 'daemon off;'`,
    // What nginx's own image has: it lets requests end.
    config: { StopSignal: "SIGQUIT" },
    ask: (port) => exchangeText(port, request),
  });
  assert.match(answer, /^HTTP\/1.1 200 OK\r\n/);
  assert.match(output, /"GET \/ HTTP\/1.0" 200/);
  assert.doesNotMatch(messages, /emerg|alert/);
  assert.equal(status, 0);
});

Deno.test("nginx does as another user, too", async () => {
  const { answer, status, output, messages } = await serve({
    root,
    port: 8080,
    script: `cat > /tmp/nginx.conf <<'END'
daemon off; pid /tmp/nginx.pid; error_log /dev/stderr;
events {}
http { access_log /dev/stdout; client_body_temp_path /tmp/a;
  proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d;
  scgi_temp_path /tmp/e;
  server { listen 8080; location / { return 200 "as $pid"; } } }
END
id -un >&2
exec nginx -e /dev/stderr -c /tmp/nginx.conf`,
    config: {
      User: "www-data",
      StopSignal: "SIGQUIT",
    },
    ask: (port) => exchangeText(port, request),
  });
  assert.match(answer, /^HTTP\/1.1 200 OK\r\n/, messages);
  assert.match(messages, /^www-data$/m);
  assert.match(output, /"GET \/ HTTP\/1.0" 200/);
  assert.equal(status, 0);
});
