/** The page a person meets in the browser window when there is no extension to go back to. Always status 200. */
import { raw } from "hono/html";
import type { AppContext } from "../http/context.ts";
import { type Outcome, OUTCOME_TEXTS } from "./outcome.ts";
import { PAGE_STYLE } from "./page_style.ts";

/** The address may hold a code; it must not stay in the window's history. */
const FORGET_QUERY = "history.replaceState(null, '', location.pathname)";

const MARKS = {
  good: "M5 12.5l4.5 4.5L19 7.5",
  calm: "M12 11v6M12 7.5v.01",
  bad: "M12 7v6.5M12 17v.01",
} as const;

/** HTML of the outcome with the request's id, by which the operator finds it in the log. */
export function outcomePage(c: AppContext, outcome: Outcome): Response | Promise<Response> {
  const { tone, title, happened, next } = OUTCOME_TEXTS[outcome];
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
          <main data-outcome={outcome}>
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
            <p class="next">{next}</p>
            <p class="request">Request {c.get("requestId")}</p>
          </main>
        </body>
      </html>
    </>,
  );
}
