import assert from "#assert";
import { parseGuestConfig } from "../../stages/formats/guest_config.ts";
import type { ProcessControl } from "../../stages/formats/process_control.ts";

/** What the reader finds in a config, and what it complains of. */
function read(config: unknown): [ProcessControl, string[]] {
  const { config: { stopSignal, terminal }, findings } = parseGuestConfig(
    JSON.stringify(config),
  );
  return [
    {
      ...(stopSignal !== undefined && { stopSignal }),
      ...(terminal !== undefined && { terminal }),
    },
    findings.map(({ path, message }) => `${path}: ${message}`),
  ];
}

const annotation = "org.opencontainers.image.stopSignal";

Deno.test("a config's stop signal is the image's, else the annotation's", () => {
  const cases: readonly (readonly [unknown, number | undefined])[] = [
    [{}, undefined],
    [{ StopSignal: "SIGQUIT" }, 3],
    [{ Config: { StopSignal: "SIGRTMIN+3", Cmd: ["/sbin/init"] } }, 37],
    [{ StopSignal: 3 }, 3],
    [{ StopSignal: "" }, undefined],
    [{ StopSignal: null, annotations: { [annotation]: "15" } }, 15],
    [{ annotations: { [annotation]: "SIGINT" }, process: {} }, 2],
    [{ StopSignal: "QUIT", annotations: { [annotation]: "SIGINT" } }, 3],
  ];
  for (const [config, stopSignal] of cases) {
    const expected = stopSignal === undefined ? {} : { stopSignal };
    assert.deepEqual(read(config), [expected, []], JSON.stringify(config));
  }
});

Deno.test("a signal that is none is found, and the other one counts", () => {
  assert.deepEqual(
    read({ StopSignal: "SIGNONE", annotations: { [annotation]: "INT" } }),
    [{ stopSignal: 2 }, ['StopSignal: "SIGNONE", not a signal']],
  );
  assert.deepEqual(read({ annotations: { [annotation]: true } }), [
    {},
    [`annotations.${annotation}: true, not a signal`],
  ]);
});

Deno.test("a config's terminal has the size that it says, or none", () => {
  const terminal = (process: unknown): ProcessControl["terminal"] =>
    read({ process })[0].terminal;
  assert.equal(terminal({}), undefined);
  assert.equal(terminal({ terminal: false }), undefined);
  assert.equal(terminal({ consoleSize: { height: 24 } }), undefined);
  assert.deepEqual(terminal({ terminal: true }), { rows: 0, columns: 0 });
  assert.deepEqual(
    terminal({ terminal: true, consoleSize: { height: 24, width: 80 } }),
    { rows: 24, columns: 80 },
  );
  assert.deepEqual(
    terminal({ terminal: true, consoleSize: { width: 80, height: null } }),
    { rows: 0, columns: 80 },
  );
});

Deno.test("what is no terminal and no size of one is found", () => {
  const found = (process: unknown): string[] => read({ process })[1];
  assert.deepEqual(found({ terminal: "yes" }), [
    'process.terminal: "yes", not true or false',
  ]);
  assert.deepEqual(found({ terminal: true, consoleSize: [24, 80] }), [
    "process.consoleSize: an array, not an object",
  ]);
  assert.deepEqual(
    found({ terminal: true, consoleSize: { height: 65536, width: "80" } }),
    [
      "process.consoleSize.height: 65536, not a whole number from 0 to 65535",
      'process.consoleSize.width: "80", not a whole number from 0 to 65535',
    ],
  );
});
