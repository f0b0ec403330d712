/** Turns a call and the fault that strikes it, if any, into what the client gets to see. */
import { type Answer, answerResponse } from "./answer.ts";
import type { Fault } from "./faults.ts";
import { rateLimitHeaders, tooManyRequests } from "./rate_limits.ts";

const TIMEOUT_MILLISECONDS = 60_000;

/** A call that waits to be carried out. `perform` does it, and is asked at most once. */
export interface StruckCall {
  fault: Fault | null;
  perform(): Answer;
  revokeFamily(): void;
  hold(milliseconds: number): Promise<void>;
}

/** `whole` is false when the client cannot read the answer that HighLevel gave, or HighLevel gave none. */
export interface SentAnswer {
  response: Response;
  whole: boolean;
}

/** Performs the call where the fault lets it, and answers. */
export async function answerUnderFault(
  { fault, perform, revokeFamily, hold }: StruckCall,
): Promise<SentAnswer> {
  if (fault === null) return whole(perform());
  if (fault.kind === "revoke_family") {
    revokeFamily();
    return whole(perform());
  }
  const answer = performsFirst(fault) ? perform() : null;
  switch (fault.kind) {
    case "lost_answer":
      return broken(brokenResponse());
    case "timeout":
      await hold(fault.delayMs ?? TIMEOUT_MILLISECONDS);
      return broken(gatewayPage(504, "Gateway Time-out"));
    case "slow":
      await hold(fault.delayMs ?? 1000);
      return whole(answer ?? perform());
    case "rate_limited":
      return broken(rateLimited(fault));
    case "bad_gateway_html":
      return broken(gatewayPage(502, "Bad Gateway"));
    case "damaged_json": {
      const { status, body } = answer ?? perform();
      const text = JSON.stringify(body);
      return broken(
        jsonText(text.slice(0, Math.ceil(text.length / 2)), { status, type: "application/json" }),
      );
    }
    case "server_error_json": {
      const body = { statusCode: 500, message: "Internal server error" };
      return broken(answerResponse({ status: 500, body }));
    }
    case "wrong_content_type": {
      const { status, body } = answer ?? perform();
      return { response: jsonText(JSON.stringify(body), { status, type: "text/html" }), whole: true };
    }
  }
}

function performsFirst({ kind, performed }: Fault): boolean {
  return performed ?? ["lost_answer", "slow", "damaged_json", "wrong_content_type"].includes(kind);
}

function whole(answer: Answer): SentAnswer {
  return { response: answerResponse(answer), whole: true };
}

function broken(response: Response): SentAnswer {
  return { response, whole: false };
}

/** Reading its body fails, in process and over a socket alike, where the connection breaks after the head. */
function brokenResponse(): Response {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new TypeError("Cannot read the answer: the connection broke")),
  });
  return new Response(body, { headers: { "Content-Type": "application/json" } });
}

function rateLimited(fault: Fault): Response {
  const retryAfter: Record<string, string> = fault.retryAfterSeconds === undefined
    ? {}
    : { "Retry-After": `${fault.retryAfterSeconds}` };
  return answerResponse(tooManyRequests({ ...rateLimitHeaders({ burst: 0, day: 150_000 }), ...retryAfter }));
}

function gatewayPage(status: number, title: string): Response {
  const heading = `${status} ${title}`;
  const page =
    `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n` +
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
  return new Response(page, { status, headers: { "Content-Type": "text/html" } });
}

function jsonText(text: string, { status, type }: { status: number; type: string }): Response {
  return new Response(text, { status, headers: { "Content-Type": `${type}; charset=utf-8` } });
}
