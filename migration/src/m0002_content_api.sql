-- The content API: an editor's desk, corrections, aliases, stories, saved queries, reads. The tokens are those of the first edition, and one for
-- bytes. What is added to rows that exist has a default that says what they are: public since they were first seen.

ALTER TABLE articles ADD COLUMN visible_from BIGINT;
ALTER TABLE articles ADD COLUMN public_revision INTEGER;
ALTER TABLE articles ADD COLUMN release_at BIGINT;
ALTER TABLE articles ADD COLUMN embargo_until BIGINT;
ALTER TABLE articles ADD COLUMN withdrawn_at BIGINT;
ALTER TABLE articles ADD COLUMN withdrawn_reason TEXT;
ALTER TABLE articles ADD COLUMN story_id :uuid;
ALTER TABLE articles ADD COLUMN has_image BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE articles ADD COLUMN has_video BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE articles ADD COLUMN has_audio BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE articles ADD COLUMN has_correction BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE articles SET visible_from = first_seen_at, public_revision = 1 WHERE status <> 'draft';
UPDATE articles SET has_image = TRUE WHERE id IN (SELECT article_id FROM media WHERE kind = 'image');
UPDATE articles SET has_video = TRUE WHERE id IN (SELECT article_id FROM media WHERE kind = 'video');
UPDATE articles SET has_audio = TRUE WHERE id IN (SELECT article_id FROM media WHERE kind = 'audio');
CREATE INDEX articles_to_release ON articles (release_at) WHERE release_at IS NOT NULL;
CREATE INDEX articles_of_story ON articles (story_id, status, published_at, id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_with_video ON articles (status, published_at, id) WHERE has_video;
CREATE INDEX articles_with_audio ON articles (status, published_at, id) WHERE has_audio;
CREATE INDEX articles_with_correction ON articles (status, published_at, id) WHERE has_correction;

ALTER TABLE media ADD COLUMN focal_x INTEGER;
ALTER TABLE media ADD COLUMN focal_y INTEGER;

CREATE TABLE article_corrections (
  id :uuid PRIMARY KEY,
  article_id :uuid NOT NULL REFERENCES articles (id),
  revision INTEGER NOT NULL,
  note TEXT NOT NULL,
  actor_id :uuid,
  at BIGINT NOT NULL
);
CREATE INDEX corrections_of_article ON article_corrections (article_id, at, id);

CREATE TABLE article_aliases (
  slug TEXT PRIMARY KEY,
  article_id :uuid NOT NULL REFERENCES articles (id),
  ceased_at BIGINT NOT NULL
);
CREATE INDEX aliases_of_article ON article_aliases (article_id, ceased_at);

ALTER TABLE topics ADD COLUMN parent_id :uuid;
ALTER TABLE topics ADD COLUMN merged_into :uuid;
CREATE INDEX topics_below ON topics (parent_id, id) WHERE parent_id IS NOT NULL;

CREATE TABLE stories (
  id :uuid PRIMARY KEY,
  lead_id :uuid NOT NULL REFERENCES articles (id),
  language TEXT,
  article_count INTEGER NOT NULL,
  source_count INTEGER NOT NULL,
  first_published_at BIGINT NOT NULL,
  last_published_at BIGINT NOT NULL,
  merged_into :uuid REFERENCES stories (id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX stories_by_activity ON stories (last_published_at, id) WHERE merged_into IS NULL;

CREATE TABLE story_members (
  article_id :uuid PRIMARY KEY REFERENCES articles (id),
  story_id :uuid NOT NULL,
  source_id :uuid NOT NULL,
  language TEXT,
  published_at BIGINT NOT NULL,
  confidence INTEGER NOT NULL,
  duplicate_of :uuid,
  by_editor BOOLEAN NOT NULL,
  signals TEXT,
  fingerprint :blob NOT NULL
);
CREATE INDEX members_of_story ON story_members (story_id, published_at, article_id);
CREATE INDEX members_by_age ON story_members (published_at, article_id);

CREATE TABLE story_partings (
  article_id :uuid NOT NULL REFERENCES articles (id),
  story_id :uuid NOT NULL,
  PRIMARY KEY (article_id, story_id)
);

CREATE TABLE story_edits (
  id :uuid PRIMARY KEY,
  kind TEXT NOT NULL,
  story_id :uuid NOT NULL,
  other_id :uuid NOT NULL,
  articles TEXT NOT NULL,
  actor_id :uuid,
  at BIGINT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX edits_of_story ON story_edits (story_id, at, id);

CREATE TABLE followers (
  name TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  leader TEXT,
  leased_until BIGINT NOT NULL
);

CREATE TABLE saved_queries (
  id :uuid PRIMARY KEY,
  account_id :uuid NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX queries_of_account ON saved_queries (account_id, created_at, id);

CREATE TABLE article_reads (
  article_id :uuid NOT NULL REFERENCES articles (id),
  hour BIGINT NOT NULL,
  reads BIGINT NOT NULL,
  PRIMARY KEY (article_id, hour)
);
CREATE INDEX reads_by_hour ON article_reads (hour, article_id);

ALTER TABLE changes ADD COLUMN detail TEXT;
