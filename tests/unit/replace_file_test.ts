import assert from "#assert";
import { recordingSys } from "../../ffi/recording_sys.ts";
import { type ErrnoName, SysError } from "../../ffi/sys_error.ts";
import { replaceFile } from "../../stages/replace_file.ts";

const path = "/etc/resolv.conf";
const bytes = new Uint8Array(5);

/** Replaces the file; returns the calls, and the error if there was one. */
function replace(
  links: Readonly<Record<string, string>> = {},
  failures: Readonly<Record<string, ErrnoName>> = {},
): { calls: readonly string[]; error: string | undefined } {
  const sys = recordingSys({
    failures,
    answers: {
      readLink(path) {
        const target = links[path];
        if (target === undefined) {
          throw new SysError(`readlink("${path}")`, "EINVAL");
        }
        return target;
      },
    },
  });
  try {
    replaceFile(sys, path, bytes);
    return { calls: sys.calls, error: undefined };
  } catch (error) {
    return { calls: sys.calls, error: (error as Error).message };
  }
}

const aside = 'write("/etc/resolv.conf.krun-init", 5 bytes)';
const rename = 'rename("/etc/resolv.conf.krun-init", "/etc/resolv.conf")';
const unlink = 'unlink("/etc/resolv.conf.krun-init")';
const inPlace = 'write("/etc/resolv.conf", 5 bytes)';
const before = ['readlink("/etc/resolv.conf")', 'mkdir("/etc", 0755)'];

Deno.test("replaceFile() writes aside and renames", () => {
  const expected = { calls: [...before, aside, rename], error: undefined };
  assert.deepEqual(replace(), expected);
  assert.deepEqual(replace({}, { mkdir: "EEXIST" }), expected);
});

Deno.test("replaceFile() writes where a symbolic link leads, and makes the way there", () => {
  const target = "/etc/../run/systemd/resolve/stub-resolv.conf";
  const { calls, error } = replace({
    [path]: "../run/systemd/resolve/stub-resolv.conf",
  });
  assert.equal(error, undefined);
  assert.deepEqual(calls, [
    'readlink("/etc/resolv.conf")',
    `readlink("${target}")`,
    'mkdir("/etc", 0755)',
    'mkdir("/etc/..", 0755)',
    'mkdir("/etc/../run", 0755)',
    'mkdir("/etc/../run/systemd", 0755)',
    'mkdir("/etc/../run/systemd/resolve", 0755)',
    `write("${target}.krun-init", 5 bytes)`,
    `rename("${target}.krun-init", "${target}")`,
  ]);
});

Deno.test("replaceFile() follows links from link to link", () => {
  const { calls } = replace({ [path]: "a", "/etc/a": "/b", "/b": "/r/c" });
  assert.equal(calls.at(-1), 'rename("/r/c.krun-init", "/r/c")');
  assert.equal(calls.includes('mkdir("/r", 0755)'), true);
});

Deno.test("replaceFile() writes into the root itself", () => {
  const { calls } = replace({ [path]: "/resolv.conf" });
  assert.equal(
    calls.at(-1),
    'rename("/resolv.conf.krun-init", "/resolv.conf")',
  );
});

Deno.test("replaceFile() gives up links that lead round", () => {
  const { error, calls } = replace({ [path]: "a", "/etc/a": "resolv.conf" });
  assert.equal(error, 'readlink("/etc/resolv.conf"): ELOOP');
  assert.equal(calls.length, 41);
});

Deno.test("replaceFile() writes in place what can't be replaced", () => {
  for (const errno of ["EBUSY", "EPERM", "ENOSYS"]) {
    assert.deepEqual(replace({}, { [rename]: errno }), {
      calls: [...before, aside, rename, unlink, inPlace],
      error: undefined,
    });
  }
  for (const errno of ["EROFS", "EACCES"]) {
    assert.deepEqual(replace({}, { [aside]: errno, [unlink]: "ENOENT" }), {
      calls: [...before, aside, unlink, inPlace],
      error: undefined,
    });
  }
});

Deno.test("replaceFile() leaves the old file where the new one has no place", () => {
  for (const errno of ["ENOSPC", "EDQUOT", "EIO", "ENOENT"]) {
    assert.deepEqual(replace({}, { [aside]: errno }), {
      calls: [...before, aside, unlink],
      error: `${aside}: ${errno}`,
    });
  }
  assert.deepEqual(replace({}, { [rename]: "EISDIR" }), {
    calls: [...before, aside, rename, unlink],
    error: `${rename}: EISDIR`,
  });
});

Deno.test("replaceFile() reports what can't be written at all", () => {
  assert.equal(
    replace({}, { mkdir: "EROFS", writeFile: "EROFS" }).error,
    `${inPlace}: EROFS`,
  );
});
