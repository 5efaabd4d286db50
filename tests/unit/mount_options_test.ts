import assert from "#assert";
import fc from "fast-check";
import { MountAttribute, MountFlag } from "../../ffi/linux/constants.ts";
import {
  type MountOptions,
  parseMountOptions,
} from "../../stages/formats/mount_options.ts";

const {
  readonly: ro,
  nosuid,
  nodev,
  noexec,
  noatime,
  strictatime,
  nodiratime,
  nosymfollow,
} = MountAttribute;

const nothing: MountOptions = {
  ...{ attributes: 0, options: [], propagation: [] },
  ...{ nofail: false, deep: [] },
};

Deno.test("parseMountOptions() understands the words of fstab", () => {
  assert.deepEqual(
    parseMountOptions(
      "auto,noauto,_netdev,nouser,nousers,noowner,nogroup,user=me,silent,loud,x-systemd.automount,X-a,comment=b,size=1m",
    ),
    { ...nothing, options: ["size=1m"] },
  );
  assert.equal(parseMountOptions("noatime,nofail").nofail, true);
  assert.equal(attributesOf("user"), nosuid | nodev | noexec);
  assert.equal(attributesOf("users,exec"), nosuid | nodev);
  assert.equal(attributesOf("owner"), nosuid | nodev);
  assert.equal(attributesOf("group,dev"), nosuid);
});

function attributesOf(text: string, initial = 0): number {
  return parseMountOptions(text, initial).attributes;
}

Deno.test("parseMountOptions() finds nothing in nothing", () => {
  for (const text of ["", ",", ",,"]) {
    assert.deepEqual(parseMountOptions(text), nothing);
  }
});

Deno.test("parseMountOptions() knows what is the mount's own business", () => {
  const bits: Record<string, number> = {
    nosuid,
    nodev,
    noexec,
    noatime,
    strictatime,
    nodiratime,
    nosymfollow,
    suid: 0,
    dev: 0,
    exec: 0,
    atime: 0,
    relatime: 0,
    norelatime: 0,
    nostrictatime: 0,
    diratime: 0,
    symfollow: 0,
    defaults: 0,
  };
  for (const [option, attributes] of Object.entries(bits)) {
    assert.deepEqual(parseMountOptions(option), { ...nothing, attributes });
    assert.equal(attributesOf(option, ro), ro | attributes);
  }
});

Deno.test("parseMountOptions() keeps apart how mounts spread, in order", () => {
  const { shared, slave, unbindable, recursive } = MountFlag;
  assert.deepEqual(parseMountOptions("rslave,size=1m,shared,runbindable"), {
    ...nothing,
    options: ["size=1m"],
    propagation: [slave | recursive, shared, unbindable | recursive],
  });
  assert.deepEqual(parseMountOptions("private,rprivate").propagation, [
    MountFlag.private,
    MountFlag.private | recursive,
  ]);
});

Deno.test("parseMountOptions() tells the file system of ro and rw too", () => {
  assert.deepEqual(parseMountOptions("ro"), {
    ...nothing,
    attributes: ro,
    options: ["ro"],
  });
  assert.deepEqual(parseMountOptions("ro,rw"), {
    ...nothing,
    options: ["ro", "rw"],
  });
});

Deno.test("parseMountOptions() leaves all else to the file system, in order", () => {
  assert.deepEqual(
    parseMountOptions("size=1m,nosuid,mode=0755,,discard,ro=1,RO"),
    {
      ...nothing,
      attributes: nosuid,
      options: ["size=1m", "mode=0755", "discard", "ro=1", "RO"],
    },
  );
});

Deno.test("parseMountOptions() lets the later of two options win", () => {
  const all = nosuid | nodev | noexec | noatime | nodiratime | nosymfollow;
  assert.equal(attributesOf("suid,dev,exec,atime,diratime,symfollow", all), 0);
  assert.equal(attributesOf("exec,noexec"), noexec);
  assert.equal(attributesOf("noexec,exec"), 0);
  assert.equal(attributesOf("rw", ro | nosuid), nosuid);
  assert.equal(attributesOf("defaults", all), all);
  // The three ways to keep access times exclude each other.
  assert.equal(attributesOf("strictatime,noatime"), noatime);
  assert.equal(attributesOf("noatime,strictatime"), strictatime);
  assert.equal(attributesOf("noatime,relatime"), 0);
  assert.equal(attributesOf("strictatime,relatime"), 0);
  assert.equal(attributesOf("strictatime,nostrictatime"), 0);
  assert.equal(attributesOf("noatime,norelatime"), noatime);
});

Deno.test("parseMountOptions() takes any text, and loses nothing that is not the mount's", () => {
  const option = fc.oneof(
    fc.string().map((text) => `y${text.replaceAll(",", "")}`),
    fc.constantFrom("constructor", "__proto__", "toString", "ro", "nosuid"),
  );
  fc.assert(
    fc.property(fc.array(option), (list) => {
      const { attributes, options } = parseMountOptions(list.join(","));
      assert.equal(attributes & ro, list.includes("ro") ? ro : 0);
      const own = ["nosuid", ""];
      assert.deepEqual(options, list.filter((text) => !own.includes(text)));
    }),
    { numRuns: 200 },
  );
});

Deno.test("parseMountOptions() takes the runtime specification's words for all below", () => {
  assert.deepEqual(parseMountOptions("rro,rnosuid,relatime,rnodev,rdev"), {
    ...nothing,
    attributes: MountAttribute.readonly | MountAttribute.nosuid,
    deep: ["ro", "nosuid", "nodev", "dev"],
  });
  assert.deepEqual(parseMountOptions("rx,rsize=5"), {
    ...nothing,
    options: ["rx", "rsize=5"],
  });
});
