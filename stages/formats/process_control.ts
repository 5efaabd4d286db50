/** What a config says of how its workload is stopped, and of its terminal. */

import type { TerminalSize } from "./handover_record.ts";
import {
  type Find,
  isObject,
  isWholeNumber,
  type JsonObject,
  shown,
} from "./json_value.ts";
import { signalNumber } from "./signal_names.ts";

/** Undefined where the config says nothing of it. */
export interface ProcessControl {
  /** The number of the signal that asks the workload to stop. */
  readonly stopSignal?: number;
  /** A terminal of the workload's own; 0 where its size is not said. */
  readonly terminal?: TerminalSize;
}

/** The annotation that has an image's StopSignal (OCI image annotations). */
export const stopSignalAnnotation = "org.opencontainers.image.stopSignal";

/** The most that a terminal's size can say (ioctl_tty(2), struct winsize). */
export const maxTerminalSize = 0xffff;

/**
 * Reads them. What is wrong is passed over and found.
 *
 * @param top the configuration, which may be an image's (`StopSignal`)
 * @param process what it has under that name, if that is an object
 * @param path where the configuration lies, with a dot behind it
 */
export function readProcessControl(
  top: JsonObject,
  process: JsonObject | undefined,
  path: string,
  find: Find,
): ProcessControl {
  const stopSignal = readStopSignal(top, path, find);
  const terminal = process && readTerminal(process, `${path}process`, find);
  return {
    ...(stopSignal !== undefined && { stopSignal }),
    ...(terminal && { terminal }),
  };
}

/** An image's own word wins over an annotation, but both are looked at. */
function readStopSignal(
  top: JsonObject,
  path: string,
  find: Find,
): number | undefined {
  const { StopSignal, annotations } = top;
  const read = (value: unknown, name: string): number | undefined => {
    // Docker writes an empty string where an image names none.
    if (!isThere(value) || value === "") return undefined;
    const number = typeof value === "string" || typeof value === "number"
      ? signalNumber(`${value}`)
      : undefined;
    if (number === undefined) {
      find(`${path}${name}`, `${shown(value)}, not a signal`);
    }
    return number;
  };
  const annotated = read(
    isObject(annotations) ? annotations[stopSignalAnnotation] : undefined,
    `annotations.${stopSignalAnnotation}`,
  );
  return read(StopSignal, "StopSignal") ?? annotated;
}

function readTerminal(
  process: JsonObject,
  path: string,
  find: Find,
): TerminalSize | undefined {
  const { terminal, consoleSize } = process;
  const wrong = (name: string, value: unknown, wanted: string): undefined =>
    void find(`${path}.${name}`, `${shown(value)}, not ${wanted}`);
  if (isThere(terminal) && typeof terminal !== "boolean") {
    return wrong("terminal", terminal, "true or false");
  }
  const size = { rows: 0, columns: 0 };
  if (isObject(consoleSize)) {
    const read = (name: string): number => {
      const value = consoleSize[name];
      if (!isThere(value)) return 0;
      if (isWholeNumber(value, 0, maxTerminalSize)) return value;
      const wanted = `a whole number from 0 to ${maxTerminalSize}`;
      return wrong(`consoleSize.${name}`, value, wanted) ?? 0;
    };
    size.rows = read("height");
    size.columns = read("width");
  } else if (isThere(consoleSize)) {
    wrong("consoleSize", consoleSize, "an object");
  }
  return terminal === true ? size : undefined;
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}
