import assert from "node:assert/strict";
import { createClock } from "./clock.ts";
import { startSimulator } from "./start_simulator.ts";
import { createStillSimulator, postToken } from "./token_client.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const HOUR = 3_600_000;

Deno.test("every answer tells the simulator's time, refusals and faults included", async () => {
  const simulator = createStillSimulator();
  const code = simulator.issueCode();
  const paths = ["/v2/oauth/chooselocation", "/v2/location/unknown/integration", "/locations/x", "/nowhere"];
  const answers = [
    () => postToken(simulator, { grant_type: "authorization_code", code }),
    () => postToken(simulator, { grant_type: "authorization_code", code }),
    ...(["bad_gateway_html", "damaged_json", "lost_answer", "rate_limited"] as const).map((kind) => () => {
      simulator.faults.next({ route: "token", kind });
      return postToken(simulator, { grant_type: "authorization_code", code });
    }),
    ...paths.map((path) => () => simulator.app.request(path)),
  ];
  for (const answer of answers) {
    const { headers, body } = await answer();
    assert.equal(headers.get("Date"), new Date(simulator.clock.now()).toUTCString());
    await body?.cancel().catch(() => {});
    simulator.clock.advance(HOUR);
  }
});

Deno.test("a client over a socket gets the simulator's time and no other", async () => {
  const clock = createClock(() => Date.UTC(2031, 4, 6, 7, 8, 9, 999));
  const { url, close } = await startSimulator({ port: 0, clock });
  try {
    const answer = await fetch(`${url}/oauth/token`, { method: "POST" });
    await answer.body?.cancel();
    assert.equal(answer.headers.get("Date"), "Tue, 06 May 2031 07:08:09 GMT");
  } finally {
    await close();
  }
});
