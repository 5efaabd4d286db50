import assert from "#assert";
import {
  findReport,
  isTraceLine,
  lineReader,
  messageOf,
} from "../../tools/vm/console.ts";

const hit = (code: number, cmd = "0x7602"): string =>
  `[    2.88] krun_exit: (fuse_do_ioctl+0x0/0x800 [fuse]) cmd=${cmd} code=${code}\r\n`;

Deno.test("findReport() takes the last ioctl", () => {
  const text = `hello\r\n${hit(3)}${hit(7)}`;
  assert.deepEqual(findReport(text), { status: 7, source: "ioctl" });
});

Deno.test("findReport() takes an ioctl before a line", () => {
  const text = `${hit(3)}krun-init: exit-code 9\r\n`;
  assert.deepEqual(findReport(text), { status: 3, source: "ioctl" });
});

Deno.test("findReport() takes the last line where there is no ioctl", () => {
  const text = "krun-init: exit-code 9\r\nx krun-init: exit-code 4\r\n";
  assert.deepEqual(findReport(text), { status: 4, source: "line" });
});

Deno.test("findReport() ignores other ioctls", () => {
  assert.equal(findReport(hit(3, "0x5401")), undefined);
});

Deno.test("findReport() finds a hit behind other words and in a kernel without modules", () => {
  const text =
    "half a line[ 1.2] krun_exit: (fuse_do_ioctl+0x0/0x800) cmd=0x7602 code=5";
  assert.deepEqual(findReport(text), { status: 5, source: "ioctl" });
  const behindFirst = text.replace("+0x0", "+0x4");
  assert.deepEqual(findReport(behindFirst), { status: 5, source: "ioctl" });
});

Deno.test("findReport() keeps the low 8 bits, as the host's process does", () => {
  assert.equal(findReport(hit(256 + 5))?.status, 5);
  assert.equal(findReport(hit(-1))?.status, 255);
});

Deno.test("messageOf() returns the init's and stage0's words only", () => {
  assert.equal(
    messageOf("krun-init: mounts: Cannot mount /x"),
    "krun-init: mounts: Cannot mount /x",
  );
  assert.equal(
    messageOf("[    1.9] stage0: Cannot execute /init.krun"),
    "stage0: Cannot execute /init.krun",
  );
  assert.equal(messageOf("krun-init: exit-code 7"), undefined);
  assert.equal(messageOf(hit(7).trim()), undefined);
});

Deno.test("isTraceLine() knows a line of JSON", () => {
  assert.equal(isTraceLine('{"kind":"mark"}'), true);
  assert.equal(isTraceLine("krun-init: {}"), false);
});

Deno.test("lineReader() joins chunks into lines", () => {
  const lines: string[] = [];
  const read = lineReader((line) => lines.push(line));
  const bytes = new TextEncoder().encode("one\r\ntwö\nthree");
  for (const byte of bytes) read(Uint8Array.of(byte));
  assert.deepEqual(lines, ["one", "twö"]);
});
