import assert from "#assert";
import fc from "fast-check";
import { Environment } from "../../stages/formats/environment.ts";
import { kernelText, variableName } from "./arbitraries.ts";

Deno.test("Environment gives a variable's value, its own = signs included", () => {
  const environment = new Environment(["A=1=2", "AB=3", "E="]);
  assert.equal(environment.get("A"), "1=2");
  assert.equal(environment.get("AB"), "3");
  assert.equal(environment.get("E"), "");
  assert.equal(environment.get("B"), undefined);
  assert.equal(environment.get("a"), undefined);
  assert.equal(environment.get(""), undefined);
});

Deno.test("Environment replaces a variable in its place and adds one at the end", () => {
  const environment = new Environment(["A=1", "B=2", "C=3"]);
  environment.set("B", "x=y", "config");
  environment.set("D", "", "config");
  assert.deepEqual(environment.items(), ["A=1", "B=x=y", "C=3", "D="]);
});

Deno.test("Environment keeps what is no variable, and duplicates, as they are", () => {
  const items = ["nonsense", "A=1", "A=2", "", "=x"];
  const environment = new Environment(items);
  assert.equal(environment.get("A"), "1");
  assert.equal(environment.get("nonsense"), undefined);
  assert.deepEqual(environment.items(), items);
  environment.set("A", "3", "config");
  assert.deepEqual(environment.items(), ["nonsense", "A=3", "A=2", "", "=x"]);
  assert.deepEqual(items[1], "A=1");
});

Deno.test("Environment knows who set a variable", () => {
  const environment = new Environment(["A=1", "B=2"]);
  environment.set("B", "3", "config");
  environment.set("C", "4", "config");
  environment.set("C", "5", "KRUN_C");
  assert.equal(environment.source("A"), undefined);
  assert.equal(environment.source("B"), "config");
  assert.equal(environment.source("C"), "KRUN_C");
});

Deno.test("Environment gives what was set last, and all others as before", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(variableName),
      variableName,
      kernelText,
      (names, name, value) => {
        const environment = new Environment(names.map((n) => `${n}=old`));
        environment.set(name, value, "config");
        assert.equal(environment.get(name), value);
        const others = names.filter((other) => other !== name);
        for (const other of others) {
          assert.equal(environment.get(other), "old");
        }
        assert.equal(environment.items().length, others.length + 1);
      },
    ),
  );
});
