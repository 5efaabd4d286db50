import assert from "#assert";
import { initramfsEntries, type Plan } from "../../tools/vm/initramfs.ts";

const modules = ["virtio", "fuse"].map((name) => ({
  name,
  data: new Uint8Array([1]),
}));

function planOf(plan: Plan): string {
  const entry = initramfsEntries(new Uint8Array(), plan, modules)
    .find(({ path }) => path === "plan");
  return new TextDecoder().decode(entry?.data);
}

Deno.test("initramfsEntries() plans the modules in their order, then the rest", () => {
  assert.equal(
    planOf({
      modules: [],
      ports: ["krun-stdin", "krun-stderr"],
      readOnly: true,
    }),
    `module /virtio.ko
module /fuse.ko
read-only
exit-probe
port krun-stdin
port krun-stderr
`,
  );
});

Deno.test("initramfsEntries() plans no more than is wanted", () => {
  assert.equal(
    planOf({ modules: [], ports: [], readOnly: false }),
    "module /virtio.ko\nmodule /fuse.ko\nexit-probe\n",
  );
});

Deno.test("initramfsEntries() holds stage0, the console and each module", () => {
  const plan = { modules: [], ports: [], readOnly: false };
  const paths = initramfsEntries(new Uint8Array(), plan, modules)
    .map(({ path }) => path);
  assert.deepEqual(paths, [
    "dev",
    "dev/console",
    "dev/kmsg",
    "init",
    "plan",
    "virtio.ko",
    "fuse.ko",
  ]);
});
