/** The times by which a rotation goes. They depend on each other, so they stand together. */

/** How long a claim lasts. A process that dies in the middle is followed by another when this is over. */
export const LEASE_SECONDS = 10;
/** How long one call may take: shorter than the lease, so that a living holder is done, or renews, before it ends. */
export const CALL_MILLISECONDS = 7000;
/**
 * How long after its first use HighLevel takes the same refresh token again and answers with the same successor:
 * 30 seconds, of which 5 are left for the way there and for a clock that starts earlier than ours.
 */
export const LAST_PRESENTATION_SECONDS = 25;
/**
 * From the end of the window until then, an unresolved rotation is left to whoever began it: an answer that is kept
 * in memory or in a recovery journal is worth more than a token that may be spent.
 */
export const ABANDONED_SECONDS = 120;
