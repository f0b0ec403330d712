/** Judges the body of a webhook that HighLevel signed: an event to act on, or why it is left alone. Never half of one. */
import { createHash } from "node:crypto";
import * as v from "valibot";
import { HighLevelId } from "#shared/identifiers.ts";
import { parseJson } from "#shared/parse_json.ts";
import { parseName } from "../highlevel/resource_name.ts";
import { parseWhitelabel } from "../highlevel/whitelabel_domain.ts";

const INSTALL_TYPES = ["INSTALL", "UPDATE"] as const;
const LOCATION_TYPES = ["LocationCreate", "LocationUpdate"] as const;

const Id = v.nullable(HighLevelId);
const Text = v.nullable(v.string());
const IsoTimestamp = v.pipe(v.string(), v.isoTimestamp());
const Moment = v.nullable(IsoTimestamp);

/**
 * What a webhook says, as the inbox keeps it. `at` is HighLevel's own timestamp, ISO 8601 UTC, of when it happened: retries
 * carry the original one. Of `companyId` and `locationId` at least one is there.
 */
export const StoredEvent = v.variant("type", [
  v.object({
    type: v.picklist(INSTALL_TYPES),
    companyId: Id,
    locationId: Id,
    companyName: Text,
    whitelabelDomain: Text,
    /** False: the body says nothing about a white label. */
    tellsWhitelabel: v.boolean(),
    at: Moment,
  }),
  v.object({ type: v.literal("UNINSTALL"), companyId: Id, locationId: Id, at: Moment }),
  v.object({
    type: v.picklist(LOCATION_TYPES),
    locationId: HighLevelId,
    companyId: Id,
    name: Text,
    at: Moment,
  }),
]);
export type WebhookEvent = v.InferOutput<typeof StoredEvent>;

/**
 * - `other_app`: it is about another app, since HighLevel signs for all of them with the same key
 * - `other_type`: nothing that connections depend on
 * - `unusable`: not JSON, or it does not say clearly what it is about
 */
type WhyIgnored = "other_app" | "other_type" | "unusable";

/** `type` is the body's, when it can be one. */
export type ParsedWebhook =
  | { kind: "event"; webhookId: string; event: WebhookEvent }
  | { kind: "ignored"; why: WhyIgnored; type: string | null };

/** Of the ids that stand in for the one that a webhook does not have. */
export const DIGEST_PREFIX = "sha256:";

// What an event is about has to be right: an id that cannot be one is worse than none. What it tells besides may be missing.
const OptionalId = v.nullish(HighLevelId, null);
const Name = v.optional(v.pipe(v.unknown(), v.transform(parseName)), null);
const Timestamp = v.optional(v.pipe(v.unknown(), v.transform(momentOf)), null);
const Envelope = v.object({
  type: v.string(),
  appId: v.nullish(v.string(), null),
  webhookId: v.fallback(v.nullable(v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,200}$/))), null),
});
const InstallBody = v.object({
  type: v.picklist(INSTALL_TYPES),
  companyId: OptionalId,
  locationId: OptionalId,
  companyName: Name,
  isWhitelabelCompany: v.fallback(v.nullable(v.boolean()), null),
  whitelabelDetails: v.fallback(v.nullable(v.looseObject({})), null),
  timestamp: Timestamp,
});
const UninstallBody = v.object({
  type: v.literal("UNINSTALL"),
  companyId: OptionalId,
  locationId: OptionalId,
  timestamp: Timestamp,
});
const LocationBody = v.object({
  type: v.picklist(LOCATION_TYPES),
  id: HighLevelId,
  companyId: OptionalId,
  name: Name,
  timestamp: Timestamp,
});
const EventBody = v.variant("type", [InstallBody, UninstallBody, LocationBody]);
type EventBody = v.InferOutput<typeof EventBody>;

/** `appId` is the part of our client id before the dash. */
export function parseWebhook(body: Uint8Array, appId: string): ParsedWebhook {
  const json = jsonOf(body);
  const envelope = v.safeParse(Envelope, json);
  if (!envelope.success) return { kind: "ignored", why: "unusable", type: null };
  const { type, appId: givenAppId, webhookId } = envelope.output;
  const ignored = (why: WhyIgnored): ParsedWebhook => ({ kind: "ignored", why, type: typeToTell(type) });
  if (givenAppId !== null && givenAppId !== appId) return ignored("other_app");
  const isAboutLocation = LOCATION_TYPES.some((known) => known === type);
  if (!isAboutLocation && type !== "UNINSTALL" && !INSTALL_TYPES.some((known) => known === type)) {
    return ignored("other_type");
  }
  // The events of a location itself name no app.
  if (givenAppId === null && !isAboutLocation) return ignored("unusable");
  const parsed = v.safeParse(EventBody, json);
  const event = parsed.success ? eventFor(parsed.output) : undefined;
  if (event === undefined) return ignored("unusable");
  return { kind: "event", webhookId: webhookId ?? digestOf(body), event };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    // Not UTF-8, so not JSON either.
    return undefined;
  }
}

/** `undefined` for one that names neither a location nor a company. */
function eventFor(body: EventBody): WebhookEvent | undefined {
  if ("id" in body) {
    const { type, id: locationId, companyId, name, timestamp: at } = body;
    return { type, locationId, companyId, name, at };
  }
  const { companyId, locationId, timestamp: at } = body;
  if (companyId === null && locationId === null) return undefined;
  if (body.type === "UNINSTALL") return { type: body.type, companyId, locationId, at };
  const { type, companyName, isWhitelabelCompany, whitelabelDetails } = body;
  const domain = parseWhitelabel({ isWhitelabel: isWhitelabelCompany, details: whitelabelDetails });
  return {
    type,
    companyId,
    locationId,
    companyName,
    whitelabelDomain: domain ?? null,
    tellsWhitelabel: domain !== undefined,
    at,
  };
}

/** Any other text in the place of a type stays out of the log. */
function typeToTell(type: string): string | null {
  return /^[A-Za-z]\w{0,39}$/.test(type) ? type : null;
}

/** The same for every retry of the same body. */
function digestOf(body: Uint8Array): string {
  return `${DIGEST_PREFIX}${createHash("sha256").update(body).digest("hex")}`;
}

/** ISO 8601 UTC of a time in this millennium, which every column of the database can hold. */
function momentOf(value: unknown): string | null {
  const moment = v.is(IsoTimestamp, value) ? new Date(value).getTime() : NaN;
  const text = Number.isNaN(moment) ? "" : new Date(moment).toISOString();
  return text.startsWith("2") ? text : null;
}
