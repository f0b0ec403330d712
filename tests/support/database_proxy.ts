/** A TCP proxy before the test database, which can be away or silent without the database knowing. */

export interface DatabaseProxy extends AsyncDisposable {
  readonly port: number;
  /** Breaks every connection and refuses new ones. */
  refuse(): void;
  /** Keeps connections, takes what is sent, and passes nothing on. */
  silence(): void;
  /** Silences the connections that there are now; new ones work. */
  freeze(): void;
  /** Works again for new connections; silent ones are broken. */
  resume(): void;
}

export function startDatabaseProxy(target: { hostname: string; port: number }): DatabaseProxy {
  const connections = new Set<Deno.TcpConn>();
  const work = new Set<Promise<void>>();
  let isSilent = false;
  const frozen = new Set<Deno.TcpConn>();
  let listener: Deno.TcpListener | undefined = listen(0);
  const { port } = listener.addr;

  function listen(port: number): Deno.TcpListener {
    const opened = Deno.listen({ hostname: "127.0.0.1", port });
    track(accept(opened));
    return opened;
  }

  async function accept(from: Deno.TcpListener): Promise<void> {
    for await (const client of from) {
      connections.add(client);
      const server = await Deno.connect(target);
      connections.add(server);
      track(pump(client, server));
      track(pump(server, client));
    }
  }

  async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(16_384);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        if (isSilent || frozen.has(from)) continue;
        for (let rest = buffer.subarray(0, count); rest.length > 0;) {
          rest = rest.subarray(await to.write(rest));
        }
      }
    } catch {
      // One end broke; the other is closed below.
    }
    close(from);
    close(to);
  }

  function track(promise: Promise<void>): void {
    work.add(promise);
    promise.finally(() => work.delete(promise));
  }

  function close(connection: Deno.TcpConn): void {
    if (connections.delete(connection)) connection.close();
  }

  function breakConnections(): void {
    for (const connection of connections) close(connection);
  }

  function stopListening(): void {
    listener?.close();
    listener = undefined;
    breakConnections();
  }

  return {
    port,
    refuse: stopListening,
    silence() {
      isSilent = true;
    },
    freeze() {
      for (const connection of connections) frozen.add(connection);
    },
    resume() {
      isSilent = false;
      breakConnections();
      listener ??= listen(port);
    },
    async [Symbol.asyncDispose]() {
      stopListening();
      await Promise.all(work);
    },
  };
}
