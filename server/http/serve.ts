/** Listens, counts what is under way, and stops in order. */
import { setTimeout as delay } from "node:timers/promises";

/** How long running requests may take after the signal to stop; an exchange with HighLevel takes at most 15 s. */
const DRAIN_MILLISECONDS = 20_000;
/** For the last answers to leave, and for connections that nobody finishes: no request of theirs is waited for. */
const GRACE_MILLISECONDS = 250;
const CHECK_MILLISECONDS = 20;

export interface ServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
}

export interface RunningServer {
  readonly address: Deno.NetAddr;
  /** Takes no new requests and waits for the running ones, 20 seconds at most. */
  stop(): Promise<void>;
}

/** Throws with the address when it cannot be listened on. */
export function serve({ hostname, port, handler }: ServeOptions): RunningServer {
  let active = 0;
  const counted: Deno.ServeHandler<Deno.NetAddr> = async (request, info) => {
    active += 1;
    try {
      return await handler(request, info);
    } finally {
      active -= 1;
    }
  };
  const server = listen(hostname, port, counted);

  async function stop(): Promise<void> {
    let closed = false;
    // Resolves once every connection is closed, which a client that sends half a request can hold up.
    server.shutdown().then(() => closed = true);
    const deadline = performance.now() + DRAIN_MILLISECONDS;
    while (!closed && active > 0 && performance.now() < deadline) await delay(CHECK_MILLISECONDS);
    const end = Math.min(performance.now() + GRACE_MILLISECONDS, deadline);
    while (!closed && performance.now() < end) await delay(CHECK_MILLISECONDS);
  }

  return { address: server.addr, stop };
}

function listen(hostname: string, port: number, handler: Deno.ServeHandler<Deno.NetAddr>) {
  try {
    return Deno.serve({ hostname, port, onListen: () => {} }, handler);
  } catch (cause) {
    throw new Error(`Cannot listen on "${hostname}", port ${port}`, { cause });
  }
}
