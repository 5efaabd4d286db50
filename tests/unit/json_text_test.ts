import assert from "#assert";
import fc from "fast-check";
import { findNodeAtLocation, type ParseError, parseTree } from "#jsonc";
import {
  type JsonText,
  parseJsonText,
  type Place,
} from "../../stages/formats/json_text.ts";

/** What a text says, without the way to look for places. */
function parse(text: string): Omit<JsonText, "locate"> {
  const { value, duplicates, moreDuplicates } = parseJsonText(text);
  return { value, duplicates, moreDuplicates };
}

function locate(text: string, path: string): Place | undefined {
  return parseJsonText(text).locate([path])[0];
}

Deno.test("parseJsonText() reads JSON as JSON.parse() does", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    assert.deepEqual(parse(text), {
      value: JSON.parse(text),
      duplicates: [],
      moreDuplicates: 0,
    });
  }));
});

Deno.test("parseJsonText() reads comments and trailing commas", () => {
  assert.deepEqual(
    parse('{ // a\n "a": [1, /* b */ 2,],\n "b": null,}\n'),
    { value: { a: [1, 2], b: null }, duplicates: [], moreDuplicates: 0 },
  );
});

Deno.test("parseJsonText() finds every key that is there twice; the last one counts", () => {
  assert.deepEqual(
    parse('{"a": {"b": 1, "b": 2},\n "c": [{"d": 3, "d": 4}], "a": 5}'),
    {
      value: { a: 5, c: [{ d: 4 }] },
      duplicates: [
        ["a.b", { line: 1, column: 16 }],
        ["c[0].d", { line: 2, column: 17 }],
        ["a", { line: 2, column: 27 }],
      ],
      moreDuplicates: 0,
    },
  );
});

Deno.test("parseJsonText() takes no text in a string for a key", () => {
  for (const text of ['{"a": "\\"b\\": 1"}', '{"a\\\\": "b"}', '["a: b"]']) {
    assert.deepEqual(parse(text), {
      value: JSON.parse(text),
      duplicates: [],
      moreDuplicates: 0,
    });
  }
  assert.equal(parseJsonText('{"a\\"": 1, "a\\"" : 2}').duplicates.length, 1);
});

Deno.test("parseJsonText() is not confused by the names of JavaScript's own objects", () => {
  const { value } = parseJsonText('{"__proto__": {"a": 1}, "b": 2,}');
  assert.deepEqual(Object.keys(value as object), ["__proto__", "b"]);
  assert.equal((value as { a?: number }).a, undefined);
});

Deno.test("parseJsonText() says where and what is wrong", () => {
  const wrong = {
    "": "line 1, column 1: a value is missing",
    '{"a": 1': "line 1, column 8: a closing brace is missing",
    '{\n "a" 1}': "line 2, column 6: a colon is missing",
    '{"a": 1}\n{': "line 2, column 1: text behind the end",
    '{"a": "\\q"}': "line 1, column 7: a bad escape",
    "{'a': 1}": "line 1, column 2: not JSON",
    "\ufeff{}": "line 1, column 1: not JSON",
    '{"a": 1 /*': "line 1, column 9: a comment without an end",
    '{"a": /': "line 1, column 7: not JSON",
    "[1, 2": "line 1, column 6: a closing bracket is missing",
    "[1,, 2]": "line 1, column 4: a value is missing",
    '["a"}': "line 1, column 5: a closing bracket is missing",
    '{"a": }': "line 1, column 7: a value is missing",
    '{"a": 1 "b": 2}': "line 1, column 9: a comma is missing",
    "{, }": "line 1, column 2: a property name is missing",
    "[01, 1.]": "line 1, column 2: not a number",
    "[nil]": "line 1, column 2: not JSON",
    '["\\u12x4"]': "line 1, column 2: a bad \\u escape",
    '["\t"]': "line 1, column 2: a control character in a string",
    '["\n"]': "line 1, column 2: a string without an end",
  };
  for (const [text, message] of Object.entries(wrong)) {
    assert.throws(() => parseJsonText(text), { name: "SyntaxError", message });
  }
});

Deno.test("parseJsonText() refuses what is nested too deeply, and does not overflow", () => {
  const deep = "[".repeat(200_000);
  assert.throws(() => parseJsonText(deep), {
    name: "SyntaxError",
    message: "line 1, column 10001: nested too deeply",
  });
  const valid = `${deep}${"]".repeat(200_000)}`;
  assert.equal(Array.isArray(parseJsonText(valid).value), true);
});

Deno.test("parseJsonText() throws nothing but SyntaxError, whatever the text", () => {
  const pieces = fc.constantFrom(
    ...['{"a":1}', "{", "}", "[", "]", ",", ":", '"a"', "1", "//", "/*", "*/"],
    ...["\n", "\\", '"', "null", "\ud800", "\u0000", "-", "e"],
  );
  fc.assert(fc.property(fc.array(pieces), (parts) => {
    try {
      parseJsonText(parts.join(""));
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }));
});

/** Items of an array and fields of an object, longer than what is parsed at once. */
const rows = {
  '"a",': (row: string) => `[${row}1,]`,
  " -1.5e3 ,\n": (row: string) => `[${row}1,]`,
  '{"a": [1, {}]}, ': (row: string) => `[${row}1,]`,
  '"a\\",b": "c",': (row: string) => `[{${row}"d": 1,}]`,
  '"a": {"b": "],"},': (row: string) => `[{${row}"d": 1,}]`,
};

Deno.test("parseJsonText() goes through long rows of the same kind, behind comments and before commas at the end", () => {
  for (const [item, around] of Object.entries(rows)) {
    const row = item.repeat(3000);
    const { value } = parseJsonText(around(`/* , */ ${row}`));
    const plain = around(row).replace(/,(.)?\]$/, "$1]");
    assert.deepEqual(value, JSON.parse(plain), item);
  }
});

Deno.test("parseJsonText() finds what is wrong inside a long row, where it is", () => {
  const wrong = {
    "01,": "not a number",
    ",": "a value is missing",
    "1 1,": "a comma is missing",
    "],": "text behind the end",
    "'": "not JSON",
  };
  for (const [part, message] of Object.entries(wrong)) {
    for (const before of [1, 1364, 1365, 1366, 1367, 3000]) {
      const text = `[${"1,\n".repeat(before)}${part}${"1,\n".repeat(3000)}1]`;
      const column = part.startsWith("1") ? 3 : part.startsWith("]") ? 2 : 1;
      assert.throws(() => parseJsonText(text), {
        name: "SyntaxError",
        message: `line ${before + 1}, column ${column}: ${message}`,
      });
    }
  }
});

Deno.test("locate() finds a value by its path", () => {
  const text = '{"process":\n  {"args": ["x",\n 5], "args2": 1}}';
  assert.deepEqual(locate(text, "process"), { line: 2, column: 3 });
  assert.deepEqual(locate(text, "process.args[1]"), { line: 3, column: 2 });
  assert.deepEqual(locate(text, "process.args2"), { line: 3, column: 15 });
  for (const path of ["nothing", "process.args[2]", "process.args.a.b"]) {
    assert.equal(locate(text, path), undefined);
  }
});

Deno.test("locate() finds several values, in whatever order they are asked for", () => {
  const text = '{"a": [1, {"b": 2}], "c": 3}';
  const places = {
    ...{ "c": 27, "a[1].b": 17, "nothing": undefined, "a": 7, "a[0]": 8 },
  };
  assert.deepEqual(
    parseJsonText(text).locate(Object.keys(places)),
    Object.values(places).map((column) => column && { line: 1, column }),
  );
});

Deno.test("parseJsonText() takes any number of comments, with stars in them or not", () => {
  const comments = `${"/**/\n".repeat(3000)}/* a * b *//***/`;
  assert.deepEqual(parse(`[1,${comments}2]`).value, [1, 2]);
  assert.throws(() => parseJsonText(`[1,${comments}/* *`), {
    message: "line 3001, column 17: a comment without an end",
  });
});

Deno.test("locate() takes dots and brackets in a name for what they are", () => {
  const text = '{"a.b": {"c": [1, 2]}, "a": {"b": 3, "d[0]": 4}}';
  assert.deepEqual(locate(text, "a.b.c[1]"), { line: 1, column: 19 });
  assert.deepEqual(locate(text, "a.d[0]"), { line: 1, column: 46 });
});

Deno.test("locate() finds the one that counts of two", () => {
  assert.deepEqual(locate('{"a":1,"a":2}', "a"), { line: 1, column: 12 });
});

Deno.test("parseJsonText() takes time in proportion to the text, whatever is wrong with it", () => {
  const size = 1 << 20;
  const texts = [
    `{"env": [${"1,".repeat(size / 2)}]}`,
    `[${'"a" ,'.repeat(size / 5)}1]`,
    `{${Array.from({ length: size / 8 }, (_, n) => `"${n}":1`).join(",")},}`,
    "[".repeat(size),
    `"${"\\\\".repeat(size / 2)}`,
    `// ${"x".repeat(size)}`,
    '"'.repeat(size),
    "\n".repeat(size),
  ];
  for (const text of texts) {
    const start = performance.now();
    try {
      parseJsonText(text).locate(["env[10]"]);
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
    }
    // A quadratic one would take minutes.
    const time = performance.now() - start;
    assert.ok(time < 5000, `${text.slice(0, 10)}: ${time} ms`);
  }
});

function placeOf(text: string, offset: number | undefined): Place {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** A text that is almost JSONC. */
const almost = fc.oneof(
  fc.array(
    fc.constantFrom(
      ...['{"a":1}', "{", "}", "[", "]", ",", ",", ":", '"a"', '"b"', "1", "-"],
      ...["// c\n", "/* c */", "/*", "\n", " ", '"\\""', "true", "/", '"a":'],
      ...['"\\x"', '"\\u12"', '"\t"', "01", "1.", "nul", "1e5", "'"],
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join("")),
  fc.tuple(
    fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
    fc.array(fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(",", "/* ], */", "//\n", " ", "]", "}", ",/* */", '"'),
    )),
  ).map(([text, inserted]) =>
    inserted.reduce((text, [place, part]) => {
      const at = Math.floor(place * text.length);
      return `${text.slice(0, at)}${part}${text.slice(at)}`;
    }, text)
  ),
);

Deno.test("parseJsonText() takes what jsonc-parser takes, and finds everything where that has it", () => {
  let taken = 0;
  fc.assert(
    fc.property(almost, (text) => {
      const errors: ParseError[] = [];
      const tree = parseTree(text, errors, { allowTrailingComma: true });
      const [first] = errors;
      if (first !== undefined || tree === undefined) {
        assert.throws(() => parseJsonText(text), ({ name, message }: Error) => {
          assert.equal(name, "SyntaxError");
          // It sees where a number ends, not where a wrong one begins.
          if (message.endsWith("not a number")) return true;
          const { line, column } = placeOf(text, first?.offset ?? 0);
          return message.startsWith(`line ${line}, column ${column}: `);
        });
        return;
      }
      taken += 1;
      const { locate, value } = parseJsonText(text);
      if (typeof value !== "object" || value === null) return;
      for (const key of Object.keys(value)) {
        if (key === "" || /[.[]/.test(key)) continue;
        const [segment, path] = Array.isArray(value)
          ? [Number(key), `[${key}]`]
          : [key, key];
        const node = Array.isArray(value)
          ? findNodeAtLocation(tree, [segment])
          : tree.children?.findLast(({ children: [name] = [] }) =>
            name?.value === key
          )?.children?.[1];
        assert.deepEqual(locate([path]), [placeOf(text, node?.offset)]);
      }
    }),
    { numRuns: 20_000 },
  );
  assert.ok(taken > 1000, `${taken}`);
});
