import assert from "#assert";
import { resolvConf } from "../../stages/formats/resolv_conf.ts";

Deno.test("resolvConf() has a line for each name server, in their order", () => {
  assert.equal(
    resolvConf([0xc0a87f01, 0x08080808], []),
    "nameserver 192.168.127.1\nnameserver 8.8.8.8\n",
  );
});

Deno.test("resolvConf() begins with the domains to search, if any", () => {
  assert.equal(
    resolvConf([0x0a000001], ["a.example", "example"]),
    "search a.example example\nnameserver 10.0.0.1\n",
  );
});
