/** The last leg of an attempt: the address with which the browser goes back to the extension. */

/** The extension's redirect URL with the outcome of an attempt in its query (RFC 6749, sections 4.1.2 and 4.1.2.1). */
export function extensionUrl(redirectUrl: string, outcome: Readonly<Record<string, string>>): string {
  const url = new URL(redirectUrl);
  for (const [name, value] of Object.entries(outcome)) url.searchParams.set(name, value);
  return url.href;
}
