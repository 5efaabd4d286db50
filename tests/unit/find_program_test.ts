import assert from "#assert";
import { newHandover } from "../../stages/formats/handover_record.ts";
import { Refusal } from "../../ffi/recording_sys.ts";
import type { Entry } from "../../tools/command_line/plan/file_system.ts";
import { missingProgram } from "../../tools/command_line/plan/find_program.ts";

const read = (): Uint8Array => new Uint8Array();

const entries: Readonly<Record<string, Entry>> = {
  "/bin/app": { read, isExecutable: true },
  "/bin/text": { read, isExecutable: false },
  "/bin/unknown": { read },
  "/bin/folder": { list: () => [] },
  "/usr/bin/text": { read, isExecutable: true },
  "/srv/app": { read, isExecutable: true },
};

function find(path: string): Entry {
  if (path.startsWith("/loop/")) throw new Refusal("ELOOP");
  if (path.startsWith("/bin/app/")) throw new Refusal("ENOTDIR");
  const entry = entries[path.replaceAll("/./", "/")];
  if (entry === undefined) throw new Refusal("ENOENT");
  return entry;
}

Deno.test("missingProgram() looks for a command as the native program does", () => {
  for (
    const [command, path, errno] of [
      // A path of one's own, also from the working directory.
      ["/bin/app", "/nowhere", undefined],
      ["./app", undefined, undefined],
      ["/bin/unknown", undefined, undefined],
      ["/bin/none", undefined, "ENOENT"],
      ["/bin/app/x", undefined, "ENOTDIR"],
      ["/bin/folder", undefined, "EACCES"],
      ["/bin/text", undefined, "EACCES"],
      ["", undefined, "ENOENT"],
      // A name, in the folders of PATH or in those of none.
      ["app", undefined, undefined],
      ["app", "/usr/bin", "ENOENT"],
      ["app", "/usr/bin:/bin", undefined],
      ["app", "", undefined],
      ["none", "/bin:/bin/app:/usr/bin", "ENOENT"],
      ["x".repeat(256), undefined, "ENAMETOOLONG"],
      ["ä".repeat(128), undefined, "ENAMETOOLONG"],
      ["x".repeat(255), undefined, "ENOENT"],
      // EACCES is remembered while the search goes on, others end it.
      ["text", "/bin", "EACCES"],
      ["text", "/bin:/usr/bin", undefined],
      ["text", "/bin:/srv", "EACCES"],
      ["app", "/loop:/bin", "ELOOP"],
    ] as const
  ) {
    const environment = path === undefined ? ["A=b"] : [`PATH=${path}`];
    const handover = {
      ...newHandover(),
      ...{ args: [command, "argument"], cwd: "/srv", environment },
    };
    assert.equal(
      missingProgram(handover, find),
      errno,
      `${command} in ${path}`,
    );
  }
});
