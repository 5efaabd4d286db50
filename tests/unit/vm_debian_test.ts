import assert from "#assert";
import { dependencyNames, plannedPackages } from "../../tools/debian.ts";

Deno.test("dependencyNames() leaves versions and architectures out", () => {
  assert.deepEqual(
    dependencyNames(
      "linux-image-6.1.0-1-cloud-amd64 (= 6.1.2-1), a | b:any, c [amd64] <!nocheck>\n",
    ),
    ["linux-image-6.1.0-1-cloud-amd64", "a", "b", "c"],
  );
  assert.deepEqual(dependencyNames(""), []);
});

Deno.test("plannedPackages() lists what apt would install, in its order", () => {
  assert.deepEqual(
    plannedPackages(`Reading package lists...
The following NEW packages will be installed:
  libcap2 redis-server
Inst libcap2 (1:2.66-4+b1 Debian:12.15/oldstable [amd64]) []
Inst redis-server (5:7.0.15-1 Debian-Security:12/oldstable-security [amd64])
Conf libcap2 (1:2.66-4+b1 Debian:12.15/oldstable [amd64])
Conf redis-server (5:7.0.15-1 Debian-Security:12/oldstable-security [amd64])
`),
    ["libcap2=1:2.66-4+b1", "redis-server=5:7.0.15-1"],
  );
});
