/** Collects what is wrong, with the checks that more than one part needs. */

import { isUnicode } from "../../ffi/bytes.ts";
import {
  ConfigError,
  type ConfigErrorCode,
  type ConfigProblem,
} from "./config_error.ts";

const encoder = new TextEncoder();

export class Problems {
  readonly #found: ConfigProblem[] = [];

  /** Notes a problem; false, so that a check can return it. */
  add(code: ConfigErrorCode, path: string, message: string): false {
    this.#found.push({ code, path, message });
    return false;
  }

  /** @throws ConfigError when there is any problem */
  throwAny(): void {
    const [first, ...others] = this.#found;
    if (first !== undefined) throw new ConfigError([first, ...others]);
  }

  /** True for what both JSON and the kernel can carry. */
  text(value: string, path: string): boolean {
    if (value.includes("\0")) return this.add("nul", path, "has a NUL in it");
    if (isUnicode(value)) return true;
    return this.add("not_unicode", path, "is not Unicode");
  }

  /** True for a text with something in it. */
  filled(value: string, path: string): boolean {
    if (!this.text(value, path)) return false;
    return value !== "" || this.add("empty", path, "is empty");
  }

  /** True for a text of 1 to `max` bytes of UTF-8. */
  short(value: string, path: string, max: number): boolean {
    if (!this.filled(value, path)) return false;
    const length = encoder.encode(value).length;
    return length <= max ||
      this.add("too_long", path, `has ${length} bytes, more than ${max}`);
  }

  /** True for `NAME=VALUE` with a name. */
  variable(value: string, path: string): boolean {
    if (!this.text(value, path)) return false;
    return value.indexOf("=") > 0 ||
      this.add("not_name_value", path, `${quote(value)} is not NAME=VALUE`);
  }

  /** True for a path that begins with a slash. */
  absolutePath(value: string, path: string): boolean {
    if (!this.filled(value, path)) return false;
    return value.startsWith("/") ||
      this.add("not_absolute", path, `${quote(value)} does not begin with /`);
  }

  /** True for `/name`, `/name/name` and so on. */
  normalPath(value: string, path: string): boolean {
    if (!this.absolutePath(value, path)) return false;
    const names = value.slice(1).split("/");
    if (!names.some((name) => ["", ".", ".."].includes(name))) return true;
    const wanted = "has an empty name, . or .. in it";
    return this.add("not_normal", path, `${quote(value)} ${wanted}`);
  }

  /** True for a whole number from `min` to `max`. */
  number(value: number, path: string, min: number, max: number): boolean {
    if (Number.isInteger(value) && value >= min && value <= max) return true;
    const wanted = `is not a whole number from ${min} to ${max}`;
    return this.add("out_of_range", path, `${value} ${wanted}`);
  }
}

/** A text in a message. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
