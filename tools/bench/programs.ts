/** The bench's C programs. */

import { compile, withoutLibrary } from "../../tests/fixtures/compile.ts";

/** Writes the time of its first instruction; see its head. */
export function firstInstruction(): Promise<string> {
  return compile({
    name: "first_instruction",
    sources: ["../../tools/bench/first_instruction.c"],
    flags: withoutLibrary,
    link: ["-Wl,--build-id=none,-z,noseparate-code,-z,norelro"],
  });
}

/** Tells how the guest's memory is used; see its head. */
export function guestLook(): Promise<string> {
  return compile({
    name: "guest_look",
    sources: ["../../tools/bench/guest_look.c"],
    flags: ["-static", "-s"],
  });
}
