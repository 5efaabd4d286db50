import assert from "#assert";
import { replaceFile } from "../../tools/replace_file.ts";

Deno.test("replaceFile() of the tools leaves nothing behind where it fails", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-unit-replace-" });
  try {
    await Deno.mkdir(`${folder}/taken`);
    await assert.rejects(replaceFile(`${folder}/taken`, new Uint8Array(1)));
    await replaceFile(`${folder}/new/file`, new Uint8Array([1, 2]));
    assert.deepEqual(
      [...await Deno.readFile(`${folder}/new/file`)],
      [1, 2],
    );
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names.sort(), ["new", "taken"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
