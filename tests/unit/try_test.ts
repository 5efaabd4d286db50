import assert from "#assert";
import { run } from "./command_line_helper.ts";

Deno.test("krun-init try says what is wrong with a call, before it does anything", async () => {
  const file = new URL(import.meta.url).pathname;
  const hint = " (see krun-init try --help)\n";
  for (
    const [args, reason] of [
      [[], `No --rootfs DIR is given${hint}`],
      [["--rootfs", ""], `No --rootfs DIR is given${hint}`],
      [["--", "--rootfs", "/"], `No --rootfs DIR is given${hint}`],
      [["--rootfs", "/", "--env", "A"], `--env A is not NAME=VALUE${hint}`],
      [["--rootfs", "/", "--env", "=a"], `--env =a is not NAME=VALUE${hint}`],
      [
        ["--rootfs", "/", "--volume", "/a"],
        `--volume /a is not HOSTDIR:/PATH[:ro]${hint}`,
      ],
      [
        ["--rootfs", "/", "--volume", `${file}:/a`],
        `${file} is not a directory\n`,
      ],
      [["--rootfs", "/", "/bin/sh"], "Unexpected argument '/bin/sh'"],
      [["--root", "/"], "Unknown option '--root'"],
      [["--rootfs", file], `${file} is not a directory\n`],
      [["--rootfs", "/", "--config", "/"], "/ is not a file\n"],
      [
        ["--rootfs", "/missing/root"],
        "Cannot read /missing/root: No such file or directory\n",
      ],
      [
        ["--rootfs", "/", "--config", "/missing/file"],
        "Cannot read /missing/file: No such file or directory\n",
      ],
    ] as const
  ) {
    const { status, stdout, stderr } = await run(["try", ...args]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.ok(stderr.startsWith(`krun-init: try: ${reason}`), stderr);
    assert.ok(stderr.trimEnd().split("\n").length === 1, stderr);
  }
});

Deno.test("krun-init try says what a namespace lacks, and when there is no image", async () => {
  const { status, stderr } = await run(["try", "--rootfs", "/"]);
  assert.equal(status, 2);
  const [first = "", second = ""] = stderr.split("\n");
  for (const lacking of ["devtmpfs", "cgroup2", "virtio ports", "reboot"]) {
    assert.ok(first.includes(lacking), first);
  }
  assert.equal(second, "krun-init: try: There is no image");
});
