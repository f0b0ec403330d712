/**
 * A client of Marionette, the remote control that Firefox brings: commands over one TCP connection, answers matched by
 * number. An error names its command and says what Firefox said, never what was sent.
 */
import * as v from "valibot";

/** Type 1 is an answer; after its greeting Firefox sends nothing else. */
const Answer = v.tuple([
  v.literal(1),
  v.number(),
  v.nullable(v.object({ error: v.string(), message: v.string() })),
  v.unknown(),
]);
const ScriptResult = v.object({ value: v.unknown() });

/** Every message is the length of its JSON in bytes, a colon, and the JSON. */
const COLON = ":".charCodeAt(0);

export interface Marionette extends AsyncDisposable {
  /** Sends one command and returns its result. Throws with its name when Firefox refuses it, or ends before it answers. */
  send(name: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Runs the body of an async function with Firefox's own rights; `args` are its `arguments`. */
  runInBrowser(body: string, args?: readonly unknown[]): Promise<unknown>;
}

/** Connects to the Firefox that listens on `port` of this machine, and opens the one session that it allows. */
export async function connectMarionette(port: number): Promise<Marionette> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const writer = connection.writable.getWriter();
  const waiting = new Map<number, { name: string; answer: PromiseWithResolvers<unknown> }>();
  const greeted = Promise.withResolvers<void>();
  let lastId = 0;
  let isOpen = true;
  const reading = readAll().catch(() => {}).finally(() => {
    isOpen = false;
    greeted.resolve();
    for (const { name, answer } of waiting.values()) answer.reject(new Error(`${name}: Firefox has ended`));
  });

  async function readAll(): Promise<void> {
    for await (const message of readMessages(connection.readable)) {
      // The greeting is the only message that is no list.
      if (!Array.isArray(message)) greeted.resolve();
      else settle(message);
    }
  }

  function settle(message: unknown): void {
    const [, id, error, result] = v.parse(Answer, message);
    const command = waiting.get(id);
    waiting.delete(id);
    if (error === null) command?.answer.resolve(result);
    else command?.answer.reject(new Error(`${command.name}: ${error.error}: ${error.message}`));
  }

  async function send(name: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (!isOpen) throw new Error(`${name}: Firefox has ended`);
    const id = ++lastId;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, { name, answer });
    const json = JSON.stringify([0, id, name, parameters]);
    const length = new TextEncoder().encode(json).length;
    // A connection that breaks is noticed by the reader.
    writer.write(new TextEncoder().encode(`${length}:${json}`)).catch(() => {});
    return await answer.promise;
  }

  await greeted.promise;
  await send("WebDriver:NewSession");
  await send("Marionette:SetContext", { value: "chrome" });

  return {
    send,
    async runInBrowser(body, args = []) {
      const script = `return (async function () { ${body} }).apply(null, arguments);`;
      const result = await send("WebDriver:ExecuteScript", { script, args, sandbox: "system" });
      return v.parse(ScriptResult, result).value;
    },
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => {});
      await reading;
    },
  };
}

/** The messages of a connection, until it ends. */
async function* readMessages(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  let chunks: Uint8Array[] = [];
  let [size, needed] = [0, 0];
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    // Large answers come in many pieces, which are put together once.
    if (size < needed) continue;
    let bytes = joinBytes(chunks);
    while (true) {
      const colon = bytes.indexOf(COLON);
      if (colon === -1) break;
      const decoder = new TextDecoder();
      const end = colon + 1 + Number(decoder.decode(bytes.subarray(0, colon)));
      needed = end;
      if (bytes.length < end) break;
      yield JSON.parse(decoder.decode(bytes.subarray(colon + 1, end)));
      bytes = bytes.subarray(end);
      needed = 0;
    }
    chunks = [bytes];
    size = bytes.length;
  }
}

function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}
