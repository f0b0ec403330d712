-- What a rotation leaves in the row: when it is due, who is at it, and what went wrong.
ALTER TABLE connections
  -- The refresh token before this one, sealed like it; kept until the one after it has been used in its turn.
  ADD COLUMN previous_refresh_token bytea,
  -- The client that the tokens belong to: HighLevel refuses them to every other.
  ADD COLUMN client_id text,
  -- When it is due, or when a pause after a failure is over. NULL: never.
  ADD COLUMN next_refresh_at timestamptz,
  -- A rotation is under way until the lease ends; whoever comes afterwards takes over.
  ADD COLUMN lease_id uuid,
  ADD COLUMN lease_expires_at timestamptz,
  -- Committed before a token is presented for the first time and taken away with the outcome: a crash leaves it behind.
  ADD COLUMN rotation_started_at timestamptz,
  -- Rotations that failed since the last one that succeeded.
  ADD COLUMN failures integer NOT NULL DEFAULT 0,
  -- Refusals of the app's credentials that this install got while others were accepted, and when the last one counted.
  ADD COLUMN lone_refusals integer NOT NULL DEFAULT 0,
  ADD COLUMN last_refused_at timestamptz,
  -- Why refreshing fails, and since when the connection is in the state that follows from it.
  ADD COLUMN problem_code text,
  ADD COLUMN problem_since timestamptz,
  ADD CHECK ((problem_code IS NULL) = (problem_since IS NULL)),
  ADD CHECK (num_nulls(lease_id, lease_expires_at, rotation_started_at) IN (0, 3));

-- Ciphertext does not get smaller: trying to compress it is work for nothing.
ALTER TABLE connections
  ALTER COLUMN access_token SET STORAGE EXTERNAL,
  ALTER COLUMN refresh_token SET STORAGE EXTERNAL,
  ALTER COLUMN previous_refresh_token SET STORAGE EXTERNAL;

-- Installs from before: between 5/6 and 11/12 of a day's life, spread by the id, as for new tokens.
UPDATE connections
SET next_refresh_at = access_token_expires_at
  - make_interval(secs => 14400 - 7200 * (('x' || left(id::text, 8))::bit(32)::bigint / 4294967296.0)::float8)
WHERE refresh_token IS NOT NULL;

CREATE INDEX connections_next_refresh_at ON connections (next_refresh_at) WHERE next_refresh_at IS NOT NULL;
-- The few that are under way: those whose holder is gone come before everything else.
CREATE INDEX connections_under_way ON connections (lease_expires_at) WHERE lease_id IS NOT NULL;
-- The few that fail at a time, to find out with them whether HighLevel is back.
CREATE INDEX connections_failing ON connections (next_refresh_at) WHERE failures > 0;
