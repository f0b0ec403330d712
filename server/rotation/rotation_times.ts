/** The times by which a rotation goes. They depend on each other, so they stand together. */

/** How long a claim lasts. A process that dies in the middle is followed by another when this is over. */
export const LEASE_SECONDS = 10;
/** How long one call may take: shorter than the lease, so that a living holder is done, or renews, before it ends. */
export const CALL_MILLISECONDS = 7000;
/** How long after its first use HighLevel answers the same refresh token with the same successor (its changelog). */
export const WINDOW_SECONDS = 30;
/** The last moment to present it again: the way there takes some time, and the window may begin before our clock does. */
export const LAST_PRESENTATION_SECONDS = 25;
/**
 * From the end of the window until then, an unresolved rotation is left to whoever began it: an answer that is kept
 * in memory or in a recovery journal is worth more than a token that may be spent. Longer while the access token lives,
 * since there is no hurry then.
 */
export const ABANDONED_SECONDS = 120;
export const ABANDONED_ALIVE_SECONDS = 900;
/** So long the database must have been there before an abandoned rotation is touched: its holder stores first. */
export const STEADY_SECONDS = 15;
/** No query of a rotation takes this long, unless its connection is dead. */
export const QUERY_MILLISECONDS = 5000;
