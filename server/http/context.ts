/** What travels with a request through Hono: the variables that middleware sets, and Deno's connection info. */
import type { Context } from "hono";
import type { RequestIdVariables } from "hono/request-id";
import type { SecureHeadersVariables } from "hono/secure-headers";

/** `Bindings` are absent when a test calls `app.request()` without a socket. */
export interface AppEnv {
  Bindings: Partial<Deno.ServeHandlerInfo<Deno.NetAddr>>;
  Variables: RequestIdVariables & SecureHeadersVariables;
}

export type AppContext<Path extends string = string> = Context<AppEnv, Path>;
