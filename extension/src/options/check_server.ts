/** Whether a Relatch server answers at an address. No credential is sent. */
import { HEALTH_PATH } from "#shared/endpoints.ts";
import { askServer, type Fetch } from "../server_answer.ts";

const TIMEOUT_MS = 5_000;

export type ServerCheck = "answers" | "unreachable" | "unexpected_answer";

export async function checkServer(fetch: Fetch, server: string): Promise<ServerCheck> {
  const answer = await askServer(fetch, server + HEALTH_PATH, { timeoutMs: TIMEOUT_MS });
  if (!answer.ok) return "unreachable";
  const isJson = typeof answer.body === "object" && answer.body !== null;
  return answer.status === 200 && isJson ? "answers" : "unexpected_answer";
}
