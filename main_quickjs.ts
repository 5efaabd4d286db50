/**
 * The program in the small image: as a guest's init it boots, for a person it
 * says what it is.
 *
 * Arguments, from the launcher: the descriptor of the start record, and the
 * build's facts as JSON.
 */

import { encodeBytes } from "./ffi/bytes.ts";
import { LinuxSys } from "./ffi/linux/sys.ts";
import { engine } from "./ffi/quickjs/engine.ts";
import { engineKernel } from "./ffi/quickjs/kernel.ts";
import { boot } from "./stages/boot.ts";
import { type BuildFacts, versionLine } from "./stages/formats/build_facts.ts";
import { readStartRecord } from "./stages/formats/start_record.ts";
import { stages } from "./stages/mod.ts";

const stdout = 1;
const stderr = 2;

/** With this status PID 1 knows that the reason has been told. */
const setupFailed = 125;
/** A call that was wrong, as from the command-line tool. */
const trouble = 2;

const elsewhere =
  "The command line (plan, check, try and more) is in the image built without --runtime quickjs\n";

function main(sys: LinuxSys): number {
  const [start = "", factsText = "{}"] = engine.arguments;
  const facts: BuildFacts = JSON.parse(factsText);
  const record = readStartRecord(sys.readDescriptor(Number(start)));
  if (record.root === undefined) return answer(sys, facts, record.args);
  const { features } = facts;
  return boot(stages, record, { platform: "linux", features }, sys);
}

/** What a person is told. */
function answer(
  sys: LinuxSys,
  facts: BuildFacts,
  [, ...words]: readonly string[],
): number {
  try {
    sys.write(stdout, encodeBytes(`${versionLine(facts)}${elsewhere}`));
  } catch (error) {
    complain(sys, error);
    return trouble;
  }
  const known = ["--version", "--help", "-h"];
  return words.every((word) => known.includes(word)) ? 0 : trouble;
}

function complain(sys: LinuxSys, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  sys.write(stderr, encodeBytes(`krun-init: ${message}\n`));
}

const sys = new LinuxSys(engineKernel);
try {
  sys.exit(main(sys));
} catch (error) {
  complain(sys, error);
  sys.exit(setupFailed);
}
