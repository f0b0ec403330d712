/**
 * The settings, read once from the environment and judged as a whole. A mistake is told with the variable's name and
 * what is expected, and never with its value, which may be a secret.
 */
import type { BlockList } from "node:net";
import * as v from "valibot";
import { SHIPPED_REDIRECT_URLS } from "#shared/extension_identity.ts";
import { EncryptionKeysText } from "./crypto/encryption_keys.ts";
import { failure, type Result, success } from "./result.ts";
import * as values from "./setting_values.ts";

/** HighLevel's published Ed25519 webhook key (SPKI, base64), from its webhook integration guide. */
const PUBLISHED_WEBHOOK_KEY = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=";

/** Levels of the log, the most talkative first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

const Environment = v.object({
  PUBLIC_URL: v.optional(values.Origin, "http://localhost:8787"),
  HOST: v.optional(values.Host, "127.0.0.1"),
  PORT: v.optional(values.Port, "8787"),
  OAUTH_CALLBACK_PATH: v.optional(
    values.CallbackPath,
    "/oauth/callback",
  ),
  DATABASE_URL: v.optional(values.DatabaseUrl),
  DATA_DIR: v.optional(v.string(), "./data"),
  HIGHLEVEL_CLIENT_ID: v.pipe(v.string("Required: the client id from the portal"), values.ClientId),
  HIGHLEVEL_CLIENT_SECRET: v.pipe(
    v.string("Required: the client secret from the portal"),
    v.regex(/^\S+$/, "Expected the client secret from the portal"),
  ),
  HIGHLEVEL_VERSION_ID: v.optional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "Expected 24 hex characters")),
  ),
  HIGHLEVEL_SCOPES: v.pipe(
    v.string("Required: the scopes selected in the portal, separated by spaces"),
    values.Scopes,
  ),
  HIGHLEVEL_AUTHORIZE_URL: v.optional(
    values.HttpUrl,
    "https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
  ),
  HIGHLEVEL_API_URL: v.optional(values.Origin, "https://services.leadconnectorhq.com"),
  HIGHLEVEL_WEBHOOK_PUBLIC_KEYS: v.optional(values.PublicKeys, PUBLISHED_WEBHOOK_KEY),
  EXTENSION_REDIRECT_URLS: v.optional(values.RedirectUrls, SHIPPED_REDIRECT_URLS.join(",")),
  ALLOW_MARKETPLACE_INSTALLS: v.optional(values.Switch, "true"),
  TOKEN_ENCRYPTION_KEYS: v.optional(EncryptionKeysText),
  API_KEYS: v.optional(values.ApiKeys, ""),
  TRUSTED_PROXIES: v.optional(values.TrustedProxies, ""),
  LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS, `Expected one of ${LOG_LEVELS.join(", ")}`), "info"),
});

/** What leads to the database: all that a command needs that works on it beside the server. */
const DatabaseEnvironment = v.pick(Environment, ["DATABASE_URL", "DATA_DIR"]);

/** The settings, judged. Times and sizes that nobody has to choose are constants where they are used. */
export interface Config {
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  readonly callbackPath: string;
  /** `undefined`: the embedded database in `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  readonly highlevel: HighLevelApp;
  readonly webhookPublicKeys: readonly Uint8Array[];
  readonly extensionRedirectUrls: readonly string[];
  readonly allowMarketplaceInstalls: boolean;
  /** `undefined`: generated beside the embedded database. */
  readonly encryptionKeys: v.InferOutput<typeof EncryptionKeysText> | undefined;
  /** Digests are SHA-256. These keys have no scope: they see every connection. */
  readonly apiKeys: readonly { readonly name: string; readonly digest: Uint8Array }[];
  readonly trustedProxies: BlockList;
  readonly logLevel: LogLevel;
}

/** The settings of {@linkcode readDatabaseSettings}. */
export type DatabaseSettings = Pick<Config, "databaseUrl" | "dataDirectory">;

/** The app as HighLevel knows it, and where HighLevel is. */
export interface HighLevelApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly versionId: string;
  readonly scopes: readonly string[];
  readonly authorizeUrl: string;
  readonly apiUrl: string;
  /** The registered redirect URL: `PUBLIC_URL` and the callback path. */
  readonly redirectUrl: string;
}

/** Reads one variable of the environment. */
type ReadVariable = (name: string) => string | undefined;

/** Reads every setting through `get`. A failure is one message that lists every mistake, without any value. */
export function readConfig(get: ReadVariable): Result<Config, { message: string }> {
  const given = readGiven(Object.keys(Environment.entries), get);
  const parsed = v.safeParse(Environment, given, { abortPipeEarly: true });
  const mistakes = mistakesOf(parsed.issues);
  if (given.DATABASE_URL !== undefined && given.TOKEN_ENCRYPTION_KEYS === undefined) {
    mistakes.push(
      "  TOKEN_ENCRYPTION_KEYS: Required with DATABASE_URL (keys are generated for the embedded database only)",
    );
  }
  if (!parsed.success || mistakes.length > 0) {
    const isNewcomer = given.HIGHLEVEL_CLIENT_ID === undefined && given.HIGHLEVEL_CLIENT_SECRET === undefined;
    return failure({ message: messageFor(mistakes, isNewcomer) });
  }
  return success(configFor(parsed.output));
}

/** Reads and judges the settings that lead to the database, and asks `get` for no other. Fails as `readConfig` does. */
export function readDatabaseSettings(get: ReadVariable): Result<DatabaseSettings, { message: string }> {
  const given = readGiven(Object.keys(DatabaseEnvironment.entries), get);
  const parsed = v.safeParse(DatabaseEnvironment, given, { abortPipeEarly: true });
  if (!parsed.success) return failure({ message: messageFor(mistakesOf(parsed.issues)) });
  return success({ databaseUrl: parsed.output.DATABASE_URL, dataDirectory: parsed.output.DATA_DIR });
}

function readGiven(
  names: readonly string[],
  get: ReadVariable,
): Readonly<Record<string, string | undefined>> {
  // A variable that is there and empty counts as not set: that is what a line "NAME=" in .env means.
  return Object.fromEntries(names.map((name) => [name, get(name)?.trim() || undefined]));
}

function mistakesOf(issues: readonly v.BaseIssue<unknown>[] = []): string[] {
  return issues.map((issue) => `  ${v.getDotPath(issue)?.split(".")[0]}: ${issue.message}`);
}

function configFor(env: v.InferOutput<typeof Environment>): Config {
  return {
    publicUrl: env.PUBLIC_URL,
    host: env.HOST,
    port: env.PORT,
    callbackPath: env.OAUTH_CALLBACK_PATH,
    databaseUrl: env.DATABASE_URL,
    dataDirectory: env.DATA_DIR,
    highlevel: {
      clientId: env.HIGHLEVEL_CLIENT_ID,
      clientSecret: env.HIGHLEVEL_CLIENT_SECRET,
      versionId: env.HIGHLEVEL_VERSION_ID ?? env.HIGHLEVEL_CLIENT_ID.replace(/-.*/, ""),
      scopes: env.HIGHLEVEL_SCOPES,
      authorizeUrl: env.HIGHLEVEL_AUTHORIZE_URL,
      apiUrl: env.HIGHLEVEL_API_URL,
      redirectUrl: env.PUBLIC_URL + env.OAUTH_CALLBACK_PATH,
    },
    webhookPublicKeys: env.HIGHLEVEL_WEBHOOK_PUBLIC_KEYS,
    extensionRedirectUrls: env.EXTENSION_REDIRECT_URLS,
    allowMarketplaceInstalls: env.ALLOW_MARKETPLACE_INSTALLS,
    encryptionKeys: env.TOKEN_ENCRYPTION_KEYS,
    apiKeys: env.API_KEYS,
    trustedProxies: env.TRUSTED_PROXIES,
    logLevel: env.LOG_LEVEL,
  };
}

function messageFor(mistakes: readonly string[], isNewcomer = false): string {
  const lines = ["The settings cannot be used:", ...mistakes, "README.md explains every setting"];
  if (isNewcomer) {
    lines.push('No HighLevel app at hand? "deno task demo" runs everything against a simulated HighLevel');
  }
  return lines.join("\n");
}
