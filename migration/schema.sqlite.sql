-- A fresh database, as the migrations leave it. Checked and renewed by a test; see README.md.

CREATE TABLE accounts (
  id BLOB PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  status TEXT NOT NULL,
  ban_reason TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE TABLE article_aliases (
  slug TEXT PRIMARY KEY,
  article_id BLOB NOT NULL REFERENCES articles (id),
  ceased_at BIGINT NOT NULL
);
CREATE INDEX aliases_of_article ON article_aliases (article_id, ceased_at);
CREATE TABLE article_authors (
  article_id BLOB NOT NULL REFERENCES articles (id),
  position INTEGER NOT NULL,
  author_id BLOB NOT NULL REFERENCES authors (id),
  published_at BIGINT NOT NULL,
  PRIMARY KEY (article_id, position)
);
CREATE INDEX articles_of_author ON article_authors (author_id, published_at, article_id);
CREATE TABLE article_bodies (
  article_id BLOB PRIMARY KEY REFERENCES articles (id),
  html TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE TABLE article_corrections (
  id BLOB PRIMARY KEY,
  article_id BLOB NOT NULL REFERENCES articles (id),
  revision INTEGER NOT NULL,
  note TEXT NOT NULL,
  actor_id BLOB,
  at BIGINT NOT NULL
);
CREATE INDEX corrections_of_article ON article_corrections (article_id, at, id);
CREATE TABLE article_reads (
  article_id BLOB NOT NULL REFERENCES articles (id),
  hour BIGINT NOT NULL,
  reads BIGINT NOT NULL,
  PRIMARY KEY (article_id, hour)
);
CREATE INDEX reads_by_hour ON article_reads (hour, article_id);
CREATE TABLE article_revisions (
  article_id BLOB NOT NULL REFERENCES articles (id),
  revision INTEGER NOT NULL,
  headline TEXT NOT NULL,
  dek TEXT,
  html TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  content_hash TEXT NOT NULL,
  superseded_at BIGINT NOT NULL,
  PRIMARY KEY (article_id, revision)
);
CREATE TABLE article_topics (
  article_id BLOB NOT NULL REFERENCES articles (id),
  position INTEGER NOT NULL,
  topic_id BLOB NOT NULL REFERENCES topics (id),
  published_at BIGINT NOT NULL,
  PRIMARY KEY (article_id, position)
);
CREATE INDEX articles_of_topic ON article_topics (topic_id, published_at, article_id);
CREATE TABLE articles (
  id BLOB PRIMARY KEY,
  source_id BLOB NOT NULL REFERENCES sources (id),
  feed_id BLOB REFERENCES feeds (id),
  guid TEXT,
  guid_key TEXT,
  url TEXT,
  url_key TEXT,
  slug TEXT NOT NULL UNIQUE,
  headline TEXT NOT NULL,
  dek TEXT,
  excerpt TEXT NOT NULL,
  language TEXT,
  language_base TEXT,
  section_id BLOB REFERENCES topics (id),
  status TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  revision INTEGER NOT NULL,
  word_count INTEGER NOT NULL,
  reading_minutes INTEGER NOT NULL,
  comments_open BOOLEAN NOT NULL,
  content_hash TEXT NOT NULL
, visible_from BIGINT, public_revision INTEGER, release_at BIGINT, embargo_until BIGINT, withdrawn_at BIGINT, withdrawn_reason TEXT, story_id BLOB, has_image BOOLEAN NOT NULL DEFAULT FALSE, has_video BOOLEAN NOT NULL DEFAULT FALSE, has_audio BOOLEAN NOT NULL DEFAULT FALSE, has_correction BOOLEAN NOT NULL DEFAULT FALSE);
CREATE UNIQUE INDEX articles_by_guid ON articles (source_id, guid_key);
CREATE INDEX articles_by_url ON articles (url_key, source_id);
CREATE INDEX articles_newest ON articles (status, published_at, id);
CREATE INDEX articles_of_language ON articles (language_base, status, published_at, id);
CREATE INDEX articles_of_section ON articles (section_id, status, published_at, id);
CREATE INDEX articles_of_source ON articles (source_id, status, published_at, id);
CREATE INDEX articles_of_story ON articles (story_id, status, published_at, id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_of_teller ON articles (story_id, source_id, status, published_at) WHERE story_id IS NOT NULL;
CREATE INDEX articles_recently_updated ON articles (status, updated_at, id);
CREATE INDEX articles_telling ON articles (status, published_at, story_id, source_id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_to_release ON articles (release_at) WHERE release_at IS NOT NULL;
CREATE INDEX articles_with_audio ON articles (status, published_at, id) WHERE has_audio;
CREATE INDEX articles_with_correction ON articles (status, published_at, id) WHERE has_correction;
CREATE INDEX articles_with_video ON articles (status, published_at, id) WHERE has_video;
CREATE TABLE authors (
  id BLOB PRIMARY KEY,
  source_id BLOB REFERENCES sources (id),
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (source_id, name_key)
);
CREATE INDEX authors_by_age ON authors (created_at, id);
CREATE INDEX authors_of_source ON authors (source_id, created_at, id);
CREATE TABLE changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  seq BIGINT GENERATED ALWAYS AS (id) VIRTUAL,
  kind TEXT NOT NULL,
  subject_id BLOB NOT NULL,
  article_id BLOB,
  actor_id BLOB,
  reason TEXT,
  at BIGINT NOT NULL
, detail TEXT);
CREATE UNIQUE INDEX changes_by_seq ON changes (seq);
CREATE INDEX changes_news ON changes (seq, kind, subject_id)
  WHERE kind IN ('article.corrected', 'article.published', 'article.restored', 'article.updated');
CREATE TABLE comment_revisions (
  comment_id BLOB NOT NULL REFERENCES comments (id),
  revision INTEGER NOT NULL,
  source TEXT NOT NULL,
  html TEXT NOT NULL,
  superseded_at BIGINT NOT NULL,
  PRIMARY KEY (comment_id, revision)
);
CREATE TABLE comments (
  id BLOB PRIMARY KEY,
  article_id BLOB NOT NULL REFERENCES articles (id),
  parent_id BLOB REFERENCES comments (id),
  root_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  path TEXT NOT NULL,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  source TEXT NOT NULL,
  html TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  moderator_id BLOB REFERENCES accounts (id),
  revision INTEGER NOT NULL,
  reply_count INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  edited_at BIGINT,
  deleted_at BIGINT
);
CREATE INDEX comments_by_age ON comments (status, created_at, article_id, account_id);
CREATE UNIQUE INDEX comments_by_number ON comments (article_id, number);
CREATE UNIQUE INDEX comments_by_path ON comments (article_id, path);
CREATE INDEX comments_of_account ON comments (account_id, created_at, id);
CREATE INDEX comments_replies ON comments (parent_id, number, id);
CREATE INDEX comments_replies_most_replied ON comments (parent_id, reply_count, id);
CREATE INDEX comments_roots ON comments (article_id, depth, number, id);
CREATE INDEX comments_roots_most_replied ON comments (article_id, depth, reply_count, id);
CREATE TABLE feed_fetches (
  id BLOB PRIMARY KEY,
  feed_id BLOB NOT NULL REFERENCES feeds (id),
  source_id BLOB NOT NULL REFERENCES sources (id),
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
CREATE INDEX fetches_by_age ON feed_fetches (at, id);
CREATE INDEX fetches_of_feed ON feed_fetches (feed_id, at, id);
CREATE INDEX fetches_of_source ON feed_fetches (source_id, at);
CREATE TABLE feeds (
  id BLOB PRIMARY KEY,
  source_id BLOB NOT NULL REFERENCES sources (id),
  url TEXT NOT NULL UNIQUE,
  title TEXT,
  format TEXT,
  etag TEXT,
  last_modified TEXT,
  content_hash TEXT,
  status TEXT NOT NULL,
  last_fetched_at BIGINT,
  next_fetch_at BIGINT,
  failures INTEGER NOT NULL,
  last_error TEXT,
  created_at BIGINT NOT NULL
, fault TEXT, failing_since BIGINT, last_worked_at BIGINT, last_new_at BIGINT, last_whole_at BIGINT, validators_lie BOOLEAN NOT NULL DEFAULT FALSE, ttl_ms BIGINT, skip_hours INTEGER NOT NULL DEFAULT 0, skip_days INTEGER NOT NULL DEFAULT 0, rhythm_ms BIGINT, moving_to TEXT, moves INTEGER NOT NULL DEFAULT 0, leased_until BIGINT);
CREATE INDEX feeds_by_age ON feeds (created_at, id);
CREATE INDEX feeds_by_source ON feeds (source_id, id);
CREATE INDEX feeds_due ON feeds (status, next_fetch_at);
CREATE TABLE followers (
  name TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  leader TEXT,
  leased_until BIGINT NOT NULL
);
CREATE TABLE idempotency_keys (
  account_id BLOB NOT NULL REFERENCES accounts (id),
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  resource_id BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, operation, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE TABLE media (
  id BLOB PRIMARY KEY,
  article_id BLOB NOT NULL REFERENCES articles (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL,
  url TEXT NOT NULL,
  mime TEXT,
  width INTEGER,
  height INTEGER,
  duration_ms BIGINT,
  title TEXT,
  caption TEXT,
  credit TEXT,
  alt TEXT,
  thumbnail_url TEXT
, focal_x INTEGER, focal_y INTEGER);
CREATE INDEX media_of_article ON media (article_id, position);
CREATE TABLE refresh_families (
  id BLOB PRIMARY KEY,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  revoked_reason TEXT
);
CREATE INDEX refresh_families_of_account ON refresh_families (account_id, id);
CREATE TABLE refresh_tokens (
  token_hash TEXT PRIMARY KEY,
  family_id BLOB NOT NULL REFERENCES refresh_families (id),
  issued_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE TABLE saved_queries (
  id BLOB PRIMARY KEY,
  account_id BLOB NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX queries_of_account ON saved_queries (account_id, created_at, id);
CREATE TABLE sources (
  id BLOB PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  publisher_key TEXT UNIQUE,
  homepage TEXT,
  logo_url TEXT,
  language TEXT,
  country TEXT,
  description TEXT,
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX sources_by_age ON sources (created_at, id);
CREATE TABLE stories (
  id BLOB PRIMARY KEY,
  lead_id BLOB NOT NULL REFERENCES articles (id),
  language TEXT,
  article_count INTEGER NOT NULL,
  source_count INTEGER NOT NULL,
  first_published_at BIGINT NOT NULL,
  last_published_at BIGINT NOT NULL,
  merged_into BLOB REFERENCES stories (id),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX stories_by_activity ON stories (last_published_at, id) WHERE merged_into IS NULL;
CREATE TABLE story_edits (
  id BLOB PRIMARY KEY,
  kind TEXT NOT NULL,
  story_id BLOB NOT NULL,
  other_id BLOB NOT NULL,
  articles TEXT NOT NULL,
  actor_id BLOB,
  at BIGINT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX edits_of_story ON story_edits (story_id, at, id);
CREATE TABLE story_members (
  article_id BLOB PRIMARY KEY REFERENCES articles (id),
  story_id BLOB NOT NULL,
  source_id BLOB NOT NULL,
  language TEXT,
  published_at BIGINT NOT NULL,
  confidence INTEGER NOT NULL,
  duplicate_of BLOB,
  by_editor BOOLEAN NOT NULL,
  signals TEXT,
  fingerprint BLOB NOT NULL
);
CREATE INDEX members_by_age ON story_members (published_at, article_id);
CREATE INDEX members_of_story ON story_members (story_id, published_at, article_id);
CREATE TABLE story_partings (
  article_id BLOB NOT NULL REFERENCES articles (id),
  story_id BLOB NOT NULL,
  PRIMARY KEY (article_id, story_id)
);
CREATE TABLE threads (
  article_id BLOB PRIMARY KEY REFERENCES articles (id),
  last_number INTEGER NOT NULL,
  comment_count INTEGER NOT NULL
);
CREATE TABLE topic_aliases (
  slug TEXT PRIMARY KEY,
  topic_id BLOB NOT NULL REFERENCES topics (id),
  ceased_at BIGINT NOT NULL
);
CREATE INDEX aliases_of_topic ON topic_aliases (topic_id, ceased_at);
CREATE TABLE topic_merges (
  topic_id BLOB PRIMARY KEY REFERENCES topics (id),
  into_id BLOB NOT NULL REFERENCES topics (id),
  moved TEXT NOT NULL,
  actor_id BLOB,
  at BIGINT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX merges_into_topic ON topic_merges (into_id, at);
CREATE INDEX merges_to_undo ON topic_merges (undone_at) WHERE undone_at IS NOT NULL;
CREATE TABLE topic_moves (
  topic_id BLOB NOT NULL REFERENCES topics (id),
  article_id BLOB NOT NULL REFERENCES articles (id),
  in_both BOOLEAN NOT NULL,
  as_section BOOLEAN NOT NULL,
  PRIMARY KEY (topic_id, article_id)
);
CREATE TABLE topic_names (
  kind TEXT NOT NULL,
  name_key TEXT NOT NULL,
  topic_id BLOB NOT NULL REFERENCES topics (id),
  ceased_at BIGINT NOT NULL,
  PRIMARY KEY (kind, name_key)
);
CREATE TABLE topics (
  id BLOB PRIMARY KEY,
  kind TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  created_at BIGINT NOT NULL, parent_id BLOB, merged_into BLOB, revision INTEGER NOT NULL DEFAULT 1,
  UNIQUE (kind, name_key)
);
CREATE INDEX topics_below ON topics (parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX topics_by_age ON topics (created_at, id);
CREATE INDEX topics_merged ON topics (merged_into, id) WHERE merged_into IS NOT NULL;
CREATE INDEX topics_of_kind ON topics (kind, created_at, id);
