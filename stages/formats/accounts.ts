/** Users and groups as passwd(5) and group(5) list them. */

import { maxId } from "./config_schema.ts";

/** Who a user is. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** Home directory; undefined where the list does not say. */
  readonly home: string | undefined;
}

/** The texts of the two files; empty where there is none. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

interface User {
  /** Undefined where the user is not listed. */
  readonly name: string | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly home: string | undefined;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/**
 * Finds the user that an image's configuration names, by the rules of
 * container runtimes: digits are a number, which need not be listed; without
 * a group, the user's own counts and those that list the user; with one, it
 * alone does.
 *
 * @param text `USER`, `USER:GROUP` or `:GROUP`, each a name or a number; root
 * where there is no user
 * @throws Error that says who is not there
 */
export function findAccount(text: string, files: AccountFiles): Account {
  const end = text.indexOf(":");
  const groupText = end < 0 ? "" : text.slice(end + 1);
  const { name, uid, gid, home } = findUser(
    text.slice(0, end < 0 ? undefined : end) || "0",
    files.passwd,
  );
  if (groupText !== "") {
    return { uid, gid: findGroup(groupText, files.group), groups: [], home };
  }
  const groups = name === undefined
    ? []
    : groupsOf(files.group).filter(({ members }) => members.includes(name))
      .map(({ gid }) => gid);
  return { uid, gid, groups, home };
}

/** The home directory of a user; undefined where none is listed. */
export function homeOf(uid: number, passwd: string): string | undefined {
  return usersOf(passwd).find((user) => user.uid === uid)?.home;
}

function findUser(text: string, passwd: string): User {
  const uid = idOf(text);
  const user = usersOf(passwd).find((user) =>
    uid === undefined ? user.name === text : user.uid === uid
  );
  if (user !== undefined) return user;
  if (uid !== undefined) {
    return { name: undefined, uid, gid: 0, home: undefined };
  }
  throw new Error(`No user ${JSON.stringify(text)} in /etc/passwd`);
}

function findGroup(text: string, group: string): number {
  const gid = idOf(text);
  if (gid !== undefined) return gid;
  const found = groupsOf(group).find(({ name }) => name === text);
  if (found !== undefined) return found.gid;
  throw new Error(`No group ${JSON.stringify(text)} in /etc/group`);
}

function usersOf(passwd: string): User[] {
  return passwd.split("\n").flatMap((line): User[] => {
    const [name = "", , uidText = "", gidText = "", , home = ""] = line
      .split(":");
    const [uid, gid] = [idOf(uidText), idOf(gidText)];
    return uid === undefined || gid === undefined
      ? []
      : [{ name, uid, gid, home: home || undefined }];
  });
}

function groupsOf(group: string): Group[] {
  return group.split("\n").flatMap((line): Group[] => {
    const [name = "", , gidText = "", members = ""] = line.split(":");
    const gid = idOf(gidText);
    return gid === undefined
      ? []
      : [{ name, gid, members: members.split(",") }];
  });
}

/** Undefined for what is no user or group id in decimal. */
function idOf(text: string): number | undefined {
  // No regular expression: compiling it costs a boot more than a ms.
  for (const digit of text) if (digit < "0" || digit > "9") return undefined;
  const id = Number(text);
  return text !== "" && id <= maxId ? id : undefined;
}
