/** Values that a JSON text has, and what messages call them. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Notes what is wrong with what stands at a path. */
export type Find = (path: string, message: string) => void;

/** True for neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param min it and `max` are allowed, too */
export function isWholeNumber(
  value: unknown,
  min: number,
  max: number,
): value is number {
  return typeof value === "number" && Number.isInteger(value) &&
    value >= min && value <= max;
}

/** What it is, such as `a string`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The longest that a message repeats; a config may be of megabytes. */
const longest = 80;

/** The value itself where that is short, else what it is. */
export function shown(value: unknown): string {
  if (typeof value === "object") return kindOf(value);
  const text = `${JSON.stringify(value)}`;
  return text.length <= longest ? text : kindOf(value);
}
