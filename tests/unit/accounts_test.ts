import assert from "#assert";
import fc from "fast-check";
import {
  type AccountFiles,
  findAccount,
  homeOf,
} from "../../stages/formats/accounts.ts";

const files: AccountFiles = {
  passwd: `root:x:0:0:root:/root:/bin/sh
web:x:1000:100:The web, all of it:/srv/web:/bin/false
twin:x:1000:200::/srv/twin:/bin/sh
homeless:x:7:7:::
short:x:8:9
# a comment
+::::::
bad:x:4294967295:0::/bad:
`,
  group: `root:x:0:root
staff:x:50:web,root
www:x:80:other,web
users:x:100:
seven:x:7:webs
`,
};

Deno.test("findAccount() finds users by name and by number, with the groups that list them", () => {
  const web = { uid: 1000, gid: 100, groups: [50, 80], home: "/srv/web" };
  assert.deepEqual(findAccount("web", files), web);
  assert.deepEqual(findAccount("web:", files), web);
  // The first of a number.
  assert.deepEqual(findAccount("1000", files), web);
  assert.deepEqual(findAccount("twin", files), {
    ...{ uid: 1000, gid: 200, groups: [], home: "/srv/twin" },
  });
});

Deno.test("findAccount() takes root where no user is named", () => {
  const root = { uid: 0, gid: 0, groups: [0, 50], home: "/root" };
  for (const text of ["", ":", "0", "root"]) {
    assert.deepEqual(findAccount(text, files), root);
  }
  const nothing = { passwd: "", group: "" };
  assert.deepEqual(findAccount("", nothing), {
    ...{ uid: 0, gid: 0, groups: [], home: undefined },
  });
});

Deno.test("findAccount() takes a group that is named in the place of all others", () => {
  const web = { uid: 1000, groups: [], home: "/srv/web" };
  assert.deepEqual(findAccount("web:www", files), { ...web, gid: 80 });
  assert.deepEqual(findAccount("1000:4000", files), { ...web, gid: 4000 });
  assert.equal(findAccount(":staff", files).gid, 50);
});

Deno.test("findAccount() takes numbers that nobody has", () => {
  assert.deepEqual(findAccount("4294967294:12", files), {
    ...{ uid: 4294967294, gid: 12, groups: [], home: undefined },
  });
  assert.deepEqual(findAccount("33", files), {
    ...{ uid: 33, gid: 0, groups: [], home: undefined },
  });
});

Deno.test("findAccount() reads lines that are short or lack a home", () => {
  assert.deepEqual(findAccount("short", files), {
    ...{ uid: 8, gid: 9, groups: [], home: undefined },
  });
  assert.equal(findAccount("homeless", files).home, undefined);
});

Deno.test("findAccount() says who is not there", () => {
  const cases = [
    ["nobody", 'No user "nobody" in /etc/passwd'],
    // No id, and so a name.
    ["4294967295", 'No user "4294967295" in /etc/passwd'],
    ["-1", 'No user "-1" in /etc/passwd'],
    ["bad", 'No user "bad" in /etc/passwd'],
    ["web:nogroup", 'No group "nogroup" in /etc/group'],
    ["web:4294967295", 'No group "4294967295" in /etc/group'],
    ["web:staff:www", 'No group "staff:www" in /etc/group'],
  ] as const;
  for (const [text, message] of cases) {
    assert.throws(() => findAccount(text, files), { message });
  }
});

Deno.test("findAccount() takes any files", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), (passwd, group, uid) => {
      const account = findAccount(`${uid}`, { passwd, group });
      assert.equal(account.uid, uid);
    }),
  );
});

Deno.test("homeOf() gives the home of the first user of a number", () => {
  assert.equal(homeOf(1000, files.passwd), "/srv/web");
  assert.equal(homeOf(7, files.passwd), undefined);
  assert.equal(homeOf(55, files.passwd), undefined);
});
