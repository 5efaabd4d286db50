import assert from "#assert";
import { request } from "./fastcgi.ts";
import { serve } from "./server.ts";
import { serverRoot } from "./server_root.ts";

/** As PHP's own image has it. */
const settings = `[global]
error_log = /proc/self/fd/2
daemonize = no
[www]
user = www-data
group = www-data
listen = 9000
access.log = /proc/self/fd/2
catch_workers_output = yes
decorate_workers_output = no
clear_env = no
pm = static
pm.max_children = 1
`;

Deno.test("php-fpm serves, with its logs on /proc/self/fd/2", async () => {
  const { answer, status, output, messages } = await serve({
    root: await serverRoot(["php8.2-fpm"]),
    script: `mkdir /srv/php
cat > /srv/php/fpm.conf <<'END'
${settings}
END
cat > /srv/php/hello.php <<'END'
<?php
error_log("said to the log");
echo "hello from PHP ", PHP_MAJOR_VERSION, "\\n";
END
exec php-fpm8.2 --fpm-config /srv/php/fpm.conf`,
    // What PHP's own image has: it lets requests end.
    config: { StopSignal: "SIGQUIT" },
    port: 9000,
    ask: (port) =>
      request(port, {
        REQUEST_METHOD: "GET",
        SCRIPT_NAME: "/hello.php",
        SCRIPT_FILENAME: "/srv/php/hello.php",
      }),
  });
  assert.match(answer, /\r\n\r\nhello from PHP 8\n$/, messages);
  assert.equal(output, "");
  assert.match(messages, /NOTICE: fpm is running, pid \d+\n/);
  assert.match(messages, /said to the log\n/);
  assert.match(messages, /"GET \/hello.php" 200\n/);
  assert.match(messages, /NOTICE: exiting, bye-bye!\n/);
  assert.equal(status, 0);
});
