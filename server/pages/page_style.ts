/** The look of the pages: one style sheet, inside the page, light and dark. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #ffffff; --text: #1d2433; --quiet: #5a6478; --line: #e1e5ec;
  --good: #0f7a4d; --calm: #3d4bc7; --bad: #b3261e; --next: #eef0fb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151c; --card: #1b202a; --text: #e8ebf2; --quiet: #a3adbf; --line: #2c3341;
    --good: #4fc38c; --calm: #9aa6ff; --bad: #ff8a80; --next: #242a3a;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main {
  width: 100%; max-width: 27rem; padding: 2rem; border: 1px solid var(--line); border-radius: 14px;
  background: var(--card); box-shadow: 0 8px 30px rgb(0 0 0 / 6%); overflow-wrap: anywhere;
}
.brand { display: flex; align-items: center; gap: .5rem; font-weight: 650; letter-spacing: .01em; }
.brand svg { width: 1.5rem; height: 1.5rem; }
.brand rect { fill: #3a49c9; }
.brand path { fill: none; stroke: #fff; stroke-width: 3.5; stroke-linecap: round; }
.brand circle { fill: #fff; }
.mark { width: 2.75rem; height: 2.75rem; margin: 1.25rem 0 .75rem; fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.mark.good { stroke: var(--good); } .mark.calm { stroke: var(--calm); } .mark.bad { stroke: var(--bad); }
h1 { font-size: 1.3rem; line-height: 1.3; margin-bottom: .5rem; }
.next { margin-top: 1rem; padding: .75rem .9rem; border-radius: 9px; background: var(--next); }
.request { margin-top: 1.25rem; font-size: .75rem; color: var(--quiet); }
`;
