/** The kernel's first root: stage0, its plan, and the modules. */

import { join } from "node:path";
import { cacheDir } from "../cache.ts";
import { sha256 } from "../hash.ts";
import type { Arch } from "../native.ts";
import { cachedFile } from "../cached_file.ts";
import { type ArchiveEntry, cpioArchive } from "../cpio.ts";
import { type Kernel, type ModuleFile, readModules } from "./kernel.ts";
import { compileStage0 } from "./stage0.ts";

/** What stage0 does before it hands over to the init. */
export interface Plan {
  /** Modules to load, without those that they need. */
  readonly modules: readonly string[];
  /** Virtio ports to wait for. */
  readonly ports: readonly string[];
  /** Mount the root read-only. */
  readonly readOnly: boolean;
  /** Become /init of the initramfs, instead of one that is on a root. */
  readonly initrd: boolean;
}

/** Where stage0 is beside a /init that is not it. */
const besideInit = "stage0";

/** Has the kernel start stage0 there. */
export const initrdParameter = `rdinit=/${besideInit}`;

const folderMode = 0o40755;
const programMode = 0o100755;
const fileMode = 0o100600;
const deviceMode = 0o20600;
const encoder = new TextEncoder();

/**
 * Makes an initramfs, once for the same kernel, plan and stage0.
 *
 * @returns the path of the archive in the cache
 * @throws Error when a module is missing or stage0 cannot be compiled
 */
export async function makeInitramfs(
  arch: Arch,
  kernel: Kernel,
  plan: Plan,
): Promise<string> {
  const stage0 = await compileStage0(arch);
  const recipe = JSON.stringify([kernel, plan, await sha256(stage0)]);
  const hash = await sha256(encoder.encode(recipe));
  return await cachedFile(
    join(cacheDir("initramfs"), `${hash}.cpio`),
    async (file) => {
      const modules = await readModules(kernel, plan.modules);
      const entries = initramfsEntries(stage0, plan, modules);
      await Deno.writeFile(file, cpioArchive(entries));
    },
  );
}

/**
 * Lists what is in an initramfs. The device nodes are entries of the archive
 * only; none is made on this machine.
 */
export function initramfsEntries(
  stage0: Uint8Array,
  plan: Plan,
  modules: readonly ModuleFile[],
): ArchiveEntry[] {
  return [
    { path: "dev", mode: folderMode },
    { path: "dev/console", mode: deviceMode, device: [5, 1] },
    { path: "dev/kmsg", mode: deviceMode, device: [1, 11] },
    {
      path: plan.initrd ? besideInit : "init",
      mode: programMode,
      data: stage0,
    },
    {
      path: "plan",
      mode: fileMode,
      data: encoder.encode(planText(plan, modules)),
    },
    ...modules.map(({ name, data }) => ({
      path: `${name}.ko`,
      mode: fileMode,
      data,
    })),
  ];
}

/** The probe comes last, since it needs the module that it probes. */
function planText(plan: Plan, modules: readonly ModuleFile[]): string {
  return [
    ...modules.map(({ name }) => `module /${name}.ko`),
    ...(plan.readOnly ? ["read-only"] : []),
    plan.initrd ? "initrd" : "exit-probe",
    ...plan.ports.map((name) => `port ${name}`),
    "",
  ].join("\n");
}
