/** The ids of the shipped extension, and the redirect URLs that the browsers derive from them. */

/** Public key in Chrome's manifest; it fixes the extension's id (first 128 bits of its SHA-256, in the letters a to p). */
export const CHROME_MANIFEST_KEY =
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAharUMcionck52L/lJSD6izx551GjRNBCBlc4ImYJyDW7UYROwxuzshOO9t01s4HndPgZA9S2Oj/vmzRvyNhReWAD0X0i3+mAX1kRzp7aKxC0GtRwbcpzMJz1SqqyVcmmIUPyYyIc8ZSY3ViCU0eeXA4E5gr3vhW5Noe8ZLOst6W/6WhyDY4D7CNB7/y+XjTGAObTp/hZGXWyU5K0VW6k/1L68gh/IhLW53JqDUbOEciTqghYzN+Gi/l6HmP1Hos/U0+BtAWBjVwtExTrktHFDrEOtQq5dATkgPYULiKH9uazmijSip+pEDHDCK5UVN5Dm+x3HNHx8hyWGPgjUy1egQIDAQAB";

/** Chrome's id for that key. */
export const CHROME_EXTENSION_ID = "abjgbklcclkfdcbkagobdibiopblnnhh";

/** `browser_specific_settings.gecko.id` of Firefox's manifest. */
export const FIREFOX_EXTENSION_ID = "relatch@relatch.dev";

/**
 * What `identity.getRedirectURL()` gives in the shipped extension: Chrome's has the id in the host, Firefox's the
 * SHA-1 of the add-on id.
 */
export const SHIPPED_REDIRECT_URLS: readonly string[] = [
  `https://${CHROME_EXTENSION_ID}.chromiumapp.org/`,
  "https://8a5db231c1465a00dc827e250afca1d2793153b9.extensions.allizom.org/",
];
