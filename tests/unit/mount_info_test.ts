import assert from "#assert";
import { mountPoints } from "../../stages/formats/mount_info.ts";

/** A line of mountinfo, as proc_pid_mountinfo(5) has it. */
const line = (point: string): string =>
  `36 35 98:0 /mnt1 ${point} rw,noatime master:1 - ext3 /dev/root rw\n`;

Deno.test("mountPoints() reads the fifth field of every line", () => {
  const text = `${line("/")}${line("/dev")}${line("/dev/shm")}`;
  assert.deepEqual(mountPoints(text), new Set(["/", "/dev", "/dev/shm"]));
});

Deno.test("mountPoints() decodes the escapes of the kernel", () => {
  const points = [
    ["/a\\040b", "/a b"],
    ["/a\\011b", "/a\tb"],
    ["/a\\012b", "/a\nb"],
    ["/a\\134b", "/a\\b"],
    // What looks like an escape once it is decoded is none.
    ["/a\\134040", "/a\\040"],
    ["/a\\040\\040b", "/a  b"],
    ["/\\134", "/\\"],
    // Not of the kernel's making.
    ["/a\\048", "/a\\048"],
    ["/a\\04", "/a\\04"],
    ["/ä\udcff", "/ä\udcff"],
  ] as const;
  for (const [written, point] of points) {
    assert.deepEqual(mountPoints(line(written)), new Set([point]));
  }
});

Deno.test("mountPoints() finds nothing in an empty file, nor in a line cut short", () => {
  assert.deepEqual(mountPoints(""), new Set());
  assert.deepEqual(mountPoints("36 35 98:0 /mnt1\n"), new Set());
});
