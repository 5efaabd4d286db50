/**
 * What FreeBSD's stages ask of the system beyond `Sys`. Every method is one
 * system call or one small idiom of them, and fails like those of `Sys`.
 */
export interface FreebsdOperations {
  /**
   * A variable of the kernel's environment (kenv(2), KENV_GET).
   *
   * @returns undefined where it is not set
   */
  kenv(name: string): string | undefined;

  /**
   * Mounts (nmount(2)).
   *
   * @param parameters names and values, such as `fstype` and `cd9660`
   * @param flags MNT_* bits
   */
  nmount(parameters: Readonly<Record<string, string>>, flags: number): void;

  /** Takes a mount away (unmount(2)). */
  unmount(path: string): void;

  /** Closes a device wherever it is open (revoke(2)). */
  revoke(path: string): void;

  /** Opens a file to append to; made where it is missing, mode 0644 & ~umask. */
  openAppending(path: string): number;

  /** Has reads and writes of a descriptor wait (fcntl(2), without O_NONBLOCK). */
  setBlocking(descriptor: number): void;

  /** Begins a session without a terminal (setsid(2)). */
  setsid(): void;

  /** Makes a terminal the session's own (tty(4), TIOCSCTTY). */
  controllingTerminal(descriptor: number): void;

  /** Gives an open file another descriptor, which is closed before (dup2(2)). */
  dup2(descriptor: number, other: number): void;

  /** Names the session's user (setlogin(2)). */
  setlogin(name: string): void;
}
