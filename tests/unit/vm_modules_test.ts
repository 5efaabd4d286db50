import assert from "#assert";
import { loadOrder, moduleName, moduleNeeds } from "../../tools/vm/modules.ts";

const encoder = new TextEncoder();

Deno.test("moduleNeeds() reads the depends field", () => {
  const module = encoder.encode(
    "\x7fELF\xff\0license=GPL\0depends=virtio,virtio-ring\0retpoline=Y\0",
  );
  assert.deepEqual(moduleNeeds(module), ["virtio", "virtio_ring"]);
});

Deno.test("moduleNeeds() returns nothing when the field is empty or missing", () => {
  assert.deepEqual(moduleNeeds(encoder.encode("\0depends=\0")), []);
  assert.deepEqual(moduleNeeds(encoder.encode("\x7fELF")), []);
});

Deno.test("loadOrder() puts each module once and after its needs", async () => {
  const needs: Record<string, string[]> = {
    pci: ["ring", "virtio"],
    virtio: ["ring"],
    fs: ["fuse", "virtio"],
  };
  assert.deepEqual(
    await loadOrder(
      ["pci", "fs"],
      (name) => Promise.resolve(needs[name] ?? []),
    ),
    ["ring", "virtio", "pci", "fuse", "fs"],
  );
});

Deno.test("moduleName() writes a name as the kernel does", () => {
  assert.equal(moduleName("crc32c-intel"), "crc32c_intel");
});
