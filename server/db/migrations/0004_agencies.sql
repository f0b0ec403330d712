-- What is known of an agency (HighLevel calls it a company), whoever said it, and whether or not it is connected.
CREATE TABLE agencies (
  company_id text PRIMARY KEY,
  name text,
  -- The host under which the agency shows HighLevel to its people. NULL: it has none of its own, or it is not known.
  whitelabel_domain text,
  -- Whether the app comes to the agency's new locations by itself.
  installs_future_locations boolean NOT NULL DEFAULT false,
  -- When its locations are listed again. NULL: it is not connected. While a listing runs, when it is taken for dead.
  listing_due_at timestamptz,
  listing_failures integer NOT NULL DEFAULT 0,
  -- When the last complete listing began, and how many locations with the app it named.
  listed_at timestamptz,
  listed_locations integer
);
CREATE INDEX agencies_listing_due_at ON agencies (listing_due_at) WHERE listing_due_at IS NOT NULL;

-- A location that an agency's install reaches, or did, and the token that was minted for it. It never rotates.
CREATE TABLE coverages (
  connection_id uuid PRIMARY KEY REFERENCES connections,
  company_connection_id uuid NOT NULL REFERENCES connections,
  installed boolean NOT NULL,
  -- When HighLevel was asked what this row says. An answer to an older question changes nothing.
  asked_at timestamptz NOT NULL,
  -- When HighLevel is asked about this location alone. NULL: there is no reason to.
  check_due_at timestamptz,
  check_failures integer NOT NULL DEFAULT 0,
  -- Sealed; the location's id and the column's name are additional data. NULL: none was minted, or it was wiped.
  access_token bytea,
  access_token_expires_at timestamptz,
  minted_at timestamptz,
  scopes text[] NOT NULL DEFAULT '{}',
  -- It was minted before the agency was authorised once more: the next one may do more.
  is_outdated boolean NOT NULL DEFAULT false,
  -- One mint at a time. When this is over, whoever began is gone.
  mint_lease_id uuid,
  mint_lease_expires_at timestamptz,
  -- Why HighLevel gives no token for this location, since when, and when it may be asked again.
  problem_code text,
  problem_since timestamptz,
  retry_at timestamptz,
  CHECK ((problem_code IS NULL) = (problem_since IS NULL)),
  CHECK ((mint_lease_id IS NULL) = (mint_lease_expires_at IS NULL)),
  CHECK (installed OR access_token IS NULL)
);
ALTER TABLE coverages ALTER COLUMN access_token SET STORAGE EXTERNAL;
CREATE INDEX coverages_company ON coverages (company_connection_id, connection_id) WHERE installed;
CREATE INDEX coverages_check_due_at ON coverages (check_due_at) WHERE check_due_at IS NOT NULL;
CREATE INDEX coverages_retry_at ON coverages (retry_at) WHERE problem_code = 'location_inactive';

ALTER TABLE connections
  -- When a person last authorised the install, by HighLevel's clock: an older word of HighLevel is about an earlier install.
  ADD COLUMN authorized_at timestamptz,
  -- When the tokens were wiped: what HighLevel was asked before says nothing about the install that may come after.
  ADD COLUMN wiped_at timestamptz,
  -- HighLevel said something that may mean that the app was uninstalled. The next rotation finds out.
  ADD COLUMN uninstall_suspected_at timestamptz,
  -- When HighLevel is asked whether this install is still there, and who it is. NULL: there is no reason to.
  ADD COLUMN check_due_at timestamptz,
  ADD COLUMN check_failures integer NOT NULL DEFAULT 0,
  -- By HighLevel's clock: an older webhook does not bring an older name back.
  ADD COLUMN location_named_at timestamptz,
  -- A person disconnected it. It is uninstalled at HighLevel before the tokens go, which may take more than one try.
  ADD COLUMN removal_requested_at timestamptz,
  ADD COLUMN removal_due_at timestamptz,
  ADD COLUMN removal_failures integer NOT NULL DEFAULT 0,
  -- Whether that person may remove what the agency installed, too.
  ADD COLUMN removal_is_of_agency boolean NOT NULL DEFAULT false,
  ADD CHECK ((removal_requested_at IS NULL) = (removal_due_at IS NULL));
CREATE INDEX connections_check_due_at ON connections (check_due_at) WHERE check_due_at IS NOT NULL;
-- An agency's end puts those into doubt that installed by themselves.
CREATE INDEX connections_company_locations ON connections (company_id)
  WHERE kind = 'location' AND refresh_token IS NOT NULL;
CREATE INDEX connections_removal_due_at ON connections (removal_due_at) WHERE removal_due_at IS NOT NULL;

-- Agencies from before: their locations were never listed.
INSERT INTO agencies (company_id, listing_due_at)
SELECT company_id, now() FROM connections WHERE kind = 'company' AND refresh_token IS NOT NULL;

-- Webhooks, kept before they are answered and carried out afterwards. What was done is kept without its content for a
-- while, so that a repetition is recognised.
CREATE TABLE webhook_inbox (
  -- HighLevel's `webhookId`, or a digest of the body of one that has none.
  webhook_id text PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now(),
  -- What it says, judged, as JSON; NULL once it is done.
  event text,
  -- When it is carried out. While that is under way, when it is taken for dead. NULL once it is done.
  due_at timestamptz DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  done_at timestamptz,
  CHECK ((done_at IS NULL) = (due_at IS NOT NULL) AND (done_at IS NULL) = (event IS NOT NULL))
);
CREATE INDEX webhook_inbox_due_at ON webhook_inbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_inbox_done_at ON webhook_inbox (done_at) WHERE done_at IS NOT NULL;
