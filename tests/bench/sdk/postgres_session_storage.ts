/**
 * Sessions of the official SDK in Postgres, as its documentation asks for a storage of one's own, and doing what its
 * MongoDB storage does: the whole session is replaced, whoever comes last.
 */
import { type ISessionData, SessionStorage } from "@gohighlevel/api-client";
import type { Database } from "../../../server/db/connect_database.ts";

export class PostgresSessionStorage extends SessionStorage {
  readonly #db: Database;
  #clientId = "";

  constructor(db: Database) {
    super();
    this.#db = db;
  }

  setClientId(clientId: string): void {
    this.#clientId = clientId;
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  async createCollection(): Promise<void> {
    await this.#db`
      CREATE TABLE IF NOT EXISTS application_sessions (
        application_id text NOT NULL,
        resource_id text NOT NULL,
        data jsonb NOT NULL,
        expire_at bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (application_id, resource_id)
      )`;
    await this
      .#db`CREATE INDEX IF NOT EXISTS application_sessions_expire_at ON application_sessions (expire_at)`;
  }

  getCollection(name: string): Promise<string> {
    return Promise.resolve(name);
  }

  async setSession(resourceId: string, sessionData: ISessionData): Promise<void> {
    const expireAt = this.calculateExpireAt(sessionData.expires_in);
    const data = { ...sessionData, expire_at: expireAt };
    await this.#db`
      INSERT INTO application_sessions (application_id, resource_id, data, expire_at)
      VALUES (${this.#applicationId()}, ${resourceId}, ${this.#db.json(data)}, ${expireAt})
      ON CONFLICT (application_id, resource_id)
      DO UPDATE SET data = EXCLUDED.data, expire_at = EXCLUDED.expire_at, updated_at = now()`;
  }

  async getSession(resourceId: string): Promise<ISessionData | null> {
    const [row] = await this.#db<{ data: ISessionData }[]>`
      SELECT data FROM application_sessions
      WHERE application_id = ${this.#applicationId()} AND resource_id = ${resourceId}`;
    return row?.data ?? null;
  }

  async deleteSession(resourceId: string): Promise<void> {
    await this.#db`
      DELETE FROM application_sessions
      WHERE application_id = ${this.#applicationId()} AND resource_id = ${resourceId}`;
  }

  async getAccessToken(resourceId: string): Promise<string | null> {
    return (await this.getSession(resourceId))?.access_token ?? null;
  }

  async getRefreshToken(resourceId: string): Promise<string | null> {
    return (await this.getSession(resourceId))?.refresh_token ?? null;
  }

  #applicationId(): string {
    return this.#clientId.split("-")[0] ?? "";
  }
}
