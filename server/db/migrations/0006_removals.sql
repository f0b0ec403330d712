-- What kept the last tries of a removal from being made, the same in all of them: since when, and in how many. NULL: the last
-- one met with something else. A wish ends when that lasts, and however often something else failed says nothing of it.
ALTER TABLE connections
  ADD COLUMN removal_obstacle text,
  ADD COLUMN removal_obstacle_since timestamptz,
  ADD COLUMN removal_obstacle_tries integer NOT NULL DEFAULT 0,
  ADD CHECK ((removal_obstacle IS NULL) = (removal_obstacle_since IS NULL));
