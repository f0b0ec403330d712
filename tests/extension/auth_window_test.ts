import { authWindowErrorCause } from "../../extension/src/background/auth_window_error.ts";
import { parseAuthWindowResult } from "../../extension/src/background/auth_window_result.ts";
import { CONNECT_ERRORS } from "#shared/connect_error.ts";
import assert from "node:assert/strict";
import { GRANT_CODE, REDIRECT_URL } from "./fake_browser.ts";

const STATE = "S".repeat(43);
const ours = { redirectUrl: REDIRECT_URL, state: STATE };

function address(query: Record<string, string>, base = REDIRECT_URL): string {
  return `${base}?${new URLSearchParams(query)}`;
}

Deno.test("parseAuthWindowResult() reads the grant code of its own attempt", () => {
  const result = parseAuthWindowResult(address({ code: GRANT_CODE, state: STATE }), ours);
  assert.deepEqual(result, { ok: true, code: GRANT_CODE });
});

Deno.test("parseAuthWindowResult() passes every known error on as the cause", () => {
  for (const error of CONNECT_ERRORS) {
    assert.deepEqual(parseAuthWindowResult(address({ error, state: STATE }), ours), {
      ok: false,
      cause: error,
    });
  }
});

Deno.test("parseAuthWindowResult() rejects what it did not ask for", () => {
  const cases: [unknown, string][] = [
    [address({ code: GRANT_CODE, state: "x".repeat(43) }), "state_mismatch"],
    [address({ code: GRANT_CODE }), "state_mismatch"],
    [address({ error: "access_denied" }), "state_mismatch"],
    [address({ error: "of_a_newer_server", state: STATE }), "unexpected_answer"],
    [address({ code: "too-short", state: STATE }), "unexpected_answer"],
    [address({ state: STATE }), "unexpected_answer"],
    [address({ code: GRANT_CODE, state: STATE }, "https://evil.example/"), "unexpected_answer"],
    [address({ code: GRANT_CODE, state: STATE }, `${REDIRECT_URL}more`), "unexpected_answer"],
    ["not an address", "unexpected_answer"],
    [undefined, "unexpected_answer"],
    [null, "unexpected_answer"],
  ];
  for (const [value, cause] of cases) {
    assert.deepEqual(parseAuthWindowResult(value, ours), { ok: false, cause }, String(value));
  }
});

Deno.test("authWindowErrorCause() knows the words of Chrome and Firefox", () => {
  assert.equal(authWindowErrorCause(new Error("The user did not approve access.")), "cancelled");
  assert.equal(authWindowErrorCause(new Error("User cancelled or denied access.")), "cancelled");
  assert.equal(
    authWindowErrorCause(new Error("Only one web auth flow is allowed at a time.")),
    "window_busy",
  );
  assert.equal(authWindowErrorCause({ message: "gone" }), "window_failed");
  assert.equal(authWindowErrorCause(new Error("Authorization page could not be loaded.")), "window_failed");
  assert.equal(authWindowErrorCause(new Error("Words of a later browser")), "window_failed");
  assert.equal(authWindowErrorCause(undefined), "window_failed");
});
