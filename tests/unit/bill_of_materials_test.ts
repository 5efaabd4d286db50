/** Tests of the bill of materials, by the official schema of CycloneDX. */

import assert from "#assert";
// What the validator looks for by itself.
import "ajv";
import "ajv-formats";
import "ajv-formats-draft2019";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { createHash } from "node:crypto";
import {
  type BillInput,
  billOfMaterials,
} from "../../tools/bill_of_materials.ts";
import { manifestImage } from "../../tools/manifest.ts";
import { moduleGraph } from "../../tools/module_graph.ts";

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

const encoder = new TextEncoder();

/** No image has one so far, but who changes it may add some. */
const jsonc = (await moduleGraph(["tests/unit/json_text_test.ts"])).packages
  .find(({ name }) => name === "jsonc-parser");

const input: BillInput = {
  image: manifestImage(
    "/somewhere/krun-init",
    encoder.encode("an image"),
    {
      version: "0.1.0",
      arch: "aarch64",
      features: ["tdx", "timesync"],
      runtime: "deno 2.9.6",
      digest: "",
    },
    ["libc6:arm64 1.0-2 is not the locked version 1.0-1"],
  ),
  files: [
    { name: "krun-init", data: encoder.encode("native") },
    { name: "libc.so.6", data: encoder.encode("library") },
    { name: "deno", data: encoder.encode("runtime") },
  ],
  origins: [
    {
      name: "deno",
      version: "2.9.6",
      purl: "pkg:npm/%40deno/linux-arm64-glibc@2.9.6",
      licence: "MIT",
      files: ["deno"],
      changes: "Painted green",
    },
    {
      name: "libc6",
      version: "1.0-2",
      purl: "pkg:deb/debian/libc6@1.0-2?arch=arm64",
      licence: "LGPL-2.1-or-later",
      hashes: { "SHA-256": "a".repeat(64) },
      files: ["libc.so.6"],
    },
    ...jsonc === undefined ? [] : [jsonc],
  ],
  tools: { deno: "2.9.6", gcc: "(Debian 12.2.0-14) 12.2.0" },
};

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

Deno.test("billOfMaterials() is valid CycloneDX", async () => {
  assert.equal(await validator.validate(billOfMaterials(input)), null);
});

Deno.test("the validator finds what is wrong with a bill", async () => {
  const wrong: readonly [RegExp | string, string][] = [
    ['"CycloneDX"', '"Cyclone"'],
    ["urn:uuid:", "uuid:"],
    [/"SHA-384"/, '"SHA-385"'],
    ['"firmware"', '"init"'],
    [/"serialNumber"/, '"serial"'],
    [/[\da-f]{64}/, "xyz"],
  ];
  for (const [from, to] of wrong) {
    const text = billOfMaterials(input).replace(from, to);
    assert.notEqual(await validator.validate(text), null, to);
  }
});

Deno.test("billOfMaterials() names the image, every file once, and every work of others", () => {
  const bill = JSON.parse(billOfMaterials(input));
  const { component } = bill.metadata;
  assert.equal(component.name, "krun-init");
  assert.equal(component.hashes[0].content, sha256("an image"));
  assert.deepEqual(
    component.properties.map((property: { value: string }) => property.value),
    [
      "aarch64",
      "deno 2.9.6",
      "tdx",
      "timesync",
      "libc6:arm64 1.0-2 is not the locked version 1.0-1",
    ],
  );
  const file = (name: string, text: string): unknown => ({
    type: "file",
    name,
    hashes: [{ alg: "SHA-256", content: sha256(text) }],
  });
  assert.deepEqual(component.components, [file("krun-init", "native")]);
  assert.deepEqual(
    bill.components.map((
      { name, purl, components, pedigree }: Record<string, unknown>,
    ) => [name, purl, components, pedigree]),
    [
      [
        "deno",
        "pkg:npm/%40deno/linux-arm64-glibc@2.9.6",
        [file("deno", "runtime")],
        { notes: "Painted green" },
      ],
      [
        "libc6",
        "pkg:deb/debian/libc6@1.0-2?arch=arm64",
        [file("libc.so.6", "library")],
        undefined,
      ],
      ["jsonc-parser", "pkg:npm/jsonc-parser@3.3.1", [], undefined],
    ],
  );
});

Deno.test("billOfMaterials() is the same for the same image, and another for another", () => {
  const bill = billOfMaterials(input);
  assert.equal(billOfMaterials(structuredClone(input)), bill);
  const image = { ...input.image, sha256: "b".repeat(64) };
  const serial = /urn:uuid:[\da-f-]+/;
  assert.notEqual(
    serial.exec(billOfMaterials({ ...input, image }))?.[0],
    serial.exec(bill)?.[0],
  );
});
