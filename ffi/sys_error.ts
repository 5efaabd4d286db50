/** How operations of the system fail. */

/** An error's name; one of the platform's table, or `errno N`. */
export type ErrnoName = string;

/** A failed operation of the system. */
export class SysError extends Error {
  override readonly name = "SysError";

  /** The errno's name, and what else the kernel says. */
  readonly reason: string;

  /**
   * @param operation the call with its arguments, as `describe` renders it
   * @param errno the error's name, such as `ENOENT`
   * @param detail the kernel's own words, where it has any
   */
  constructor(
    readonly operation: string,
    readonly errno: ErrnoName,
    detail?: string,
  ) {
    const reason = detail ? `${errno}, ${detail}` : errno;
    super(`${operation}: ${reason}`);
    this.reason = reason;
  }
}

/** True where `error` is a SysError with one of the given names. */
export function isErrno(error: unknown, ...names: ErrnoName[]): boolean {
  return error instanceof SysError && names.includes(error.errno);
}
