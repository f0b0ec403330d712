/** An answer before it is sent, so that a fault may still delay, damage or lose it. */

export interface Answer {
  status: number;
  /** What is sent as JSON. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** The answer as it goes out when nothing goes wrong. */
export function answerResponse(answer: Answer): Response {
  return Response.json(answer.body, { status: answer.status, headers: { ...answer.headers } });
}

/** Headers that go with an answer, beside those it has. */
export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
