import { type AuthWindowBrowser, openAuthWindow } from "../../extension/src/background/auth_window.ts";
import assert from "node:assert/strict";

/** What Chrome 156 tells of new windows: a window, then its tab. */
type Made = { id: number; type?: string; openerTabId?: number; status?: string };

/** A sign-in window as it comes from `launchWebAuthFlow`. */
const OURS: Made = { id: 1 };
/** `window.open()` in a page; so does a link that asks for a window. */
const OF_A_PAGE: Made = { id: 2, openerTabId: 20 };
/** `windows.create()` of another extension, and a window that is restored. */
const STILL_LOADING: Made = { id: 3, status: "loading" };
const ORDINARY: Made = { id: 4, type: "normal" };

function listeners<Value>() {
  const all = new Set<(value: Value) => void>();
  return {
    all,
    addListener: (listener: (value: Value) => void) => void all.add(listener),
    removeListener: (listener: (value: Value) => void) => void all.delete(listener),
  };
}

function fakeWindows() {
  const flow = Promise.withResolvers<unknown>();
  const windows = listeners<{ id?: number | undefined; type?: string | undefined }>();
  const tabs = listeners<
    { windowId?: number | undefined; openerTabId?: number | undefined; status?: string | undefined }
  >();
  const browser: AuthWindowBrowser = {
    identity: { launchWebAuthFlow: () => flow.promise },
    windows: { onCreated: windows, remove: () => Promise.resolve() },
    tabs: { onCreated: tabs },
  };
  function make({ id, type = "popup", openerTabId, status = "complete" }: Made, isTabFirst = false): void {
    const tellWindow = (): void => {
      for (const listener of windows.all) listener({ id, type });
    };
    if (!isTabFirst) tellWindow();
    for (const listener of tabs.all) listener({ windowId: id, openerTabId, status });
    if (isTabFirst) tellWindow();
  }
  return { browser, flow, make, tabs, listening: () => windows.all.size + tabs.all.size };
}

Deno.test("openAuthWindow() takes no window for ours that a page or another extension opened", () => {
  const cases: [Made[], (number | null)[]][] = [
    [[OURS], [1]],
    [[OF_A_PAGE], []],
    [[STILL_LOADING], []],
    [[ORDINARY], []],
    [[OF_A_PAGE, STILL_LOADING, ORDINARY, OURS, OF_A_PAGE], [1]],
    [[OURS, { ...OURS, id: 5 }], [1, null]],
    [[OURS, { ...OURS, id: 5 }, { ...OURS, id: 6 }], [1, null, null]],
  ];
  for (const [made, expected] of cases) {
    const fake = fakeWindows();
    const told: (number | null)[] = [];
    void openAuthWindow(fake.browser, {
      url: "https://relatch.example.com",
      onWindow: (id) => told.push(id),
    });
    for (const window of made) fake.make(window);
    assert.deepEqual(told, expected, JSON.stringify(made));
  }
});

Deno.test("openAuthWindow() finds the window in Firefox, which tells of a tab before its window", () => {
  // Firefox 140 says the same of every popup window, whoever opened it.
  const cases: [Made[], (number | null)[]][] = [
    [[OURS], [1]],
    [[ORDINARY, OURS], [1]],
    [[OURS, { id: 5 }], [1, null]],
  ];
  for (const [made, expected] of cases) {
    const fake = fakeWindows();
    const told: (number | null)[] = [];
    void openAuthWindow(fake.browser, {
      url: "https://relatch.example.com",
      onWindow: (id) => told.push(id),
    });
    for (const window of made) fake.make(window, true);
    assert.deepEqual(told, expected, JSON.stringify(made));
  }
});

Deno.test("openAuthWindow() takes no tab for ours that opens in a popup window of before", () => {
  const fake = fakeWindows();
  fake.make(OURS);
  const told: unknown[] = [];
  void openAuthWindow(fake.browser, { url: "https://relatch.example.com", onWindow: (id) => told.push(id) });
  for (const listener of fake.tabs.all) listener({ windowId: OURS.id, status: "complete" });
  assert.deepEqual(told, []);
});

Deno.test("openAuthWindow() listens until the flow has ended, however it ends", async () => {
  for (const end of ["resolve", "reject"] as const) {
    const fake = fakeWindows();
    const opened = openAuthWindow(fake.browser, { url: "https://relatch.example.com", onWindow: () => {} });
    assert.equal(fake.listening(), 2);
    fake.flow[end](new Error("The user did not approve access."));
    await opened.catch(() => {});
    assert.equal(fake.listening(), 0);
  }
});
