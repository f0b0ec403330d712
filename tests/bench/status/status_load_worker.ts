/** Asks for a status as fast as it is answered, over connections that are kept. */
// @ts-types="@types/autocannon"
import autocannon from "autocannon";
import * as v from "valibot";
import { serveTasks } from "../bench_worker.ts";
import { LoadOrder } from "./status_load.ts";

serveTasks({
  async load(order) {
    const { url, sessionToken, connections, seconds } = v.parse(LoadOrder, order);
    const result = await autocannon({
      url,
      connections,
      duration: seconds,
      headers: { authorization: `Bearer ${sessionToken}` },
    });
    return {
      answers: result["2xx"],
      failures: result.non2xx + result.errors,
      seconds: result.duration,
      medianMilliseconds: result.latency.p50,
      slowMilliseconds: result.latency.p99,
    };
  },
});
