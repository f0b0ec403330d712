/** Which web origins may read the API's answers. */

/**
 * Chrome's extension pages have the origin `chrome-extension://<id>`, and the id stands in the redirect URL. Firefox
 * gives every installation an origin of its own, `moz-extension://<random uuid>`, so any of these is allowed: an
 * origin is no credential here, and cookies are never read.
 */
export function isAllowedOrigin(origin: string, redirectUrls: readonly string[]): boolean {
  if (/^moz-extension:\/\/[\w-]+$/.test(origin)) return true;
  return redirectUrls.some((redirectUrl) => {
    const [, id] = /^https:\/\/([a-p]{32})\.chromiumapp\.org\//.exec(redirectUrl) ?? [];
    return id !== undefined && origin === `chrome-extension://${id}`;
  });
}
