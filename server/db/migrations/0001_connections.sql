-- One row per install of the app: a location that installed it, or a company (agency) that did for its locations.
CREATE TABLE connections (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('location', 'company')),
  company_id text,
  location_id text,
  location_name text,
  user_id text,
  scopes text[] NOT NULL DEFAULT '{}',
  -- Sealed with AES-256-GCM; the row's id and the column's name are additional data. NULL once wiped.
  access_token bytea,
  refresh_token bytea,
  access_token_expires_at timestamptz,
  -- Goes up with every new refresh token, so that a late writer can see that it is late.
  generation bigint NOT NULL DEFAULT 0,
  last_refreshed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (CASE kind WHEN 'location' THEN location_id IS NOT NULL ELSE company_id IS NOT NULL AND location_id IS NULL END)
);
CREATE UNIQUE INDEX connections_location ON connections (location_id) WHERE kind = 'location';
CREATE UNIQUE INDEX connections_company ON connections (company_id) WHERE kind = 'company';

-- What happened to a connection: when, what, why, by whom. No secrets. Rows are never changed.
CREATE TABLE connection_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id uuid NOT NULL REFERENCES connections,
  at timestamptz NOT NULL DEFAULT now(),
  event text NOT NULL,
  cause text NOT NULL,
  actor text NOT NULL
);
CREATE INDEX connection_events_connection ON connection_events (connection_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER connection_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON connection_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A browser that finished a private flow. Only the SHA-256 digest of its token is kept.
CREATE TABLE sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token_digest bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- Which connections a session may see.
CREATE TABLE session_grants (
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  connection_id uuid NOT NULL REFERENCES connections,
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (session_id, connection_id)
);

-- The way back from the callback to the extension: one read, 60 seconds, kept as a digest.
CREATE TABLE grant_codes (
  code_digest bytea PRIMARY KEY,
  connection_id uuid NOT NULL REFERENCES connections,
  code_challenge text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX grant_codes_expires_at ON grant_codes (expires_at);

-- One known value per encryption key, sealed with it: tells a wrong key under a known id before anything is written.
CREATE TABLE encryption_key_checks (
  key_id text PRIMARY KEY,
  sealed bytea NOT NULL
);
