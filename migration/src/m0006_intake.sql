-- Intake that answers for itself: what each feed wishes, who fetches it now, where it moves, and how every fetch went.

ALTER TABLE feeds ADD COLUMN fault TEXT;
ALTER TABLE feeds ADD COLUMN failing_since BIGINT;
ALTER TABLE feeds ADD COLUMN last_worked_at BIGINT;
ALTER TABLE feeds ADD COLUMN last_new_at BIGINT;
ALTER TABLE feeds ADD COLUMN last_whole_at BIGINT;
ALTER TABLE feeds ADD COLUMN validators_lie BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE feeds ADD COLUMN ttl_ms BIGINT;
ALTER TABLE feeds ADD COLUMN skip_hours INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN skip_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN rhythm_ms BIGINT;
ALTER TABLE feeds ADD COLUMN moving_to TEXT;
ALTER TABLE feeds ADD COLUMN moves INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN leased_until BIGINT;
CREATE INDEX feeds_by_age ON feeds (created_at, id);

CREATE TABLE feed_fetches (
  id :uuid PRIMARY KEY,
  feed_id :uuid NOT NULL REFERENCES feeds (id),
  source_id :uuid NOT NULL REFERENCES sources (id),
  at BIGINT NOT NULL,
  via TEXT NOT NULL,
  outcome TEXT NOT NULL,
  status INTEGER,
  fault TEXT,
  error TEXT,
  took_ms BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  entries INTEGER NOT NULL,
  new INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  lag_ms BIGINT
);
CREATE INDEX fetches_of_feed ON feed_fetches (feed_id, at, id);
CREATE INDEX fetches_of_source ON feed_fetches (source_id, at);
CREATE INDEX fetches_by_age ON feed_fetches (at, id);
