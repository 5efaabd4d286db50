/**
 * `deno task test:libkrun`: guests of libkrun itself, each with libkrun's own
 * init and with this project's images.
 */

import { parseArgs } from "#parse-args";
import { cases } from "../tests/libkrun/cases.ts";
import { type Case, initTitles, sh } from "../tests/libkrun/case.ts";
import { type Images, runCases } from "../tests/libkrun/run_cases.ts";
import { page, pageOf, staleRows } from "../tests/libkrun/table.ts";
import { whyNoLibkrun } from "./libkrun/library.ts";
import { note } from "./note.ts";
import { run } from "./run.ts";
import { currentImage } from "./vm/current_image.ts";

const usage = `Usage: deno task test:libkrun [OPTIONS] [CASE…]

Starts guests by libkrun, each with libkrun's own init and with the images of
this project, and compares what comes of them with what must. Without names, it
is every case.

  --short     only the selection that deno task test runs
  --update    write docs/compatibility.md anew; else it is checked
  --soak N    instead: N guests with each init, each with a status of its own
  --show      what each guest wrote, too
  --list      the cases, a line each
  --help      this text
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      short: { type: "boolean" },
      update: { type: "boolean" },
      soak: { type: "string" },
      show: { type: "boolean" },
      list: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const { short, update, soak } = values;
  if (update && (short || soak || positionals.length > 0)) {
    throw new Error("--update takes every case");
  }
  if (soak && (short || positionals.length > 0)) {
    throw new Error("--soak has cases of its own");
  }
  for (const name of positionals) {
    if (!cases.some((one) => one.name === name)) {
      throw new Error(`Unknown case: ${name} (--list shows all)`);
    }
  }
  const chosen = soak
    ? soakCases(Number(soak))
    : cases.filter((one) =>
      (positionals.length === 0 || positionals.includes(one.name)) &&
      (!short || one.short)
    );
  if (values.help) return print(usage);
  if (values.list) {
    return print(chosen.map((one) => `${one.name}: ${one.about}\n`).join(""));
  }
  const reason = await whyNoLibkrun();
  if (reason !== undefined) throw new Error(`Cannot build libkrun: ${reason}`);
  const images: Images = {
    deno: await currentImage("x86_64"),
    small: await currentImage("x86_64", "quickjs"),
  };
  let failed = 0;
  const results = await runCases(chosen, images, (result) => {
    const { case: { name }, init, differences, seconds, outcome } = result;
    const word = differences.length === 0 ? "ok" : "FAILED";
    print(
      `${name}, ${initTitles[init]} ... ${word} (${seconds.toFixed(1)} s)\n`,
    );
    for (const line of differences) print(`  ${line}\n`);
    if (values.show) print(`  ${JSON.stringify(outcome)}\n`);
    if (differences.length > 0) failed++;
  });
  if (update && failed === 0) {
    await Deno.writeTextFile(page, await pageOf(results));
    await run(Deno.execPath(), ["fmt", "-q", page]);
  }
  // A case that failed has said so, and the page has none of a soak.
  const text = await Deno.readTextFile(page);
  for (const row of failed || soak ? [] : staleRows(text, results)) {
    print(`docs/compatibility.md (--update) has not: ${row}\n`);
    failed++;
  }
  print(`${results.length - failed} passed, ${failed} failed\n`);
  return failed === 0 && results.length > 0 ? 0 : 1;
}

/** Guests with the statuses 1, 2, … in their order. */
function soakCases(count: number): Case[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new Error("--soak takes a number of guests");
  }
  return Array.from({ length: count }, (_, n) => {
    const status = (n + 1) % 256;
    return {
      name: `soak-${n}`,
      about: "",
      guest: { exec: sh(`echo ${n}; exit ${status}`) },
      expect: { status, stdout: `${n}\n` },
      // Nobody waits for it, and the machine may have other work.
      limit: 600,
    };
  });
}

function print(text: string): number {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return 0;
}

if (import.meta.main) {
  // The machines' folders go with this process, also when it is interrupted.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => Deno.exit(130));
  }
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    note(`test:libkrun: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
