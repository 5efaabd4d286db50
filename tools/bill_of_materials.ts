/** The bill of materials of an image: CycloneDX 1.6, as JSON. */

import { createHash } from "node:crypto";
import type { ImageFile } from "./image.ts";
import type { ManifestImage } from "./manifest.ts";
import type { Origin } from "./origin.ts";

/** What a bill is made of. */
export interface BillInput {
  readonly image: ManifestImage;
  /** The image's files, and the native program as one of them. */
  readonly files: readonly Pick<ImageFile, "name" | "data">[];
  /** The works of others in it. */
  readonly origins: readonly Origin[];
  /** Versions of the programs that made it, by their names. */
  readonly tools: Readonly<Record<string, string>>;
}

/** A component of a bill (CycloneDX 1.6, `component`), so far as it is used. */
interface Component {
  readonly type: "application" | "library" | "file" | "firmware";
  readonly "bom-ref"?: string;
  readonly name: string;
  readonly version?: string;
  readonly hashes?: readonly { readonly alg: string; content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
  readonly purl?: string;
  readonly components?: readonly Component[];
  readonly pedigree?: { readonly notes: string };
  readonly properties?: readonly { readonly name: string; value: string }[];
}

const projectLicence = "Apache-2.0";

/**
 * Writes an image's bill of materials. The same image has the same bill: there
 * is no time in it, and its serial number is that of the image.
 */
export function billOfMaterials(
  { image, files, origins, tools }: BillInput,
): string {
  const ref = `krun-init@${image.version}`;
  const others = new Set(origins.flatMap((origin) => origin.files));
  const own = files.filter(({ name }) => !others.has(name));
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(image.sha256)}`,
    version: 1,
    metadata: {
      component: {
        type: "firmware",
        "bom-ref": ref,
        name: image.file,
        version: image.version,
        hashes: [
          { alg: "SHA-256", content: image.sha256 },
          { alg: "SHA-384", content: image.sha384 },
        ],
        licenses: [{ expression: projectLicence }],
        components: own.map(fileComponent),
        properties: [
          { name: "krun-init:arch", value: image.arch },
          { name: "krun-init:base", value: image.base },
          ...image.features.map((value) => ({
            name: "krun-init:feature",
            value,
          })),
          ...image.marks.map((value) => ({ name: "krun-init:mark", value })),
        ],
      } satisfies Component,
      tools: {
        components: Object.entries(tools).map(([name, version]) => ({
          type: "application",
          name,
          version,
        } satisfies Component)),
      },
    },
    components: origins.map((origin) => originComponent(origin, files)),
    dependencies: [
      { ref, dependsOn: origins.map(({ purl }) => purl) },
      ...origins.map(({ purl }) => ({ ref: purl })),
    ],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function originComponent(
  { name, version, purl, licence, hashes = {}, files: names, changes }: Origin,
  files: BillInput["files"],
): Component {
  return {
    type: names.includes("deno") ? "application" : "library",
    "bom-ref": purl,
    name,
    version,
    hashes: Object.entries(hashes).map(([alg, content]) => ({ alg, content })),
    licenses: [{ expression: licence }],
    purl,
    ...(changes !== undefined && { pedigree: { notes: changes } }),
    components: files.filter((file) => names.includes(file.name))
      .map(fileComponent),
  };
}

function fileComponent(
  { name, data }: Pick<ImageFile, "name" | "data">,
): Component {
  const content = createHash("sha256").update(data).digest("hex");
  return { type: "file", name, hashes: [{ alg: "SHA-256", content }] };
}

/** A UUID of the kind whose bits are its maker's own (RFC 9562, version 8). */
function uuidOf(digest: string): string {
  const bytes = Uint8Array.fromHex(digest).subarray(0, 16);
  bytes[6] = (bytes[6] as number) & 0x0f | 0x80;
  bytes[8] = (bytes[8] as number) & 0x3f | 0x80;
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
