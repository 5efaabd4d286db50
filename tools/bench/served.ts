/** How much of its root a guest reads from the host. */

/** How often virtiofsd is looked at, in milliseconds. */
const step = 20;

/**
 * Follows what this process' virtiofsd reads (proc_pid_io(5)), as long as it
 * runs.
 *
 * @param signal ends the watch
 * @returns how much it read, in bytes
 */
export async function watchServed(signal: AbortSignal): Promise<number> {
  let bytes = 0;
  while (!signal.aborted) {
    for (const pid of childrenOf(Deno.pid)) {
      bytes = Math.max(bytes, readByServer(pid));
    }
    await new Promise((resolve) => setTimeout(resolve, step));
  }
  return bytes;
}

function childrenOf(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) =>
    read(`/proc/${pid}/task/${name}/children`).split(" ").filter(Boolean)
  );
}

/** 0 for what is no virtiofsd. */
function readByServer(pid: string): number {
  if (read(`/proc/${pid}/comm`) !== "virtiofsd\n") return 0;
  return Number(/^rchar: (\d+)$/m.exec(read(`/proc/${pid}/io`))?.[1] ?? 0);
}

/** A process may be gone at any time. */
function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
