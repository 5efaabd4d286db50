import assert from "#assert";
import { parseVolumes } from "../../tools/volume_option.ts";

Deno.test("parseVolumes() reads folder, path and ro", () => {
  assert.deepEqual(parseVolumes(["/a:/b", "../c:d:/e//./f/:ro", "C:/g"]), [
    { folder: "/a", path: "/b", readOnly: false },
    { folder: "../c:d", path: "/e/f", readOnly: true },
    { folder: "C", path: "/g", readOnly: false },
  ]);
});

Deno.test("parseVolumes() names what is wrong", () => {
  const form = "is not HOSTDIR:/PATH[:ro]";
  for (
    const [values, message] of [
      [["/a"], `--volume /a ${form}`],
      [["/a:b"], `--volume /a:b ${form}`],
      [[":/b"], `--volume :/b ${form}`],
      [["/a:/b:rw"], `--volume /a:/b:rw ${form}`],
      [["/a:/b:"], `--volume /a:/b: ${form}`],
      [["/a:/"], "--volume /a:/: / is no place for it"],
      [["/a:/b/../c"], "--volume /a:/b/../c: /b/../c is no place for it"],
      [["/a:/b", "/c:/b/"], "--volume /c:/b/: /b has one already"],
    ] as const
  ) {
    assert.throws(() => parseVolumes(values), { message });
  }
});
