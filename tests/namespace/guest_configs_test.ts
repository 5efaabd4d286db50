/** Guests by the config files of container engines, from their text to the workload. */

import assert from "#assert";
import { makeRoot, type RootOptions } from "../fixtures/namespace.ts";
import { boot, complaints, lines } from "./guest.ts";

const folder = new URL("../fixtures/guest_configs/", import.meta.url);

/** A config file, changed where a user namespace is not a guest. */
async function config(
  name: string,
  change: (text: string) => string = (text) => text,
): Promise<string> {
  return change(await Deno.readTextFile(new URL(`${name}.json`, folder)));
}

const usualRoot: RootOptions = {
  busybox: true,
  folders: ["dev", "proc", "sys", "etc", "scratch/below"],
  files: {
    "/scratch/file": "what lay beneath\n",
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:\n",
  },
};

/** podman's with many options; no user namespace may have as many processes. */
function podmanOptions(): Promise<string> {
  return config(
    "podman_options",
    (text) =>
      text.replace('"id; ', '"id; echo $HOME; cat /scratch/file; ')
        .replaceAll("1048576", "100"),
  );
}

Deno.test("a container of podman's is who and what it says without being asked, and warns of nothing", async () => {
  const outcome = await boot(await makeRoot(usualRoot), {
    config: await podmanOptions(),
  });
  assert.deepEqual(complaints(outcome), []);
  assert.deepEqual(lines(outcome.stdout), [
    "uid=1000(me) gid=1000 groups=44,1000",
    "/home/me",
    "what lay beneath",
    "box",
    "/etc",
    'a "q" b',
    "99",
    "0022",
    "CapEff:\t0000000000000000",
    "NoNewPrivs:\t0",
    "0",
    "0",
    "tmpfs on /scratch type tmpfs (rw,nosuid,nodev,relatime,size=1024k,mode=755)",
  ]);
});

Deno.test("a container of podman's is as under upstream's older inits where that is asked for", async () => {
  const outcome = await boot(await makeRoot(usualRoot), {
    config: await podmanOptions(),
    env: ["HOME=/", "TERM=linux", "KRUN_INIT_OCI=0"],
  });
  assert.deepEqual(complaints(outcome), []);
  assert.deepEqual(lines(outcome.stdout).slice(0, 7), [
    "uid=0(root) gid=0",
    "/",
    "what lay beneath",
    // A variable that podman gives its containers.
    "box",
    "/etc",
    'a "q" b',
    "1024",
  ]);
});

const webRoot: RootOptions = {
  busybox: true,
  folders: ["dev", "proc", "sys"],
  files: {
    "/etc/passwd": "root:x:0:0:root:/root:\nweb:x:33:34::/srv/web:\n",
    "/etc/group": "root:x:0:root\nwww:x:34:\nlogs:x:4:other,web\n",
  },
};

const showUser = ["/bin/sh", "-c", "id; echo $HOME"];

for (
  const [user, expected] of [
    [undefined, ["uid=0(root) gid=0(root) groups=0(root)", "/root"]],
    ["web", ["uid=33(web) gid=34(www) groups=4(logs)", "/srv/web"]],
    ["33", ["uid=33(web) gid=34(www) groups=4(logs)", "/srv/web"]],
    ["web:logs", ["uid=33(web) gid=4(logs)", "/srv/web"]],
    ["5:6", ["uid=5 gid=6", "/"]],
  ] as const
) {
  Deno.test(`an image whose user is ${user ?? "not named"} runs as that user`, async () => {
    const outcome = await boot(await makeRoot(webRoot), {
      config: { config: { User: user, Entrypoint: showUser } },
    });
    assert.deepEqual(complaints(outcome), []);
    assert.deepEqual(lines(outcome.stdout), expected);
  });
}

Deno.test("an image whose user is not there does not run", async () => {
  const outcome = await boot(await makeRoot(webRoot), {
    config: { config: { User: "nobody", Entrypoint: showUser } },
  });
  assert.deepEqual(complaints(outcome), [
    'krun-init: user: No user "nobody" in /etc/passwd',
  ]);
  assert.equal(outcome.stdout, "");
  assert.equal(outcome.status, 125);
});

Deno.test("a working directory is made where it is missing, and entered where only root may", async () => {
  const root = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "root"],
  });
  await Deno.chmod(`${root}/root`, 0o700);
  const made = await boot(root, {
    config: { Entrypoint: ["/bin/pwd"], WorkingDir: "/opt/service/data" },
  });
  assert.deepEqual(complaints(made), []);
  assert.equal(made.stdout, "/opt/service/data\n");
  const closed = await boot(root, {
    config: {
      process: {
        args: ["/bin/sh", "-c", "pwd; id -u"],
        cwd: "/root",
        user: { uid: 1000, gid: 1000 },
      },
    },
  });
  assert.deepEqual(complaints(closed), []);
  assert.equal(closed.stdout, "/root\n1000\n");
  const missing = await boot(root, {
    env: ["KRUN_WORKDIR=/missing"],
    args: ["/bin/pwd"],
  });
  assert.equal(missing.status, 125);
});

Deno.test("a tmpfs keeps what a container's would: mode, owner, place and programs", async () => {
  const root = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "srv/keys", "run", "var"],
  });
  await Deno.symlink("../run/lock", `${root}/var/lock`);
  await Deno.chmod(`${root}/srv/keys`, 0o750);
  const tmpfs = (destination: string, ...options: string[]): unknown => ({
    ...{ destination, type: "tmpfs", source: "tmpfs", options },
  });
  const script = `ls -ld /srv/keys | cut -c1-10
    grep -E ' /(srv|run|var|scratch)' /proc/mounts | cut -d' ' -f2
    cp /bin/busybox /scratch/busybox; /scratch/busybox echo ran`;
  const outcome = await boot(root, {
    config: {
      args: ["/bin/sh", "-c", script],
      mounts: [
        tmpfs("/srv/keys"),
        tmpfs("/var/lock"),
        tmpfs("/scratch", "rprivate", "nosuid", "nodev", "size=8m", ""),
      ],
    },
  });
  assert.deepEqual(complaints(outcome), []);
  assert.deepEqual(lines(outcome.stdout), [
    "drwxr-x---",
    ...["/srv/keys", "/run/lock", "/scratch"],
    "ran",
  ]);
});

Deno.test("localhost and the guest's own name resolve, unless the host says not to", async () => {
  const root = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys"],
  });
  const config = {
    hostname: "node7",
    process: { args: ["/bin/sh", "-c", "cat /etc/hosts; exit 0"] },
  };
  const off = await boot(root, { config, env: ["KRUN_HOSTS=0"] });
  assert.equal(off.stdout, "");
  const expected = "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 node7\n";
  // The second time all is there.
  for (let n = 0; n < 2; n++) {
    const outcome = await boot(root, { config });
    assert.deepEqual(complaints(outcome), []);
    assert.equal(outcome.stdout, expected);
  }
  const closed = await boot(
    await makeRoot({
      ...{ busybox: true, folders: ["dev", "proc", "sys", "etc"] },
    }),
    { config, readOnly: true },
  );
  assert.deepEqual(complaints(closed), []);
  assert.equal(closed.stdout, "");
});

Deno.test("a container as docker inspect shows it runs its command", async () => {
  const root = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys"],
  });
  const outcome = await boot(root, {
    config: [{
      ...{ Id: "1f", Path: "/bin/sh", Args: ["-c", "echo no"] },
      Config: {
        Env: ["PATH=/bin", "MODE=web"],
        Entrypoint: ["/bin/sh", "-c", 'echo "$0 $1 $MODE"'],
        Cmd: ["--port", "80"],
        WorkingDir: "/",
      },
    }],
  });
  assert.deepEqual(complaints(outcome), []);
  assert.equal(outcome.stdout, "--port 80 web\n");
});

Deno.test("a container of podman's is confined as it says, where that is asked for", async () => {
  const outcome = await boot(await makeRoot(usualRoot), {
    config: await podmanOptions(),
    env: ["HOME=/", "TERM=linux", "KRUN_INIT_OCI=1"],
  });
  assert.deepEqual(complaints(outcome), []);
  assert.deepEqual(lines(outcome.stdout).slice(8, 12), [
    ...["CapEff:\t0000000000000000", "NoNewPrivs:\t1", "100", "1"],
  ]);
});

/** CAP_CHOWN, CAP_NET_BIND_SERVICE. */
const two = ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"];

for (
  const [who, user, sets, expected] of [
    [
      "root has the capabilities of its bounding set",
      { uid: 0, gid: 0 },
      { bounding: two, effective: two, permitted: two },
      ["0", "401", "401", "401", "0"],
    ],
    [
      "another user has the ambient ones",
      { uid: 5, gid: 6 },
      { bounding: two, inheritable: two, permitted: two, ambient: two },
      ["401", "401", "401", "401", "401"],
    ],
    [
      "another user has no others",
      { uid: 5, gid: 6 },
      { bounding: two, effective: two, permitted: two },
      ["0", "0", "0", "401", "0"],
    ],
  ] as const
) {
  Deno.test(`${who}, as under a container runtime`, async () => {
    const root = await makeRoot({
      ...{ busybox: true, folders: ["dev", "proc", "sys"] },
    });
    const outcome = await boot(root, {
      config: {
        annotations: { "krun-init.oci": "1" },
        process: {
          args: ["/bin/sh", "-c", "grep ^Cap /proc/self/status"],
          ...{ user, capabilities: sets },
        },
      },
    });
    assert.deepEqual(complaints(outcome), []);
    assert.deepEqual(
      lines(outcome.stdout).map((line) =>
        (line.split("\t")[1] ?? "").replace(/^0+(?=.)/, "")
      ),
      expected,
    );
  });
}

Deno.test("paths are masked and read-only, and so is the root, where that is asked for", async () => {
  const root = await makeRoot({
    busybox: true,
    folders: ["dev", "proc", "sys", "masked", "closed", "data"],
    files: { "/masked/file": "secret", "/secret": "secret" },
  });
  const script = `ls /masked; cat /secret; echo a > /closed/a; echo a > /a
    echo 1 > /proc/sys/net/ipv4/ip_forward; echo a > /data/a && cat /data/a
    cat /proc/sys/net/ipv4/ip_unprivileged_port_start`;
  const outcome = await boot(root, {
    config: {
      annotations: { "krun-init.oci": "1" },
      process: { args: ["/bin/sh", "-c", script] },
      root: { readonly: true },
      mounts: [{ destination: "/data", type: "tmpfs", source: "tmpfs" }],
      linux: {
        sysctl: { "net.ipv4.ip_unprivileged_port_start": "0" },
        maskedPaths: ["/masked", "/secret", "/none"],
        readonlyPaths: ["/proc/sys", "/closed", "/none"],
      },
    },
  });
  assert.deepEqual(complaints(outcome), []);
  assert.deepEqual(lines(outcome.stdout), ["a", "0"]);
  assert.equal(outcome.stderr.match(/Read-only file system/g)?.length, 3);
});
