import assert from "#assert";
import { ensurePrograms } from "../../tools/programs.ts";
import { run } from "../../tools/run.ts";
import { runtime } from "../fixtures/base.ts";
import { assertClean } from "../fixtures/disks.ts";
import { makeRoot } from "../fixtures/roots.ts";
import { boot, configFile } from "./vm_helper.ts";

await ensurePrograms([
  { program: "mke2fs", package: "e2fsprogs" },
  { program: "mkfs.erofs", package: "erofs-utils" },
]);

const folder = await Deno.makeTempDir({ prefix: "krun-volumes-" });
globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});

const volume = (
  ...[destination, type, source, ...options]: string[]
): unknown => ({ destination, type, source, options });

Deno.test("a guest has the volumes of its config, and what it writes to them stays", async () => {
  const share = `${folder}/share`;
  await Deno.mkdir(share);
  await Deno.writeTextFile(`${share}/file`, "of the share\n");
  const lower = await makeRoot({
    folders: [],
    files: { "/lower": "of the erofs\n" },
  });
  const [db, image] = [`${folder}/db`, `${folder}/image`];
  await run("mke2fs", ["-q", "-t", "ext4", "-L", "db", db, "16M"]);
  await run("mkfs.erofs", ["--quiet", image, lower]);
  const script = `cat /data/file /lower/lower /both/lower /bound/file
    echo guest > /data/new; echo guest > /db/new; echo guest > /both/new
    echo guest > /open/bound
    cut -d' ' -f2,3,4 /proc/mounts | grep -E '^/(data|db|lower|both|bound) '`;
  const { status, output, console } = await boot({
    rootfs: await makeRoot({
      busybox: true,
      folders: ["dev", "proc", "sys", "tmp"],
    }),
    shares: { data: share },
    disks: [db, image],
    modules: ["ext4", "erofs", "overlay"],
    config: configFile({
      annotations: { "krun-init.oci": "1" },
      process: {
        args: ["/bin/busybox", "sh", "-c", script],
        env: ["PATH=/bin"],
      },
      mounts: [
        volume("/data", "virtiofs", "data", "nodev"),
        volume("/db", "ext4", "LABEL=db", "noatime", "nofail"),
        volume("/lower", "erofs", "/dev/vdb"),
        volume(
          ...["/both", "overlay", "overlay", "lowerdir=/lower"],
          ...["upperdir=/db/upper", "workdir=/db/work"],
        ),
        volume("/bound", "bind", "/data", "ro"),
        volume("/open", "bind", "/data"),
        volume("/missing", "ext4", "LABEL=none", "nofail"),
      ],
    }),
  });
  assert.equal(status, 0, console);
  const [contents, mounts] = [output.split("\n").slice(0, 4), output];
  assert.deepEqual(contents, [
    ...["of the share", "of the erofs", "of the erofs", "of the share"],
  ]);
  assert.match(mounts, /^\/data virtiofs rw,nodev,relatime$/m);
  assert.match(mounts, /^\/db ext4 rw,noatime$/m);
  assert.match(mounts, /^\/lower erofs ro,/m);
  assert.match(mounts, /^\/both overlay rw,/m);
  // What the bound mount does not allow stays so.
  assert.match(mounts, /^\/bound virtiofs ro,nodev,/m);
  assert.match(
    console,
    /krun-init: volumes: No device LABEL=none in 2000 ms \(going on without \/missing\)/,
  );
  assert.equal(await Deno.readTextFile(`${share}/new`), "guest\n");
  assert.equal(await Deno.readTextFile(`${share}/bound`), "guest\n");
  await assertClean(db);
  for (const path of ["/new", "/upper/new"]) {
    assert.equal(await run("debugfs", ["-R", `cat ${path}`, db]), "guest\n");
  }
});

Deno.test("deno task boot gives a guest folders of the host's", async () => {
  const [open, closed] = [`${folder}/open`, `${folder}/closed`];
  for (const path of [open, closed]) {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/file`, `${path}\n`);
  }
  const config = `${folder}/image.json`;
  await Deno.writeFile(config, configFile({ Config: { Env: ["A=kept"] } }));
  const script = "cat /data/file /a/b/file; echo $A; echo guest > /data/new;" +
    " (echo guest > /a/b/new) 2>/dev/null || exit 7";
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-qA", "tools/boot.ts", "--runtime", runtime],
      ...["--volume", `${open}:/data`, "--volume", `${closed}:/a/b:ro`],
      ...["--config", config, "--", "/bin/sh", "-c", script],
    ],
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 7, decoder.decode(stderr));
  assert.equal(decoder.decode(stdout), `${open}\n${closed}\nkept\n`);
  assert.equal(await Deno.readTextFile(`${open}/new`), "guest\n");
});

Deno.test("a guest whose volume is not there does not run", async () => {
  const { status, output, console } = await boot({
    config: configFile({
      args: ["/bin/busybox", "echo", "ran"],
      mounts: [volume("/data", "virtiofs", "none", "ro")],
    }),
  });
  assert.equal(status, 125);
  assert.equal(output, "");
  assert.match(
    console,
    /krun-init: volumes: \/data: makeMount\("virtiofs", "none"/,
  );
});
