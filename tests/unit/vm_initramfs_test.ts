import assert from "#assert";
import {
  initramfsEntries,
  initrdParameter,
  type Plan,
} from "../../tools/vm/initramfs.ts";

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
      initrd: false,
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
    planOf({ modules: [], ports: [], readOnly: false, initrd: false }),
    "module /virtio.ko\nmodule /fuse.ko\nexit-probe\n",
  );
});

Deno.test("initramfsEntries() leaves /init to an initramfs for a TEE", () => {
  const plan = { modules: [], ports: [], readOnly: false, initrd: true };
  const paths = initramfsEntries(new Uint8Array(), plan, modules)
    .map(({ path }) => path);
  assert.ok(paths.includes("stage0") && !paths.includes("init"));
  assert.equal(
    planOf(plan),
    "module /virtio.ko\nmodule /fuse.ko\ninitrd\n",
  );
  assert.equal(initrdParameter, "rdinit=/stage0");
});

Deno.test("initramfsEntries() holds stage0, the console and each module", () => {
  const plan = { modules: [], ports: [], readOnly: false, initrd: false };
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
