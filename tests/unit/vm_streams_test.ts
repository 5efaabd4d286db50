import assert from "#assert";
import { join } from "node:path";
import { Port } from "../../tools/vm/port.ts";
import { Recording } from "../../tools/vm/sink.ts";
import { Tail } from "../../tools/vm/tail.ts";

const encoder = new TextEncoder();

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function withFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Tail passes on what a file grows by, up to its end", () =>
  withFolder(async (folder) => {
    const path = join(folder, "out");
    const recording = new Recording();
    const tail = new Tail(path, recording.sink);
    for (const word of ["one ", "two ", "three"]) {
      await Deno.writeTextFile(path, word, { append: true });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    tail.end();
    await tail.done;
    assert.equal(text(recording.bytes()), "one two three");
    assert.equal(tail.backlog(), 0);
  }));

Deno.test("Tail counts what a slow sink has not taken", () =>
  withFolder(async (folder) => {
    const path = join(folder, "out");
    const gate = Promise.withResolvers<void>();
    const tail = new Tail(path, () => gate.promise);
    await Deno.writeTextFile(path, "12345");
    assert.equal(tail.backlog(), 5);
    gate.resolve();
    tail.end();
    await tail.done;
    assert.equal(tail.backlog(), 0);
  }));

Deno.test("Port delivers its source, closes its half, and still listens", () =>
  withFolder(async (folder) => {
    const path = join(folder, "socket");
    const recording = new Recording();
    const port = new Port(path, {
      sink: recording.sink,
      source: encoder.encode("question"),
      closes: true,
    });
    const guest = await Deno.connect({ transport: "unix", path });
    assert.equal(text(await readAll(guest)), "question");
    await guest.write(encoder.encode("answer"));
    guest.close();
    await port.done;
    assert.equal(text(recording.bytes()), "answer");
  }));

Deno.test("Port lets go when no one ever connects", () =>
  withFolder(async (folder) => {
    const port = new Port(join(folder, "socket"), {});
    port.close();
    await port.done;
  }));

Deno.test("Recording keeps nothing that it only passes on", () => {
  const chunks: string[] = [];
  const recording = new Recording(
    (chunk) => void chunks.push(text(chunk)),
    false,
  );
  recording.sink(encoder.encode("a"));
  assert.deepEqual(chunks, ["a"]);
  assert.equal(recording.bytes().length, 0);
  assert.notEqual(recording.first, undefined);
});

async function readAll(connection: Deno.Conn): Promise<Uint8Array> {
  const recording = new Recording();
  const buffer = new Uint8Array(100);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return recording.bytes();
    recording.sink(buffer.slice(0, length));
  }
}
