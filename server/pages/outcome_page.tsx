/** The page a person meets in the browser window when there is no extension to go back to. Always status 200. */
import { raw } from "hono/html";
import type { AppContext } from "../http/context.ts";
import { type Outcome, outcomeText, type Subject } from "./outcome.ts";
import { PAGE_STYLE } from "./page_style.ts";

/** The address may hold a code; it must not stay in the window's history. */
const FORGET_QUERY = "history.replaceState(null, '', location.pathname)";

const MARKS = {
  good: "M7 12.5l3.4 3.4L17 9",
  calm: "M12 11v6M12 7.5v.01",
  bad: "M12 7v6.5M12 17v.01",
} as const;

/** Longer than any name that a person would give; HighLevel's may be of any length. */
const MAX_NAME_CHARACTERS = 80;

/** HTML of the outcome with the request's id, by which the operator finds it in the log. */
export function outcomePage(c: AppContext, outcome: Outcome): Response | Promise<Response> {
  const { tone, title, happened, subject, next } = outcomeText(outcome);
  const nonce = c.get("secureHeadersNonce");
  return c.html(
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} · Relatch`}</title>
          <style nonce={nonce}>{raw(PAGE_STYLE)}</style>
          <script nonce={nonce}>{raw(FORGET_QUERY)}</script>
        </head>
        <body>
          <main data-outcome={typeof outcome === "string" ? outcome : "installed"}>
            <p class="brand">
              <svg viewBox="0 0 32 32" aria-hidden="true">
                <rect width="32" height="32" rx="8" />
                <path d="M6.5 10h12.5a6 6 0 1 1-6 6" />
                <circle cx="19" cy="16" r="2.2" />
              </svg>
              Relatch
            </p>
            <svg class={`mark ${tone}`} viewBox="0 0 24 24" aria-hidden="true">
              <circle cx="12" cy="12" r="11" />
              <path d={MARKS[tone]} />
            </svg>
            <h1>{title}</h1>
            <p>{happened}</p>
            {subject === undefined ? null : <SubjectBox subject={subject} />}
            <p class="next">{next}</p>
            <p class="request">Request {c.get("requestId")}</p>
          </main>
        </body>
      </html>
    </>,
  );
}

/** Names in any script stand as they are written, and leave the words around them alone. */
function SubjectBox({ subject: { kind, name, id, more } }: { subject: Subject }) {
  return (
    <div class="subject">
      <p class="kind">{kind}</p>
      {name === null ? null : (
        <p class="name">
          <bdi>{cut(name)}</bdi>
        </p>
      )}
      <p class="id">{id}</p>
      {more === null ? null : <p class="more">{more}</p>}
    </div>
  );
}

function cut(name: string): string {
  const characters = [...name];
  if (characters.length <= MAX_NAME_CHARACTERS) return name;
  return `${characters.slice(0, MAX_NAME_CHARACTERS - 1).join("").trimEnd()}…`;
}
