import assert from "node:assert/strict";
import { fitsSocket, listenSettings } from "../../../../server/db/embedded/connection_options.ts";

const LOGIN = { port: 5432, database: "relatch", username: "relatch", password: "", ssl: false } as const;
/** "/socket/.s.PGSQL.5432" */
const BELOW = 21;

Deno.test({
  name: "fitsSocket() counts the whole path in bytes",
  ignore: Deno.build.os === "windows",
  fn() {
    assert.equal(fitsSocket("/".padEnd(107 - BELOW, "d"), 107), true);
    assert.equal(fitsSocket("/".padEnd(108 - BELOW, "d"), 107), false);
    assert.equal(fitsSocket("/".padEnd(107 - BELOW, "ü"), 107), false);
    assert.equal(fitsSocket("/d", 0), false);
  },
});

Deno.test("listenSettings() opens no network address beside a socket, and no socket beside the loopback", () => {
  assert.deepEqual(listenSettings({ ...LOGIN, host: "/data/socket" }), {
    listen_addresses: "",
    unix_socket_directories: "/data/socket",
    port: "5432",
  });
  assert.deepEqual(listenSettings({ ...LOGIN, host: "127.0.0.1", port: 40001 }), {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: "40001",
  });
});
