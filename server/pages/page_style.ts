/** The look of the pages: one style sheet, inside the page, light and dark, in the colours of the extension. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f8; --card: #ffffff; --text: #1b1e25; --quiet: #565d6c; --line: #dcdfe6;
  --good: #11683a; --calm: #3a49c9; --bad: #ab231c; --next: #eef0fc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16181d; --card: #20232b; --text: #edeff3; --quiet: #a8afbd; --line: #333843;
    --good: #74d9a0; --calm: #b4bdff; --bad: #ffa29a; --next: #2a2f4d;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; min-height: 100svh; display: grid; place-items: center; padding: clamp(.75rem, 5vw, 1.5rem);
  background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main {
  width: 100%; min-width: 0; max-width: 27rem; padding: clamp(1.25rem, 7vw, 2rem); border: 1px solid var(--line);
  border-radius: 14px; background: var(--card); box-shadow: 0 8px 30px rgb(0 0 0 / 6%); overflow-wrap: anywhere;
}
.brand { display: flex; align-items: center; gap: .5rem; font-weight: 650; letter-spacing: .01em; }
.brand svg { flex: none; width: 1.5rem; height: 1.5rem; }
.brand rect { fill: #3a49c9; }
.brand path { fill: none; stroke: #fff; stroke-width: 3.5; stroke-linecap: round; }
.brand circle { fill: #fff; }
.mark { display: block; width: 2.75rem; height: 2.75rem; margin: 1.25rem 0 .75rem; fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.mark.good { stroke: var(--good); } .mark.calm { stroke: var(--calm); } .mark.bad { stroke: var(--bad); }
h1 { font-size: 1.3rem; line-height: 1.3; margin-bottom: .5rem; text-wrap: balance; }
.subject { margin-top: 1rem; padding: .75rem .9rem; border: 1px solid var(--line); border-radius: 9px; overflow: hidden; }
.subject .kind { font-size: .75rem; color: var(--quiet); }
.subject .name { font-weight: 650; }
.subject .id { font: .8125rem/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; color: var(--quiet); }
.subject .kind + .id { color: var(--text); }
.subject .more { margin-top: .25rem; }
.next { margin-top: 1rem; padding: .75rem .9rem; border: 1px solid transparent; border-radius: 9px; background: var(--next); }
.request { margin-top: 1.25rem; font-size: .75rem; color: var(--quiet); }
`;
