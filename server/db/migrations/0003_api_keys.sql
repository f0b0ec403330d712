-- The credential of an integration, made by the admin command. Only the SHA-256 digest of the key is kept.
CREATE TABLE api_keys (
  -- Public: it stands in the key and finds the row, so that no digest is ever looked up or compared by the database.
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
  name text NOT NULL,
  key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 32),
  -- The one location, or the company and the locations that were installed one by one in it, whose tokens it gets.
  scope_kind text NOT NULL CHECK (scope_kind IN ('location', 'company')),
  scope_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Some minutes old at the most: a use is not written down while the last one is that young.
  last_used_at timestamptz,
  -- A revoked key stays in the list.
  revoked_at timestamptz
);
-- A name belongs to one live key; that of a revoked one can be given again.
CREATE UNIQUE INDEX api_keys_live_name ON api_keys (name) WHERE revoked_at IS NULL;
