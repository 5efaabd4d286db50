import assert from "#assert";
import { signalName, signalNumber } from "../../stages/formats/signal_names.ts";

Deno.test("signalNumber() knows every name and form that images have", () => {
  const known: Readonly<Record<string, number>> = {
    ...{ SIGHUP: 1, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15, SIGSTKFLT: 16 },
    ...{ SIGCHLD: 17, SIGURG: 23, SIGWINCH: 28, SIGPWR: 30, SIGSYS: 31 },
    ...{ SIGIOT: 6, SIGCLD: 17, SIGPOLL: 29, SIGIO: 29 },
    ...{ QUIT: 3, quit: 3, sigquit: 3, SigTerm: 15 },
    ...{ "1": 1, "3": 3, "03": 3, "15": 15, "64": 64 },
    ...{ SIGRTMIN: 34, "SIGRTMIN+3": 37, "RTMIN+0": 34, "rtmin+30": 64 },
    ...{ SIGRTMAX: 64, "SIGRTMAX-14": 50, "RTMAX-30": 34 },
  };
  for (const [text, number] of Object.entries(known)) {
    assert.equal(signalNumber(text), number, text);
  }
});

Deno.test("signalNumber() knows no other", () => {
  for (
    const text of [
      ...["", "0", "65", "100", "-1", "1.5", "SIG", "SIGNONE", "SIGSIGQUIT"],
      ...[" QUIT", "QUIT ", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31"],
      ...["RTMIN+", "SIGRT", "constructor", "toString", "__proto__"],
    ]
  ) {
    assert.equal(signalNumber(text), undefined, text);
  }
});

Deno.test("signalName() gives what signalNumber() takes", () => {
  for (let number = 1; number <= 64; number++) {
    assert.equal(signalNumber(signalName(number)), number);
  }
  assert.deepEqual([3, 15, 32, 34, 37].map(signalName), [
    ...["SIGQUIT", "SIGTERM", "32", "SIGRTMIN+0", "SIGRTMIN+3"],
  ]);
});
