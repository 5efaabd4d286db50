import assert from "#assert";
import {
  chunkSize,
  composeImage,
  findRuntime,
  type ImageFile,
  type ImageParts,
  readArguments,
  roles,
  tableOffset,
} from "../../tools/image.ts";
import { run } from "../../tools/run.ts";
import { compile } from "../fixtures/compile.ts";

/** The layout as native/image.h has it; see the head of image_layout.c. */
type Layout = { readonly magic: string } & Readonly<Record<string, number>>;

const layout: Layout = JSON.parse(
  await run(
    await compile({ name: "image_layout", sources: ["image_layout.c"] }),
    [],
  ),
);

/** A number of the layout. */
function layoutOf(name: string): number {
  const value = layout[name];
  if (typeof value !== "number") throw new Error(`There is no ${name}`);
  return value;
}

function bytes(size: number, value: number): Uint8Array {
  return new Uint8Array(size).fill(value);
}

function file(
  name: string,
  size: number,
  role: ImageFile["role"] = "file",
): ImageFile {
  return { name, role, data: bytes(size, 0xff) };
}

const parts: ImageParts = {
  native: bytes(1000, 0x11),
  files: [
    { name: "runtime", role: "runtime", data: bytes(65537, 0x22) },
    { name: "ld.so", role: "interpreter", data: bytes(65536, 0x33) },
    { name: "libc.so.6", role: "library", data: bytes(1, 0x44) },
    { name: "main.js", role: "file", data: bytes(0, 0) },
    { name: "shim.so", role: "file", data: bytes(10, 0x55) },
    { name: "tool.js", role: "tool", data: bytes(10, 0x66) },
    { name: "boot.js", role: "boot", data: bytes(10, 0x77) },
  ],
  args: ["deno", "run", "@main.js", "@", "ä"],
  environment: ["HOME=/", "NO_COLOR=1"],
};

/** An image's table as the launcher reads it. */
interface Table {
  /** Numbers of the runtime's chunks. */
  readonly hot: readonly number[];
  readonly files: readonly {
    readonly name: string;
    readonly offset: number;
    readonly size: number;
    readonly role: number;
  }[];
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

/** Reads the table with the offsets and sizes of native/image.h. */
function readTable(image: Uint8Array): Table {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const start = layoutOf("tableOffset");
  const field = (name: string): number =>
    start + layoutOf(`image_table.${name}`);
  const magic = view.getBigUint64(field("magic"), true);
  assert.equal(magic.toString(16), layout.magic);
  const count = view.getUint32(field("files"), true);
  const files = Array.from({ length: count }, (_, n) => {
    const entry = field("file") + n * layoutOf("fileSize");
    const at = (name: string): number => entry + layoutOf(`image_file.${name}`);
    const name = image.subarray(at("name"), at("name") + layoutOf("nameSize"));
    return {
      name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
      offset: Number(view.getBigUint64(at("offset"), true)),
      size: Number(view.getBigUint64(at("size"), true)),
      role: view.getUint32(at("role"), true),
    };
  });
  const words = new TextDecoder().decode(
    image.subarray(field("words"), field("words") + layoutOf("wordsSize")),
  ).split("\0");
  const args = view.getUint32(field("arguments"), true);
  const environment = view.getUint32(field("environment"), true);
  return {
    files,
    hot: Array.from({ length: layoutOf("hotSize") * 8 }, (_, n) => n)
      .filter((n) => (image[field("hot") + (n >> 3)] ?? 0) >> (n & 7) & 1),
    args: words.slice(0, args),
    environment: words.slice(args, args + environment),
  };
}

Deno.test("composeImage() writes what native/image.h reads", () => {
  const { files, args, environment } = readTable(composeImage(parts));
  assert.deepEqual(
    files.map(({ name, size, role }) => [name, size, role]),
    [
      ["runtime", 65537, layoutOf("runtime")],
      ["ld.so", 65536, layoutOf("interpreter")],
      ["libc.so.6", 1, layoutOf("library")],
      ["main.js", 0, layoutOf("file")],
      ["shim.so", 10, layoutOf("file")],
      ["tool.js", 10, layoutOf("tool")],
      ["boot.js", 10, layoutOf("boot")],
    ],
  );
  assert.deepEqual(args, parts.args);
  assert.deepEqual(environment, parts.environment);
  assert.equal(tableOffset, layoutOf("tableOffset"));
  for (const [name, role] of Object.entries(roles)) {
    assert.equal(role, layoutOf(name));
  }
});

Deno.test("composeImage() puts the native program first, and every file whole at an aligned place", () => {
  const image = composeImage(parts);
  const { files } = readTable(image);
  assert.deepEqual(
    files.map(({ offset }) => offset),
    [0x10000, 0x30000, 0x40000, 0x50000, 0x50000, 0x60000, 0x70000],
  );
  assert.equal(image.length, 0x70000 + 10);
  files.forEach(({ offset, size }, n) => {
    assert.equal(offset % layoutOf("alignment"), 0);
    assert.deepEqual(
      image.subarray(offset, offset + size),
      parts.files[n]?.data,
    );
  });
  assert.deepEqual(image.subarray(0, 1000), parts.native);
});

Deno.test("composeImage() leaves zeros between the parts", () => {
  const image = composeImage(parts);
  const used: [number, number][] = [
    [0, 1000],
    [layoutOf("tableOffset"), layoutOf("tableSize")],
    ...readTable(image).files.map(({ offset, size }): [number, number] => [
      offset,
      size,
    ]),
  ];
  const rest = image.slice();
  for (const [offset, size] of used) rest.fill(0, offset, offset + size);
  assert.ok(rest.every((byte) => byte === 0));
});

Deno.test("composeImage() gives the same bytes for the same parts", () => {
  assert.deepEqual(composeImage(parts), composeImage(structuredClone(parts)));
});

Deno.test("composeImage() makes an image without files", () => {
  const image = composeImage({ ...parts, files: [] });
  assert.equal(
    image.length,
    layoutOf("tableOffset") + layoutOf("tableSize"),
  );
  assert.deepEqual(readTable(image).files, []);
});

Deno.test("composeImage() takes a native program up to the table, and none that is larger", () => {
  const size = layoutOf("tableOffset");
  const image = composeImage({ ...parts, native: bytes(size, 0x11) });
  assert.equal(image[size - 1], 0x11);
  assert.equal(readTable(image).files.length, parts.files.length);
  assert.throws(() => composeImage({ ...parts, native: bytes(size + 1, 1) }), {
    message:
      "The native program has 32769 bytes, more than the 32768 before the table",
  });
});

Deno.test("composeImage() takes as many files as the table has place for, and no more", () => {
  const many = (count: number): ImageFile[] =>
    Array.from({ length: count }, (_, n) => file(`file${n}`, 1));
  const count = layoutOf("maxFiles");
  const { files, args } = readTable(
    composeImage({ ...parts, files: many(count) }),
  );
  assert.equal(files.length, count);
  assert.equal(files.at(-1)?.name, `file${count - 1}`);
  assert.deepEqual(args, parts.args);
  assert.throws(() => composeImage({ ...parts, files: many(count + 1) }), {
    message: "The image has 17 files, the table has place for 16",
  });
});

Deno.test("composeImage() takes file names with their NUL in the table's place, and none that is longer", () => {
  const longest = "n".repeat(layoutOf("nameSize") - 1);
  const { files } = readTable(
    composeImage({ ...parts, files: [file(longest, 1)] }),
  );
  assert.equal(files[0]?.name, longest);
  for (const name of [`${longest}n`, `${longest.slice(1)}ä`]) {
    assert.throws(() => composeImage({ ...parts, files: [file(name, 1)] }), {
      message: `The file name ${name} is too long for the table`,
    });
  }
});

Deno.test("composeImage() takes words up to the table's place, and no more", () => {
  const size = layoutOf("wordsSize");
  const environment = ["A=1"];
  const longest = "w".repeat(size - "A=1\0".length - 1);
  const image = composeImage({ ...parts, args: [longest], environment });
  assert.deepEqual(readTable(image).args, [longest]);
  assert.deepEqual(readTable(image).environment, environment);
  assert.throws(
    () => composeImage({ ...parts, args: [`${longest}w`], environment }),
    {
      message:
        "The runtime's arguments and environment have 2049 bytes, the table has place for 2048",
    },
  );
});

Deno.test("composeImage() takes as many words as the launcher does, and no more", () => {
  const many = (count: number): string[] => Array(count).fill("w");
  const count = layoutOf("maxWords");
  const image = composeImage({
    ...parts,
    args: many(count),
    environment: many(count),
  });
  assert.deepEqual(readTable(image).args, many(count));
  assert.deepEqual(readTable(image).environment, many(count));
  for (const name of ["args", "environment"]) {
    assert.throws(() => composeImage({ ...parts, [name]: many(count + 1) }), {
      message:
        "The runtime's arguments or environment have 49 words, the launcher takes 48",
    });
  }
});

Deno.test("readArguments() gives back what composeImage() got", () => {
  assert.deepEqual(readArguments(composeImage(parts)), parts.args);
  const none = { ...parts, args: [] };
  assert.deepEqual(readArguments(composeImage(none)), []);
});

Deno.test("readArguments() refuses what is no image", () => {
  const image = composeImage(parts);
  image[tableOffset] = 0;
  for (const bytes of [image, image.subarray(0, tableOffset + 100)]) {
    assert.throws(() => readArguments(bytes), {
      message: "The file is no image of krun-init",
    });
  }
});

Deno.test("composeImage() marks the hot chunks, and none where none is known", () => {
  const last = layoutOf("hotSize") * 8 - 1;
  const hot = [0, 7, 8, 100, last];
  assert.equal(chunkSize, layoutOf("chunkSize"));
  assert.deepEqual(readTable(composeImage({ ...parts, hot })).hot, hot);
  assert.deepEqual(readTable(composeImage(parts)).hot, []);
  assert.throws(() => composeImage({ ...parts, hot: [last + 1] }), {
    message: "The runtime has a chunk 4096, the table has place for 4096",
  });
});

Deno.test("composeImage() says how the runtime was relocated, and nothing where it was not", () => {
  const prelink = { base: 0x10_0000_0000, relocations: 0x7400, count: 3 };
  const read = (image: Uint8Array): number[] =>
    ["base", "relocations", "count"].map((name) =>
      Number(
        new DataView(image.buffer).getBigUint64(
          layoutOf("tableOffset") + layoutOf("image_table.prelink") +
            layoutOf(`image_prelink.${name}`),
          true,
        ),
      )
    );
  assert.deepEqual(read(composeImage({ ...parts, prelink })), [
    0x10_0000_0000,
    0x7400,
    3,
  ]);
  assert.deepEqual(read(composeImage(parts)), [0, 0, 0]);
});

Deno.test("findRuntime() tells where the runtime lies", () => {
  const image = composeImage(parts);
  const { offset, size } = findRuntime(image);
  assert.deepEqual(image.subarray(offset, offset + size), parts.files[0]?.data);
  const files = parts.files.slice(1);
  assert.throws(() => findRuntime(composeImage({ ...parts, files })), {
    message: "The image has no runtime",
  });
});
