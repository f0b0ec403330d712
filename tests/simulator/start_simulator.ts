/** Serves a simulator over HTTP, on a loopback address only. */
import { deliverContinuously } from "./deliver_continuously.ts";
import { serveHttp } from "./http_server.ts";
import { createSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";

const LOOPBACK_HOSTS: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/** Webhooks are sent as they fall due. `port` 0 picks a free one. `host` is a loopback address, by default 127.0.0.1. */
export interface StartOptions extends SimulatorOptions {
  port: number;
  host?: string;
}

export interface RunningSimulator {
  /** Without a slash at the end. */
  url: string;
  simulator: Simulator;
  /** Ends delays, lets the calls under way finish, and frees the port. */
  close(): Promise<void>;
}

/** Resolves once the simulator listens. Rejects for a host that is not loopback, or a port in use. */
export async function startSimulator(
  { port, host = "127.0.0.1", ...options }: StartOptions,
): Promise<RunningSimulator> {
  if (!LOOPBACK_HOSTS.includes(host)) throw new Error(`Cannot listen on "${host}": not a loopback address`);
  const simulator = createSimulator(options);
  const server = await serveHttp((request) => simulator.app.fetch(request), { port, host });
  const courier = deliverContinuously(simulator.webhooks);
  return {
    url: `http://${host === "::1" ? "[::1]" : host}:${server.port}`,
    simulator,
    async close() {
      simulator.faults.release();
      await courier.stop();
      await server.close();
    },
  };
}
