import assert from "#assert";
import { run } from "../../tools/run.ts";
import { run as runTool } from "./command_line_helper.ts";

const project = new URL("../../", import.meta.url).pathname;
const page = Deno.readTextFileSync(`${project}docs/host_packages.md`);

/** The page's only block of a language. */
function block(language: string): string {
  const found = [
    ...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms")),
  ];
  assert.equal(found.length, 1);
  return found[0]?.[1] ?? "";
}

const words = '"args":["/bin/sh","-c","id; df /tmp"]';
const user = '"user":{"uid":1000,"gid":1000}';
const rest =
  '"mounts":[{"destination":"/tmp","type":"tmpfs","source":"tmpfs","options":["size=64m"]}],"annotations":{"krun-init.oci":"1"}';

Deno.test("docs/host_packages.md's example in TypeScript does what it says", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-readme-" });
  try {
    await Deno.writeTextFile(`${folder}/example.ts`, block("ts"));
    const output = await run(Deno.execPath(), [
      ...["run", "-q", "--check", "--config", `${project}deno.json`],
      `${folder}/example.ts`,
    ]);
    assert.equal(
      output,
      `{"process":{${words},"env":["PATH=/bin","KRUN_RLIMITS=7=1024:4096"],"cwd":"/srv",${user}},${rest}}

init=/init.krun "KRUN_DHCP=1"
/init.krun 755 true
/.krun_config.json 644 true
`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("docs/host_packages.md's example in the shell does what it says", async () => {
  const folder = await Deno.makeTempDir({ prefix: "krun-readme-" });
  try {
    const [, example = ""] = /^krun-init (.*)/s.exec(block("sh")) ?? [];
    // The shell takes the words apart.
    const list = await run("/bin/sh", ["-c", `printf '%s\\n' ${example}`], {
      cwd: folder,
    });
    const args = list.trimEnd().split("\n").map((word) =>
      word === "config.json" ? `${folder}/${word}` : word
    );
    assert.equal((await runTool(args)).stderr, "");
    assert.equal(
      await Deno.readTextFile(`${folder}/config.json`),
      `{"process":{${words},${user}},${rest}}\n`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
