/** File systems that exist only in a plan. */

import { encodeBytes } from "../../../ffi/bytes.ts";
import { Refusal } from "../../../ffi/recording_sys.ts";
import type { FileStatus } from "../../../ffi/sys.ts";
import { namesOf } from "../../../stages/formats/path_names.ts";

/** What stands at a path; what a file holds may depend on the root's mounts. */
export type Entry =
  & {
    /** Undefined: as new ones are, root's. */
    readonly status?: FileStatus;
  }
  & (
    | { readonly list: () => readonly string[] }
    | {
      readonly read: (root: Tree) => Uint8Array;
      /** Whether anybody may execute it; undefined: that is not known. */
      readonly isExecutable?: boolean;
    }
    | { readonly link: string }
  );

/** Gives what stands at an absolute path; undefined where nothing does. */
export type Look = (path: string) => Entry | undefined;

/** A mount, with whatever is in it. */
export interface Mount {
  readonly source: string | null;
  readonly target: string;
  readonly type: string;
  /** Flags and options as people write them. */
  readonly options: string;
  /** What it came with. */
  readonly content: Look;
  /** What a boot has changed since, by the path in the mount; undefined: removed. */
  readonly changes: Map<string, Entry | undefined>;
}

const mostLinks = 40;

/** A tree of mounts, the first of them its root. */
export class Tree {
  /** @param mounts in the order of their mounting; the root is the first */
  constructor(readonly mounts: Mount[]) {}

  /** True where a mount has its root at the path. */
  isMountPoint(path: string): boolean {
    return this.mounts.some(({ target }) => target === path);
  }

  /** Gives what stands at a path in its canonical form. */
  look(path: string): Entry | undefined {
    const { mount, inside } = this.#find(path);
    return mount.changes.has(inside)
      ? mount.changes.get(inside)
      : mount.content(inside);
  }

  /** Puts something at a path in its canonical form, or removes it. */
  change(path: string, entry: Entry | undefined): void {
    const { mount, inside } = this.#find(path);
    mount.changes.set(inside, entry);
  }

  /**
   * Follows the symbolic links in an absolute path.
   *
   * @param last whether also in its last name
   * @returns the canonical form; the last name of it need not exist
   * @throws Refusal where the path leads nowhere
   */
  resolve(path: string, last = true): string {
    let rest = namesOf(path);
    let at = "";
    for (let links = 0; rest.length > 0;) {
      const [name = "", ...next] = rest;
      if (name === "..") {
        at = at.slice(0, at.lastIndexOf("/"));
        rest = next;
        continue;
      }
      const entry = this.look(`${at}/${name}`);
      const isLast = next.length === 0;
      if (entry !== undefined && "link" in entry && (!isLast || last)) {
        if (++links > mostLinks) throw new Refusal("ELOOP");
        if (entry.link.startsWith("/")) at = "";
        rest = [...namesOf(entry.link), ...next];
        continue;
      }
      if (!isLast && entry === undefined) throw new Refusal("ENOENT");
      if (!isLast && entry !== undefined && !("list" in entry)) {
        throw new Refusal("ENOTDIR");
      }
      at = `${at}/${name}`;
      rest = next;
    }
    return at === "" ? "/" : at;
  }

  /** The mount that a path in its canonical form lies in. */
  mountOf(path: string): Mount {
    return this.#find(path).mount;
  }

  #find(path: string): { mount: Mount; inside: string } {
    let at = this.mounts.length - 1;
    while (at > 0 && !isBelow(path, this.mounts[at]?.target ?? "")) at--;
    const mount = this.mounts[at] as Mount;
    const inside = mount.target === "/"
      ? path
      : path.slice(mount.target.length) || "/";
    return { mount, inside };
  }
}

/** Makes the content of a file system of the paths and texts of its files. */
export function contentOf(
  files: Readonly<Record<string, string | ((root: Tree) => string)>>,
  links: Readonly<Record<string, string>> = {},
  directories: readonly string[] = [],
): Look {
  const entries = new Map<string, Entry>();
  const names = new Map<string, string[]>();
  const addDirectory = (path: string): void => {
    if (names.has(path)) return;
    const list: string[] = [];
    names.set(path, list);
    entries.set(path, { list: () => list });
    if (path !== "/") addName(path);
  };
  const addName = (path: string): void => {
    const end = path.lastIndexOf("/");
    const parent = path.slice(0, end) || "/";
    addDirectory(parent);
    names.get(parent)?.push(path.slice(end + 1));
  };
  addDirectory("/");
  directories.forEach(addDirectory);
  for (const [path, text] of Object.entries(files)) {
    addName(path);
    entries.set(path, {
      read: (root) => encodeBytes(typeof text === "string" ? text : text(root)),
    });
  }
  for (const [path, link] of Object.entries(links)) {
    addName(path);
    entries.set(path, { link });
  }
  return (path) => entries.get(path);
}

/** True for the folder itself, too. */
function isBelow(path: string, folder: string): boolean {
  return folder === "/" || path.startsWith(folder) &&
      (path.length === folder.length || path[folder.length] === "/");
}
