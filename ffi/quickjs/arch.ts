import { engine } from "./engine.ts";

/** The processor architecture that this process runs on, as `uname -m` names it. */
export const arch: "x86_64" | "aarch64" = engine.arch;
