import assert from "#assert";
import { dependencyNames } from "../../tools/debian.ts";

Deno.test("dependencyNames() leaves versions and architectures out", () => {
  assert.deepEqual(
    dependencyNames(
      "linux-image-6.1.0-1-cloud-amd64 (= 6.1.2-1), a | b:any, c [amd64] <!nocheck>\n",
    ),
    ["linux-image-6.1.0-1-cloud-amd64", "a", "b", "c"],
  );
  assert.deepEqual(dependencyNames(""), []);
});
