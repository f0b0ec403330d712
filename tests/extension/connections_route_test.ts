import { hashFor, parseRoute, type Route } from "../../extension/src/connections/route.ts";
import assert from "node:assert/strict";

const WHOLE_LIST: Route = { kind: "list", category: null };

Deno.test("parseRoute() reads what hashFor() wrote", () => {
  const routes: Route[] = [
    WHOLE_LIST,
    { kind: "list", category: "reconnect_required" },
    { kind: "list", category: "disconnecting" },
    { kind: "connection", connectionId: "01900000-0000-7000-8000-000000000001" },
  ];
  for (const route of routes) assert.deepEqual(parseRoute(hashFor(route)), route);
  assert.equal(hashFor({ kind: "list", category: "reconnect_required" }), "#state=reconnect_required");
});

Deno.test("parseRoute() shows the whole list for whatever it does not understand", () => {
  for (
    const hash of ["", "#", "#state=", "#state=toString", "#state=connected&x", "#%E0%A4%A", "#a b", "#<b>"]
  ) {
    assert.deepEqual(parseRoute(hash), WHOLE_LIST, hash);
  }
});
