/** What an integration gets: a live access token of one location or company. */
import * as v from "valibot";
import { Timestamp } from "./connection_status.ts";

/**
 * Body of `GET /api/locations/:locationId/token` and `GET /api/companies/:companyId/token`. `accessToken` goes to
 * HighLevel as a bearer token. `expiresAt` is ISO 8601 UTC, by the clock of the server's database.
 */
export const AccessTokenResponse = v.object({
  accessToken: v.string(),
  tokenType: v.literal("Bearer"),
  expiresAt: Timestamp,
  scopes: v.array(v.string()),
  locationId: v.nullable(v.string()),
  companyId: v.nullable(v.string()),
});
export type AccessTokenResponse = v.InferOutput<typeof AccessTokenResponse>;
