import assert from "#assert";
import { join } from "node:path";
import { parseGuestConfig } from "../../stages/formats/guest_config.ts";
import { shareVolumes } from "../../tools/vm/volume_config.ts";

const volumes = [
  { folder: "/a", path: "/b", readOnly: false },
  { folder: "/c", path: "/d", readOnly: true },
];
const added = [
  { destination: "/b", type: "virtiofs", source: "volume0" },
  { destination: "/d", type: "virtiofs", source: "volume1", options: ["ro"] },
];

/** Shares them beside a config with this text. */
async function withConfig(
  text: string,
  place: "given" | "of the root" = "given",
): ReturnType<typeof shareVolumes> {
  const folder = await Deno.makeTempDir({ prefix: "krun-volume-config-" });
  const config = join(folder, ".krun_config.json");
  try {
    await Deno.writeTextFile(config, text);
    const options = place === "given" ? { config } : { rootfs: folder };
    return await shareVolumes(volumes, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function read(config: Awaited<ReturnType<typeof shareVolumes>>["config"]) {
  return parseGuestConfig(new TextDecoder().decode(config as Uint8Array));
}

Deno.test("shareVolumes() has the guest mount its shares by their tags", async () => {
  const { shares, config } = await shareVolumes(volumes, {});
  assert.deepEqual(shares, { volume0: "/a", volume1: "/c" });
  assert.deepEqual(read(config).config.mounts, added);
  const root = await shareVolumes(volumes, { rootfs: "/dev" });
  assert.deepEqual(read(root.config).config.mounts, added);
});

Deno.test("shareVolumes() keeps what the config says, of whatever form", async () => {
  const tmpfs = { destination: "/tmp", type: "tmpfs", source: "tmpfs" };
  const Config = { Cmd: ["a"], User: "5" };
  for (
    const [config, mounts] of [
      [{ args: ["a"], mounts: [tmpfs] }, [tmpfs]],
      [{ process: { args: ["a"] } }, []],
      [{ Config }, []],
      [[{ Id: "1f", Args: ["b"], Config }], []],
    ] as const
  ) {
    const before = parseGuestConfig(JSON.stringify(config));
    for (const place of ["given", "of the root"] as const) {
      const { config: text } = await withConfig(JSON.stringify(config), place);
      assert.deepEqual(read(text), {
        ...before,
        config: { ...before.config, mounts: [...mounts, ...added] },
      });
    }
  }
  const jsonc = await withConfig('\ufeff{ "args": ["a"], /* fine */ }');
  assert.deepEqual(read(jsonc.config).config.args, ["a"]);
});

Deno.test("shareVolumes() names a file that is no config", async () => {
  for (
    const [text, reason] of [
      ["{", /\/\.krun_config\.json: line 1, column 2: /],
      ["[]", /\/\.krun_config\.json: Not a JSON object but an array$/],
    ] as const
  ) {
    await assert.rejects(withConfig(text), reason);
  }
  await assert.rejects(
    shareVolumes(volumes, { config: "/missing/file" }),
    { message: "Cannot read /missing/file: No such file or directory" },
  );
});
