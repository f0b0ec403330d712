/** Keeps the toolbar true to what a tab shows: what is known at once, and what the server says when that is old. */
import { parseActiveLocation } from "../../active_location.ts";
import { forgetStatuses } from "../../forget_session.ts";
import { readServer } from "../../server_setting.ts";
import { readSession, type StoredSession } from "../../session_store.ts";
import { type KnownStatus, readKnownStatus } from "../../status_store.ts";
import { type AskStatusDeps, createAskStatus } from "./ask_status.ts";
import { type Glance, glanceFor, SESSION_ENDED } from "./glance.ts";
import { lastWins } from "./last_wins.ts";

/** A status of a tab in view is asked for again when it is older. */
const FRESH_MS = 60_000;

/** `url` is absent where the extension may not know it. */
export type GlancedTab = { id?: number | undefined; url?: string | undefined };

export type GlancerDeps = AskStatusDeps & {
  builtInServer: string;
  /** The tab as it is now; rejects when it has been closed. */
  getTab: (tabId: number) => Promise<GlancedTab>;
  /** The tabs in view: one in each window. */
  visibleTabs: () => Promise<GlancedTab[]>;
  show: (tabId: number, glance: Glance) => Promise<void>;
};

export type Glancer = {
  /** Shows what is known about the tab; `mayAsk`: somebody sees it, so that an old status is asked for again. */
  look(tabId: number, options: { mayAsk: boolean }): Promise<void>;
  lookAtVisible(options: { mayAsk: boolean }): Promise<void>;
};

type View = { locationId: string; session: StoredSession; known: KnownStatus | null };

export function createGlancer(deps: GlancerDeps): Glancer {
  const { local, now } = deps;
  const askStatus = createAskStatus(deps);
  const show = lastWins(deps.show);
  // The newest look at each tab: what an older one learns later is about something that is gone.
  const looks = new Map<number, symbol>();
  /** Id of a session that its server no longer knows. */
  let ended: string | null = null;

  async function look(tabId: number, { mayAsk }: { mayAsk: boolean }): Promise<void> {
    const mine = Symbol();
    looks.set(tabId, mine);
    const isNewest = (): boolean => looks.get(tabId) === mine;
    try {
      const tab = await deps.getTab(tabId).catch(() => null);
      if (tab === null) return;
      const view = await readView(tab.url);
      if (!isNewest()) return;
      const shown = show(tabId, glanceOf(view));
      if (view === null || !mayAsk || isFresh(view.known)) return await shown;
      const known = await askStatus(view);
      if (known === "session_ended") await end(view.session);
      else if (known !== null && isNewest()) await show(tabId, glanceOf({ ...view, known }));
      await shown;
    } finally {
      if (isNewest()) looks.delete(tabId);
    }
  }

  function glanceOf(view: View | null): Glance {
    if (view !== null && view.session.id === ended) return SESSION_ENDED;
    return glanceFor({ known: view?.known ?? null, now: now() });
  }

  async function end(session: StoredSession): Promise<void> {
    if (session.id === ended) return;
    ended = session.id;
    await forgetStatuses(local, session);
    // Every tab in view had something to say by this session.
    await lookAtVisible({ mayAsk: false });
  }

  /** Null when there is nothing that could be said about the address. */
  async function readView(url: string | undefined): Promise<View | null> {
    const page = parseActiveLocation(url ?? "");
    if (page.kind !== "location") return null;
    const session = await readSession(local, await readServer(local, deps.builtInServer));
    if (session === null) return null;
    const { locationId } = page;
    const known = await readKnownStatus(local, { sessionId: session.id, locationId });
    return { locationId, session, known };
  }

  function isFresh(known: KnownStatus | null): boolean {
    return known !== null && Math.abs(now() - known.checkedAt) <= FRESH_MS;
  }

  async function lookAtVisible(options: { mayAsk: boolean }): Promise<void> {
    const tabs = await deps.visibleTabs();
    await Promise.all(tabs.map(({ id }) => id === undefined ? undefined : look(id, options)));
  }

  return { look, lookAtVisible };
}
