import assert from "#assert";
import { makeEmptyDisk } from "../fixtures/disks.ts";
import { exchangeText, serve, type Served } from "./server.ts";
import { redis, serverRoot } from "./server_root.ts";

const root = await serverRoot(["redis-server"]);

/** Starts redis on a disk, and gives it a command. */
function redisWith(disk: string, command: string): Promise<Served> {
  return serve({
    root,
    script: "exec redis-server --protected-mode no --dir /data",
    config: { User: "redis" },
    disk,
    port: 6379,
    ask: (port) => exchangeText(port, `${command}\r\nQUIT\r\n`),
  });
}

Deno.test("redis-server saves its data when it is asked to stop, and has them again", async () => {
  const disk = await makeEmptyDisk(redis);
  const first = await redisWith(disk, "SET color green");
  assert.equal(first.answer, "+OK\r\n+OK\r\n", first.messages);
  assert.match(first.output, /Received SIGTERM scheduling shutdown/);
  assert.match(first.output, /DB saved on disk/);
  assert.equal(first.status, 0);

  const second = await redisWith(disk, "GET color");
  assert.equal(second.answer, "$5\r\ngreen\r\n+OK\r\n");
  assert.equal(second.status, 0);
});
