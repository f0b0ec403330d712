ALTER TABLE connections
  -- When the exchange was begun that brought the install, and when its answer was stored: another exchange that was under way
  -- at that time may turn out to be the older one.
  ADD COLUMN authorization_began_at timestamptz,
  ADD COLUMN authorization_stored_at timestamptz,
  -- When HighLevel's last word of an uninstall was carried out, whether there was an install by then or not; or when HighLevel
  -- was last told to uninstall, as a person wished.
  ADD COLUMN uninstall_told_at timestamptz;

ALTER TABLE agencies
  -- By HighLevel's clock: older news of the name and the domain does not replace newer.
  ADD COLUMN named_at timestamptz,
  ADD COLUMN whitelabel_told_at timestamptz;
