import assert from "#assert";
import { decodeBytes, encodeBytes } from "../../ffi/bytes.ts";
import { Refusal } from "../../ffi/recording_sys.ts";
import { completeHosts } from "../../stages/formats/hosts.ts";
import { hosts } from "../../stages/hosts.ts";
import { runStage, type StageOptions } from "./stage_helper.ts";

Deno.test("completeHosts() adds localhost and the guest's name, as far as they are missing", () => {
  const local = "127.0.0.1 localhost\n::1 localhost\n";
  assert.equal(completeHosts("", "box"), `${local}127.0.1.1 box\n`);
  assert.equal(completeHosts("", "localhost"), local);
  assert.equal(
    completeHosts("10.0.0.1 db", "box"),
    `10.0.0.1 db\n${local}127.0.1.1 box\n`,
  );
  assert.equal(
    completeHosts("127.0.0.1\tlocalhost box.example # box\n", "box"),
    "127.0.0.1\tlocalhost box.example # box\n127.0.1.1 box\n",
  );
  for (
    const text of [
      "127.0.0.1 localhost\n10.0.2.100 box",
      "127.0.0.1\tbox  localhost",
      "#\n::1 localhost\n1.2.3.4 a box # c",
    ]
  ) {
    assert.equal(completeHosts(text, "box"), undefined);
  }
});

/** What is written to /etc/hosts; undefined where nothing is. */
function written(
  text: string | undefined,
  options: StageOptions = {},
  hasEtc = true,
): { said: readonly string[]; text: string | undefined } {
  let result: string | undefined;
  const { events } = runStage(hosts, {
    ...options,
    answers: {
      readFile() {
        if (text === undefined) throw new Refusal("ENOENT");
        return encodeBytes(text);
      },
      lstat() {
        if (!hasEtc) throw new Refusal("ENOENT");
        return { mode: 0o040755, uid: 0, gid: 0, device: 0 };
      },
      writeFile: (_path, bytes) => void (result = decodeBytes(bytes)),
    },
  });
  return { said: events.slice(1, -1), text: result };
}

Deno.test("hosts completes the file with the name that the guest has", () => {
  const has = "127.0.0.1 localhost\n";
  const named: readonly StageOptions[] = [
    { environment: ["HOSTNAME=box"] },
    { config: { hostname: "box" } },
  ];
  for (const options of named) {
    assert.deepEqual(written(has, options), {
      ...{ said: [], text: `${has}127.0.1.1 box\n` },
    });
  }
  assert.deepEqual(written(has), { said: [], text: undefined });
  assert.equal(
    written(undefined).text,
    "127.0.0.1 localhost\n::1 localhost\n",
  );
});

Deno.test("hosts makes no /etc for localhost alone", () => {
  assert.equal(written(undefined, {}, false).text, undefined);
  const environment = ["HOSTNAME=box"];
  assert.match(
    written(undefined, { environment }, false).text ?? "",
    /^127.0.1.1 box$/m,
  );
});

Deno.test("hosts writes no name that the file can't carry", () => {
  for (const name of ["a b", "a#b", "\udcff", "a\nb", ""]) {
    const { text } = written("1.2.3.4 localhost", {
      environment: [`HOSTNAME=${name}`],
    });
    assert.equal(text, undefined);
  }
});

Deno.test("hosts is switched off by KRUN_HOSTS=0", () => {
  const environment = ["KRUN_HOSTS=0", "HOSTNAME=box"];
  assert.deepEqual(runStage(hosts, { environment }).calls, []);
});

Deno.test("hosts leaves a read-only root as it is, and reports other failures", () => {
  const aside = 'write("/etc/hosts.krun-init", 34 bytes)';
  const own = 'write("/etc/hosts", 34 bytes)';
  const failing = (errno: string): readonly string[] =>
    written(undefined, { failures: { [aside]: errno, [own]: errno } }).said;
  assert.deepEqual(failing("EROFS"), []);
  const failures = { [aside]: "ENOENT" };
  assert.deepEqual(written(undefined, { failures }).said, []);
  assert.deepEqual(failing("EACCES"), [`warn: ${own}: EACCES`]);
  const { events } = runStage(hosts, {
    failures: { 'read("/etc/hosts")': "EIO" },
  });
  assert.deepEqual(events, ["start", 'warn: read("/etc/hosts"): EIO', "done"]);
});
