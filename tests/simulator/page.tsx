/** The document around every page of the simulator. */
import { html, raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";
import { PAGE_STYLE } from "./page_style.ts";

/** What a component renders to. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole HTML document. `script` is trusted inline code. */
export function Page(
  { title, script, children }: { title: string; script?: string; children?: Child },
): Markup {
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <style>{raw(PAGE_STYLE)}</style>
        {script === undefined ? null : <script>{raw(script)}</script>}
      </head>
      <body>{children}</body>
    </html>
  );
  return html`<!DOCTYPE html>${document}`;
}

/** Tells a person that nothing here is real. */
export function SimulatorNotice(): Markup {
  return <p class="notice">Simulated HighLevel for tests and demos. No real account is involved.</p>;
}
