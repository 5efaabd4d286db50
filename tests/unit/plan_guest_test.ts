import assert from "#assert";
import {
  descriptors,
  type Guest,
  type GuestOptions,
  planGuest,
} from "../../tools/command_line/plan/guest.ts";

const options: GuestOptions = {
  platform: "linux",
  cmdline: "",
  variable: () => undefined,
  device: undefined,
  root: undefined,
  config: undefined,
};

/** The answers of a guest, all of which it has. */
function answersOf({ answers }: Guest): Required<Guest["answers"]> {
  return answers as Required<Guest["answers"]>;
}

/** Mounts a tmpfs that has no place yet; gives its descriptor. */
function makeTmpfs(guest: Guest): number {
  return answersOf(guest).makeMount("tmpfs", "tmpfs", [], 0);
}

Deno.test("a planned guest sees nothing of what its fork does", () => {
  const guest = planGuest(options);
  const known = makeTmpfs(guest);
  const fork = guest.fork();
  const [ours, theirs] = [answersOf(guest), answersOf(fork)];
  theirs.mkdir("/etc/new", 0o755);
  theirs.mount("proc", "/proc", "proc", 0, null);
  theirs.write(descriptors.handover, new Uint8Array(1));
  theirs.sleep(5);
  theirs.fchdir(known);
  theirs.mkdir("inside", 0o755);
  const own = makeTmpfs(fork);

  assert.equal(guest.record(), undefined);
  assert.equal(ours.bootTime(), 0);
  assert.ok(!guest.mounts().some(({ type }) => type === "proc"));
  assert.throws(() => ours.fchdir(own), { errno: "EBADF" });
  // Each of them would be EEXIST.
  ours.mkdir("/etc/new", 0o755);
  ours.mkdir("inside", 0o755);
  ours.fchdir(known);
  ours.mkdir("inside", 0o755);
});

Deno.test("a planned guest's fork has what the guest has", () => {
  const guest = planGuest(options);
  const ours = answersOf(guest);
  const mount = makeTmpfs(guest);
  ours.mkdir("/etc/new", 0o755);
  ours.placeMount(mount, "/etc/new");
  ours.fchdir(mount);
  const fork = guest.fork();
  const theirs = answersOf(fork);
  assert.deepEqual(
    fork.mounts().map(({ target, type }) => [target, type]),
    guest.mounts().map(({ target, type }) => [target, type]),
  );
  // The working directory is in the mount, which is still one and the same.
  theirs.mkdir("inside", 0o755);
  assert.throws(() => theirs.mkdir("/etc/new/inside", 0o755), {
    errno: "EEXIST",
  });
});

Deno.test("a planned guest may bind a directory over itself, or over one around it", () => {
  for (
    const [source, target] of [["/", "/"], ["/etc", "/etc"], ["/etc", "/"]]
  ) {
    const ours = answersOf(planGuest(options));
    ours.mkdir("/etc/inner", 0o755);
    ours.mount(source as string, target as string, null, 0x1000, null);
    const inner = source === target ? "/etc/inner" : "/inner";
    assert.deepEqual(ours.readDirectory(inner), []);
  }
});
