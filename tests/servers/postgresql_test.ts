import assert from "#assert";
import { makeEmptyDisk } from "../fixtures/disks.ts";
import { query } from "./postgresql.ts";
import { serve, type Served } from "./server.ts";
import { postgres, serverRoot } from "./server_root.ts";

const root = await serverRoot(["postgresql-15"]);

/** As its own image does it: a database is made where there is none. */
const script =
  `export TZ=UTC PGDATA=/data/pg PATH=/usr/lib/postgresql/15/bin:$PATH
  if [ ! -s $PGDATA/PG_VERSION ]; then
    initdb --auth=trust --no-sync --no-instructions >/dev/null || exit
    echo 'host all all all trust' >> $PGDATA/pg_hba.conf
  fi
  exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp`;

/** Starts PostgreSQL on a disk, and asks it something. */
function postgresWith(disk: string, sql: string): Promise<Served> {
  return serve({
    root,
    script,
    // What its own image has: it ends the connections.
    config: { User: "postgres", StopSignal: "SIGINT" },
    disk,
    port: 5432,
    ask: async (port) => (await query(port, sql)).join(),
  });
}

Deno.test("PostgreSQL is shut down when it is asked to stop, and needs no recovery", async () => {
  const disk = await makeEmptyDisk(postgres);
  const first = await postgresWith(
    disk,
    "CREATE TABLE kept (color text); INSERT INTO kept VALUES ('green') RETURNING color",
  );
  assert.equal(first.answer, "green", first.messages);
  assert.match(first.messages, /received fast shutdown request/);
  assert.match(first.messages, /database system is shut down/);
  assert.equal(first.status, 0);

  const second = await postgresWith(disk, "SELECT color FROM kept");
  assert.equal(second.answer, "green", second.messages);
  assert.match(second.messages, /database system was shut down at/);
  assert.doesNotMatch(second.messages, /not properly shut down|recovery/);
  assert.equal(second.status, 0);
});
