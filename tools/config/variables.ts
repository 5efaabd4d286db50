/** Lists of `NAME=VALUE` that a builder adds to. */

/** The name; undefined where there is no "=". */
export function variableName(item: string): string | undefined {
  const end = item.indexOf("=");
  return end < 0 ? undefined : item.slice(0, end);
}

/** Takes the place of the item of the same name, or comes last. */
export function setVariable(items: string[], item: string): void {
  const name = variableName(item);
  const place = name === undefined
    ? -1
    : items.findIndex((other) => variableName(other) === name);
  if (place < 0) items.push(item);
  else items[place] = item;
}

/**
 * Items given one by one, then those of settings, which win over items of the
 * same name.
 */
export function joinVariables(
  items: readonly string[],
  settings: readonly string[],
): string[] {
  const names = settings.map(variableName);
  return [
    ...items.filter((item) => !names.includes(variableName(item) ?? "")),
    ...settings,
  ];
}
