/** An environment (environ(7)) as an ordered list that can be edited. */
export class Environment {
  readonly #items: string[];
  /** Where a variable stands: the first, where it stands there twice. */
  readonly #places = new Map<string, number>();
  /** Who set a variable, where that was not the kernel. */
  readonly #sources = new Map<string, string>();

  /** @param items `NAME=VALUE` each; whatever else there is stays as it is */
  constructor(items: readonly string[]) {
    this.#items = [...items];
    items.forEach((item, n) => {
      const end = item.indexOf("=");
      const name = item.slice(0, end);
      if (end >= 0 && !this.#places.has(name)) this.#places.set(name, n);
    });
  }

  /** The value of a variable; undefined where it is not set. */
  get(name: string): string | undefined {
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    return this.#items[place]?.slice(name.length + 1);
  }

  /**
   * Sets a variable: in its old place where it has one, else at the end.
   *
   * @param source who wants it so, for people
   */
  set(name: string, value: string, source: string): void {
    this.#sources.set(name, source);
    const place = this.#places.get(name) ?? this.#items.length;
    this.#places.set(name, place);
    this.#items[place] = `${name}=${value}`;
  }

  /** Who set a variable; undefined where that was the kernel. */
  source(name: string): string | undefined {
    return this.#sources.get(name);
  }

  /** All items in their order. */
  items(): readonly string[] {
    return [...this.#items];
  }
}
