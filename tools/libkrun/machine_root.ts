/** The root of the machine in which libkrun runs. */

import { join } from "node:path";
import { staticBusybox } from "../busybox.ts";
import { run } from "../run.ts";
import { compileHost, firmwareName, type Libraries } from "./host.ts";
import { libkrunName } from "./library.ts";
import { fetchPackages } from "./packages.ts";

const here = import.meta.dirname as string;

/** Where libraries are looked for. */
const libraries = "usr/lib/x86_64-linux-gnu";

/** Where Debian's passt is, by release: the newest, and an older one. */
export const passt = {
  newest: "/usr/bin/passt",
  bookworm: "/opt/bookworm/usr/bin/passt",
} as const;

/**
 * Makes the root: Debian's newest C library, and on it libkrun, its firmware,
 * host.c as /usr/bin/krun-host, passt, dnsmasq, e2fsprogs and a busybox.
 *
 * @param folder where it is made; it is empty
 * @throws Error when a part cannot be had
 */
export async function makeMachineRoot(
  folder: string,
  { libkrun, firmware }: Libraries,
): Promise<void> {
  const busybox = await staticBusybox("x86_64");
  const folders = ["bin", "dev", "etc", "jobs", "proc", "root", "run", "sys"];
  for (const name of [...folders, "tmp", libraries, "usr/sbin", "usr/bin"]) {
    await Deno.mkdir(join(folder, name), { recursive: true });
  }
  for (const [name, tree] of await fetchPackages()) {
    const [, release] = name.split("/");
    const to = release === undefined ? folder : join(folder, "opt", release);
    await Deno.mkdir(to, { recursive: true });
    await run("cp", ["-a", "--reflink=auto", `${tree}/.`, to]);
  }
  await Deno.symlink("usr/lib", join(folder, "lib")).catch(() => {});
  await Deno.symlink("usr/lib64", join(folder, "lib64")).catch(() => {});
  await Deno.copyFile(libkrun, join(folder, libraries, libkrunName));
  await replaceLink(firmware, join(folder, libraries, firmwareName));
  await Deno.copyFile(
    await compileHost(libkrun),
    join(folder, "usr/bin/krun-host"),
  );
  await Deno.copyFile(busybox.file, join(folder, "bin/busybox"));
  for (const name of busybox.applets) {
    await Deno.symlink("busybox", join(folder, "bin", name));
  }
  await Deno.writeTextFile(
    join(folder, "etc/passwd"),
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
  );
  await Deno.writeTextFile(
    join(folder, "etc/group"),
    "root:x:0:\nnogroup:x:65534:\ndip:x:30:\n",
  );
  await Deno.copyFile(join(here, "agent.sh"), join(folder, "init.krun"));
  await Deno.chmod(join(folder, "init.krun"), 0o755);
}

/** Debian's package has a link there. */
async function replaceLink(file: string, link: string): Promise<void> {
  await Deno.remove(link);
  await Deno.copyFile(file, link);
}
