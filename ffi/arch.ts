/** The processor architecture that this process runs on, as `uname -m` names it. */
export const arch: "x86_64" | "aarch64" = Deno.build.arch;
