-- Who a session belongs to: everybody who authorised in its browser, as HighLevel named them in its answers to those very
-- codes. Nobody is known of sessions from before.
CREATE TABLE session_users (
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  user_id text NOT NULL,
  PRIMARY KEY (session_id, user_id)
);
CREATE INDEX session_users_user ON session_users (user_id);
-- On its way there. NULL: HighLevel named nobody.
ALTER TABLE grant_codes ADD COLUMN user_id text;

-- The few that are in trouble among the many of an agency, for who asks for those alone.
CREATE INDEX coverages_problem ON coverages (company_connection_id, connection_id)
  WHERE installed AND problem_code IS NOT NULL;
