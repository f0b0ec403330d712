/** What the options page knows and does, without a screen. Storage and the browser's permissions are the only truth. */
import { HIGHLEVEL_HOSTS } from "../active_location.ts";
import { type Language, readLanguage, saveLanguage } from "../language_setting.ts";
import { readNotifications, saveNotifications } from "../notification_setting.ts";
import { readServer } from "../server_setting.ts";
import { readSession, type StoredSession } from "../session_store.ts";
import { changeServer, type ChangeServerDeps } from "./change_server.ts";
import { checkServer, type ServerCheck } from "./check_server.ts";
import { type Domain, domainsFor, originFor } from "./domains_for.ts";
import { fetchAgencyDomains, type OfferedDomain } from "./fetch_agency_domains.ts";
import { forgetEverything, type ForgetEverythingDeps } from "./forget_everything.ts";
import { NOTIFICATIONS, readGranted, removePermission, requestPermission } from "./permissions.ts";
import { type SignOut, signOut } from "./sign_out.ts";
import { type SignOutEverywhere, signOutEverywhere } from "./sign_out_everywhere.ts";

export type OptionsDeps = ChangeServerDeps & ForgetEverythingDeps & {
  /** Makes the texts follow the chosen language. */
  loadLanguage: () => Promise<void>;
};

export type OptionsState = {
  server: string;
  isSignedIn: boolean;
  domains: Domain[];
  /** The server did not say which domains the agencies use. */
  lacksOffers: boolean;
  isNotifying: boolean;
  language: Language | null;
};

export type OptionsModel = {
  state(): OptionsState;
  subscribe(listener: () => void): () => void;
  /** Reads again what may have changed here or anywhere else in the browser. */
  changed(): Promise<void>;
  checkServer(server: string): Promise<ServerCheck>;
  saveServer(server: string): Promise<SignOut>;
  /** Asks the browser, in a click. Whether the pattern is allowed now. */
  allow(origin: string): Promise<boolean>;
  /** Whether the pattern is no longer allowed. */
  disallow(origin: string): Promise<boolean>;
  /** Asks the browser, in a click, when they are wanted. Whether it came as wanted. */
  setNotifying(isWanted: boolean): Promise<boolean>;
  setLanguage(language: Language | null): Promise<void>;
  signOut(): Promise<SignOut>;
  signOutEverywhere(): Promise<SignOutEverywhere>;
  forgetEverything(): Promise<SignOut>;
};

const BUILT_IN = HIGHLEVEL_HOSTS.map(originFor);

type Known = Omit<OptionsState, "domains" | "lacksOffers"> & {
  session: StoredSession | null;
  granted: string[];
};

/** Reads what is stored, so that the first paint is complete but for what only the server knows. */
export async function createOptionsModel(deps: OptionsDeps): Promise<OptionsModel> {
  let known = await read();
  /** What the server said to the session with this id: nothing yet, or null when it did not say. */
  let offers: { sessionId: string; domains: OfferedDomain[] | null } | null = null;
  let current = toState();
  let notify = (): void => {};
  let rounds = 0;

  async function read(): Promise<Known> {
    await deps.loadLanguage();
    const server = await readServer(deps.local, deps.builtInServer);
    const session = await readSession(deps.local, server);
    const { origins, hasNotifications } = await readGranted(deps.permissions);
    return {
      server,
      session,
      isSignedIn: session !== null,
      granted: origins,
      isNotifying: hasNotifications && await readNotifications(deps.local),
      language: await readLanguage(deps.local),
    };
  }

  function toState(): OptionsState {
    const { server, isSignedIn, granted, isNotifying, language, session } = known;
    const theirs = offers?.sessionId === session?.id ? offers : null;
    const domains = domainsFor({ builtIn: BUILT_IN, granted, offered: theirs?.domains ?? [] });
    return {
      server,
      isSignedIn,
      domains,
      lacksOffers: theirs !== null && theirs.domains === null,
      isNotifying,
      language,
    };
  }

  function publish(): void {
    current = toState();
    notify();
  }

  async function changed(): Promise<void> {
    const round = ++rounds;
    const now = await read();
    // A later reading has seen all that this one has.
    if (round !== rounds) return;
    known = now;
    publish();
    // Nothing waits for the server.
    void askOffers();
  }

  async function askOffers(): Promise<void> {
    const { session } = known;
    if (session === null || (offers?.sessionId === session.id && offers.domains !== null)) return;
    const asked = { sessionId: session.id, domains: [] };
    offers = asked;
    const domains = await fetchAgencyDomains(deps.fetch, session);
    if (offers !== asked) return;
    offers = { ...asked, domains };
    publish();
  }

  /** What was done shows at once, and not only when the browser tells of it. */
  async function andRead<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work;
    await changed();
    return result;
  }

  async function setNotifying(isWanted: boolean): Promise<boolean> {
    if (isWanted && !await requestPermission(deps.permissions, NOTIFICATIONS)) return false;
    await saveNotifications(deps.local, isWanted);
    if (!isWanted) await removePermission(deps.permissions, NOTIFICATIONS);
    return true;
  }

  return {
    state: () => current,
    subscribe: (listener) => {
      notify = listener;
      return () => {
        notify = () => {};
      };
    },
    changed,
    checkServer: (server) => checkServer(deps.fetch, server),
    saveServer: (to) => andRead(changeServer(deps, { from: known.server, to })),
    allow: (origin) => andRead(requestPermission(deps.permissions, { origins: [origin] })),
    disallow: (origin) => andRead(removePermission(deps.permissions, { origins: [origin] })),
    setNotifying: (isWanted) => andRead(setNotifying(isWanted)),
    setLanguage: (language) => andRead(saveLanguage(deps.local, language)),
    signOut: () => andRead(signOut(deps, known.server)),
    signOutEverywhere: () => andRead(signOutEverywhere(deps, known.server)),
    forgetEverything: () => andRead(forgetEverything(deps, { server: known.server, builtIn: BUILT_IN })),
  };
}
