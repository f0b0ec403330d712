/** One person's browser, as far as the flow needs it: cookies by origin, and redirects that are looked at one by one. */

/** Answers a request the way a Hono app does, without a socket. */
export type RequestHandler = (request: Request) => Response | Promise<Response>;

export interface TestBrowser {
  /** GETs an address and keeps the cookies; redirects are not followed. */
  open(address: string | URL): Promise<Response>;
  /** POSTs a form, as a button in a page does. */
  submit(address: string | URL, form: Readonly<Record<string, string>>): Promise<Response>;
  /** The cookies of an origin, by name. */
  cookies(origin: string): ReadonlyMap<string, string>;
}

/** `sites` maps origins to what answers there. An origin without an entry cannot be opened. */
export function createTestBrowser(sites: Readonly<Record<string, RequestHandler>>): TestBrowser {
  const jars = new Map<string, Map<string, string>>();

  function jarOf(origin: string): Map<string, string> {
    return jars.getOrInsertComputed(origin, () => new Map());
  }

  async function send(request: Request): Promise<Response> {
    const { origin } = new URL(request.url);
    const site = sites[origin];
    if (site === undefined) throw new Error(`Cannot open "${origin}": no such site`);
    const jar = jarOf(origin);
    if (jar.size > 0) {
      request.headers.set(
        "cookie",
        [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
      );
    }
    const response = await site(request);
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0(;|$)/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  return {
    open: (address) => send(new Request(address, { redirect: "manual" })),
    submit: (address, form) =>
      send(new Request(address, { method: "POST", body: new URLSearchParams(form), redirect: "manual" })),
    cookies: (origin) => jarOf(origin),
  };
}

/** Where a 302 points to. Throws for any other answer, with its status and the title of its page. */
export async function redirectOf(response: Response): Promise<URL> {
  const location = response.headers.get("location");
  if (response.status === 302 && location !== null) {
    await response.body?.cancel();
    return new URL(location);
  }
  const [, title = ""] = /<title>(.*?)<\/title>/s.exec(await response.text()) ?? [];
  throw new Error(`Expected a redirect, not ${response.status} "${title}"`);
}

/** What a page of the server tells by its stable mark; `undefined` for other pages. */
export async function outcomeOf(response: Response): Promise<string | undefined> {
  return /data-outcome="(\w+)"/.exec(await response.text())?.[1];
}
