/** The operating systems of guests. */
export type Platform = "linux" | "freebsd";
