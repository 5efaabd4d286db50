/** Every case of the tests on libkrun, by subject. */

import type { Case } from "./case.ts";
import { identity } from "./cases/identity.ts";
import { machines } from "./cases/machines.ts";
import { network } from "./cases/network.ts";
import { streams } from "./cases/streams.ts";
import { volumes } from "./cases/volumes.ts";
import { vsock } from "./cases/vsock.ts";
import { waysIn } from "./cases/ways_in.ts";
import { waysOut } from "./cases/ways_out.ts";

/** A subject, and its cases in the order of the table. */
export const subjects: readonly (readonly [string, readonly Case[]])[] = [
  ["How the command comes in", waysIn],
  ["How the guest ends", waysOut],
  ["Streams and terminals", streams],
  ["Who the command is", identity],
  ["Roots and volumes", volumes],
  ["Network", network],
  ["vsock", vsock],
  ["Machines", machines],
];

/** All of them. */
export const cases: readonly Case[] = subjects.flatMap(([, cases]) => cases);
