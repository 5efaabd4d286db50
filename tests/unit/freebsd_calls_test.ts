import assert from "#assert";
import { freebsdCalls } from "../../tools/command_line/plan/freebsd_calls.ts";

Deno.test("freebsdCalls() spells out the vectors of nmount", () => {
  const parameters = {
    fstype: "cd9660",
    fspath: "/mnt",
    from: "/dev/iso9660/KRUN_CONFIG",
  };
  assert.deepEqual(freebsdCalls("nmount", [parameters, 1]), [
    '378 nmount([{"fstype\\0", 7}, {"cd9660\\0", 7}, {"fspath\\0", 7}, {"/mnt\\0", 5}, {"from\\0", 5}, {"/dev/iso9660/KRUN_CONFIG\\0", 25}], 6, 0x1)',
  ]);
});

Deno.test("freebsdCalls() spells out the numbers and bytes of ioctl", () => {
  assert.deepEqual(freebsdCalls("controllingTerminal", [5]), [
    "54 ioctl(5, TIOCSCTTY 0x20007461, NULL)",
  ]);
  const name = `6c6f30${"00".repeat(13)}`;
  assert.deepEqual(freebsdCalls("interfaceUp", ["lo0"]), [
    "97 socket(2, 0x10000002, 0)",
    `54 ioctl(3, SIOCGIFFLAGS 0xc0206911, [32 bytes: ${name}${
      "00".repeat(16)
    }])`,
    `54 ioctl(3, SIOCSIFFLAGS 0x80206910, [32 bytes: ${name}0100${
      "00".repeat(14)
    }])`,
    "6 close(3)",
  ]);
});

Deno.test("freebsdCalls() renders every kind of argument", () => {
  assert.deepEqual(freebsdCalls("kenv", ["HOSTNAME"]), [
    '390 kenv(KENV_GET 0, "HOSTNAME", [129 bytes], 129)',
  ]);
  assert.deepEqual(freebsdCalls("open", ["/dev/console", 6]), [
    '5 open("/dev/console", 0x6)',
  ]);
  assert.deepEqual(freebsdCalls("openAppending", ["/init.log"]), [
    '5 open("/init.log", 0x209, 0644)',
  ]);
  assert.deepEqual(freebsdCalls("setsid", []), ["147 setsid()"]);
  assert.deepEqual(freebsdCalls("mkdir", ["/mnt", 0o755]), [
    '136 mkdir("/mnt", 0755)',
  ]);
  assert.deepEqual(freebsdCalls("sethostname", ["box"]), [
    "202 __sysctl([8 bytes: 010000000a000000], 2, NULL, NULL, [3 bytes: 626f78], 3)",
  ]);
  assert.deepEqual(freebsdCalls("readFile", ["/f"]), [
    '5 open("/f", 0x100000)',
    "3 read(3, [65536 bytes], 65536)",
    "6 close(3)",
  ]);
  assert.deepEqual(
    freebsdCalls("readDirectory", ["/d"])[1],
    "554 getdirentries(3, [65536 bytes], 65536, NULL)",
  );
  assert.deepEqual(freebsdCalls("write", [2, new Uint8Array([65])]), [
    "4 write(2, [1 bytes: 41], 1)",
  ]);
  const long = new Uint8Array(65).fill(1);
  assert.deepEqual(freebsdCalls("write", [2, long]), [
    "4 write(2, [65 bytes], 65)",
  ]);
  assert.deepEqual(freebsdCalls("setBlocking", [5]), [
    "92 fcntl(5, 3)",
    "92 fcntl(5, 4, 0x2)",
  ]);
});

Deno.test("freebsdCalls() renders an end of the process, and no more", () => {
  assert.deepEqual(freebsdCalls("exit", [125]), [
    "36 sync()",
    "55 reboot(0)",
    "1 exit(125)",
  ]);
});

Deno.test("freebsdCalls() has nothing of what FreeBSD has not", () => {
  assert.deepEqual(freebsdCalls("openVsock", [123]), []);
});
