/** What a sealed token is bound to: it opens in its own row and column only. */

export type TokenColumn = "access_token" | "refresh_token" | "previous_refresh_token";

/** The context to seal a token of this row and column with. */
export function tokenContext(connectionId: string, column: TokenColumn): string {
  return `connections/${connectionId}/${column}`;
}

/** The context to seal a token with that was minted for this location from its agency's. */
export function mintedTokenContext(connectionId: string): string {
  return `coverages/${connectionId}/access_token`;
}
