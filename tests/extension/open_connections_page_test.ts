import { openConnectionsPage, type PageBrowser } from "../../extension/src/open_connections_page.ts";
import assert from "node:assert/strict";

const PAGE = "ext:/connections.html";

/** Writes down what is opened. `open`: the tab that has the page; `hasWindow`: whether there is one to open a tab in. */
function fakeBrowser({ open = [], hasWindow = true }: { open?: number[]; hasWindow?: boolean } = {}) {
  const opened: unknown[] = [];
  const browser: PageBrowser = {
    runtime: { getURL: (path) => `ext:/${path}` },
    tabs: {
      query: ({ url }) => {
        assert.equal(url, `${PAGE}*`);
        return Promise.resolve(open.map((id) => ({ id })));
      },
      update: (id, properties) => {
        opened.push([id, properties]);
        return Promise.resolve({ windowId: 3 });
      },
      create: ({ url }) => {
        if (!hasWindow) return Promise.reject(new Error("No current window"));
        opened.push(["tab", url]);
        return Promise.resolve({ windowId: 3 });
      },
    },
    windows: {
      create: ({ url }) => Promise.resolve(void opened.push(["window", url])),
      update: (windowId, { focused }) => Promise.resolve(void opened.push(["focus", windowId, focused])),
    },
  };
  return { browser, opened };
}

const FRONT = ["focus", 3, true];
const hash = "#connection-a";
const CASES: readonly [string, Parameters<typeof fakeBrowser>[0], string | undefined, unknown[]][] = [
  ["opens the page in front", {}, undefined, [["tab", PAGE], FRONT]],
  ["opens a connection in front", {}, hash, [["tab", PAGE + hash], FRONT]],
  ["brings an open page to the front as it is", { open: [7, 8] }, undefined, [[7, { active: true }], FRONT]],
  [
    "leads an open page to a connection",
    { open: [7] },
    hash,
    [[7, { active: true, url: PAGE + hash }], FRONT],
  ],
  ["opens a window when the browser has none", { hasWindow: false }, hash, [["window", PAGE + hash]]],
];
for (const [what, world, place, expected] of CASES) {
  Deno.test(`openConnectionsPage() ${what}`, async () => {
    const { browser, opened } = fakeBrowser(world);
    await openConnectionsPage(browser, place);
    assert.deepEqual(opened, expected);
  });
}
