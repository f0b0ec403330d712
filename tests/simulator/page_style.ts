/** The one style sheet of the simulator's pages, inlined into each: they load nothing from anywhere. */

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f5f8, #0f141b);
  --surface: light-dark(#ffffff, #181f29);
  --raised: light-dark(#f8fafc, #1f2835);
  --line: light-dark(#dfe4ea, #2d3847);
  --text: light-dark(#17202c, #e8edf4);
  --soft: light-dark(#566375, #9aa8ba);
  --accent: light-dark(#155eef, #6ea0ff);
  --accent-soft: light-dark(#eaf1ff, #1b2c4d);
  --on-accent: light-dark(#ffffff, #0b1526);
  --danger: light-dark(#b42318, #ff9a8f);
  --good: light-dark(#067647, #6fd6a4);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--page); color: var(--text); }
a { color: var(--accent); }
h1, h2, p { margin: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code { font: 0.87em/1.6 ui-monospace, "SFMono-Regular", Menlo, "DejaVu Sans Mono", monospace; }
.soft { color: var(--soft); }

.consent { display: grid; place-content: center; gap: 16px; min-height: 100vh; padding: 24px 16px; }
.consent main { width: min(480px, calc(100vw - 32px)); padding: 32px; border: 1px solid var(--line);
  border-radius: 16px; background: var(--surface);
  box-shadow: 0 12px 32px light-dark(rgb(16 24 40 / 8%), rgb(0 0 0 / 35%)); }
.consent h1 { font-size: 22px; line-height: 1.3; letter-spacing: -0.01em; text-wrap: balance; }
.consent h1 + .soft { margin-top: 6px; }
.consent .rows li { flex-direction: column; }
.app-mark { display: grid; place-content: center; width: 48px; height: 48px; margin-bottom: 20px;
  border-radius: 12px; background: var(--accent); color: var(--on-accent); font-size: 22px; font-weight: 700; }
.accounts { display: grid; gap: 8px; max-height: 320px; margin: 24px -4px 0; padding: 4px; border: 0;
  overflow-y: auto; }
.accounts legend { padding: 0; margin-bottom: 8px; font-weight: 600; font-size: 13px; color: var(--soft); }
.account { display: flex; gap: 12px; align-items: center; padding: 12px 14px; border: 1px solid var(--line);
  border-radius: 10px; cursor: pointer; }
.account:hover { background: var(--raised); }
.account:has(:checked) { border-color: var(--accent); background: var(--accent-soft); }
.account:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 1px; }
.account:has(:disabled) { opacity: 0.6; cursor: not-allowed; }
.account input { flex: none; width: 18px; height: 18px; margin: 0; accent-color: var(--accent); outline: none; }
.account strong, .account span span { display: block; }
.account span span { font-size: 13px; color: var(--soft); }
details { margin-top: 20px; border-top: 1px solid var(--line); padding-top: 16px; }
summary { cursor: pointer; font-weight: 600; border-radius: 6px; }
details ul { margin: 10px 0 0; padding: 0; list-style: none; columns: 2; column-gap: 16px; }
details li { font-size: 13px; color: var(--soft); break-inside: avoid; overflow-wrap: anywhere; }
.actions { display: flex; justify-content: flex-end; gap: 10px; margin-top: 28px; }
.button { padding: 10px 18px; border: 1px solid var(--line); border-radius: 9px; background: var(--surface);
  color: var(--text); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
.button:hover { background: var(--raised); }
.button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.button.primary:hover { filter: brightness(1.08); }
.notice { text-align: center; font-size: 13px; color: var(--soft); }
.problem { margin-top: 16px; padding: 12px 14px; border-radius: 10px; background: var(--raised);
  color: var(--danger); overflow-wrap: anywhere; }

.crm { display: grid; grid-template-columns: 232px 1fr; min-height: 100vh; }
.crm aside { display: flex; flex-direction: column; gap: 16px; padding: 20px 14px; background: #101a2b;
  color: #dbe4f0; }
.crm aside a { display: block; padding: 7px 10px; border-radius: 8px; color: inherit; text-decoration: none; }
.crm aside a:hover { background: #1c2940; }
.crm aside a[aria-current] { background: #24375a; color: #fff; font-weight: 600; }
.crm aside :focus-visible { outline-color: #8fb4ff; }
.crm nav ul { margin: 0; padding: 0; list-style: none; display: grid; gap: 2px; }
.switcher { padding: 10px 12px; border: 1px solid #2c3b55; border-radius: 10px; background: #18243a; }
.switcher strong { display: block; color: #fff; }
.switcher span { font-size: 12.5px; color: #a5b4c9; }
.crm aside .notice { margin-top: auto; text-align: left; color: #8c9bb2; font-size: 12px; }
.crm main { min-width: 0; padding: 28px 32px 40px; }
.crm header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 8px 24px; }
.crm h1 { font-size: 24px; letter-spacing: -0.01em; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 16px; margin-top: 24px; }
.card { min-width: 0; padding: 18px 20px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--surface); }
.card h2 { font-size: 13.5px; font-weight: 600; color: var(--soft); }
.card .figure { margin-top: 6px; font-size: 28px; font-weight: 650; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.card .figure + p { font-size: 13px; color: var(--good); }
.wide { grid-column: 1 / -1; }
.bars { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 10px; align-items: end; height: 150px;
  margin-top: 18px; }
.bars span { display: block; border-radius: 6px 6px 2px 2px; background: var(--accent); opacity: 0.85; }
.card h2 + .rows { margin-top: 12px; }
.rows { margin: 0; padding: 0; list-style: none; }
.rows li { display: flex; justify-content: space-between; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; padding: 11px 0;
  border-top: 1px solid var(--line); }
.rows li:first-child { border-top: 0; }
.installed { display: flex; align-items: baseline; gap: 10px; }
.rows span { font-size: 13.5px; color: var(--soft); }
@media (max-width: 720px) {
  .crm { grid-template-columns: minmax(0, 1fr); grid-template-rows: auto 1fr; }
  .crm aside, .crm nav { min-width: 0; }
  .crm nav ul { grid-auto-flow: column; justify-content: start; overflow-x: auto; }
  .crm main { padding: 20px 16px 32px; }
  details ul { columns: 1; }
}
`;
