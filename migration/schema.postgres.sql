-- A fresh database, as the migrations leave it. Checked and renewed by a test; see README.md.

CREATE TABLE accounts (
  id uuid NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  password_hash text NOT NULL,
  role text NOT NULL,
  status text NOT NULL,
  ban_reason text,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE TABLE article_aliases (
  slug text NOT NULL,
  article_id uuid NOT NULL,
  ceased_at bigint NOT NULL
);
CREATE TABLE article_authors (
  article_id uuid NOT NULL,
  position integer NOT NULL,
  author_id uuid NOT NULL,
  published_at bigint NOT NULL
);
CREATE TABLE article_bodies (
  article_id uuid NOT NULL,
  html text NOT NULL,
  text text NOT NULL
);
CREATE TABLE article_corrections (
  id uuid NOT NULL,
  article_id uuid NOT NULL,
  revision integer NOT NULL,
  note text NOT NULL,
  actor_id uuid,
  at bigint NOT NULL
);
CREATE TABLE article_reads (
  article_id uuid NOT NULL,
  hour bigint NOT NULL,
  reads bigint NOT NULL
);
CREATE TABLE article_revisions (
  article_id uuid NOT NULL,
  revision integer NOT NULL,
  headline text NOT NULL,
  dek text,
  html text NOT NULL,
  updated_at bigint NOT NULL,
  content_hash text NOT NULL,
  superseded_at bigint NOT NULL
);
CREATE TABLE article_topics (
  article_id uuid NOT NULL,
  position integer NOT NULL,
  topic_id uuid NOT NULL,
  published_at bigint NOT NULL
);
CREATE TABLE articles (
  id uuid NOT NULL,
  source_id uuid NOT NULL,
  feed_id uuid,
  guid text,
  guid_key text,
  url text,
  url_key text,
  slug text NOT NULL,
  headline text NOT NULL,
  dek text,
  excerpt text NOT NULL,
  language text,
  language_base text,
  section_id uuid,
  status text NOT NULL,
  published_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  first_seen_at bigint NOT NULL,
  revision integer NOT NULL,
  word_count integer NOT NULL,
  reading_minutes integer NOT NULL,
  comments_open boolean NOT NULL,
  content_hash text NOT NULL,
  visible_from bigint,
  public_revision integer,
  release_at bigint,
  embargo_until bigint,
  withdrawn_at bigint,
  withdrawn_reason text,
  story_id uuid,
  has_image boolean NOT NULL DEFAULT false,
  has_video boolean NOT NULL DEFAULT false,
  has_audio boolean NOT NULL DEFAULT false,
  has_correction boolean NOT NULL DEFAULT false
);
CREATE TABLE authors (
  id uuid NOT NULL,
  source_id uuid,
  slug text NOT NULL,
  name text NOT NULL,
  name_key text NOT NULL,
  created_at bigint NOT NULL
);
CREATE TABLE changes (
  id bigint NOT NULL DEFAULT nextval('changes_id_seq'::regclass),
  seq bigint,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  article_id uuid,
  actor_id uuid,
  reason text,
  at bigint NOT NULL,
  detail text
);
CREATE TABLE comment_revisions (
  comment_id uuid NOT NULL,
  revision integer NOT NULL,
  source text NOT NULL,
  html text NOT NULL,
  superseded_at bigint NOT NULL
);
CREATE TABLE comments (
  id uuid NOT NULL,
  article_id uuid NOT NULL,
  parent_id uuid,
  root_id uuid NOT NULL,
  number integer NOT NULL,
  depth integer NOT NULL,
  path text COLLATE "C" NOT NULL,
  account_id uuid NOT NULL,
  source text NOT NULL,
  html text NOT NULL,
  status text NOT NULL,
  reason text,
  moderator_id uuid,
  revision integer NOT NULL,
  reply_count integer NOT NULL,
  created_at bigint NOT NULL,
  edited_at bigint,
  deleted_at bigint
);
CREATE TABLE feed_fetches (
  id uuid NOT NULL,
  feed_id uuid NOT NULL,
  source_id uuid NOT NULL,
  at bigint NOT NULL,
  via text NOT NULL,
  outcome text NOT NULL,
  status integer,
  fault text,
  error text,
  took_ms bigint NOT NULL,
  bytes bigint NOT NULL,
  entries integer NOT NULL,
  new integer NOT NULL,
  updated integer NOT NULL,
  unchanged integer NOT NULL,
  refused integer NOT NULL,
  lag_ms bigint
);
CREATE TABLE feeds (
  id uuid NOT NULL,
  source_id uuid NOT NULL,
  url text NOT NULL,
  title text,
  format text,
  etag text,
  last_modified text,
  content_hash text,
  status text NOT NULL,
  last_fetched_at bigint,
  next_fetch_at bigint,
  failures integer NOT NULL,
  last_error text,
  created_at bigint NOT NULL,
  fault text,
  failing_since bigint,
  last_worked_at bigint,
  last_new_at bigint,
  last_whole_at bigint,
  validators_lie boolean NOT NULL DEFAULT false,
  ttl_ms bigint,
  skip_hours integer NOT NULL DEFAULT 0,
  skip_days integer NOT NULL DEFAULT 0,
  rhythm_ms bigint,
  moving_to text,
  moves integer NOT NULL DEFAULT 0,
  leased_until bigint
);
CREATE TABLE followers (
  name text NOT NULL,
  seq bigint NOT NULL,
  leader text,
  leased_until bigint NOT NULL
);
CREATE TABLE idempotency_keys (
  account_id uuid NOT NULL,
  operation text NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  resource_id uuid NOT NULL,
  created_at bigint NOT NULL
);
CREATE TABLE media (
  id uuid NOT NULL,
  article_id uuid NOT NULL,
  position integer NOT NULL,
  kind text NOT NULL,
  role text NOT NULL,
  url text NOT NULL,
  mime text,
  width integer,
  height integer,
  duration_ms bigint,
  title text,
  caption text,
  credit text,
  alt text,
  thumbnail_url text,
  focal_x integer,
  focal_y integer
);
CREATE TABLE refresh_families (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  revoked_at bigint,
  revoked_reason text
);
CREATE TABLE refresh_tokens (
  token_hash text NOT NULL,
  family_id uuid NOT NULL,
  issued_at bigint NOT NULL,
  used_at bigint
);
CREATE TABLE saved_queries (
  id uuid NOT NULL,
  account_id uuid NOT NULL,
  name text NOT NULL,
  definition text NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE TABLE sources (
  id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  publisher_key text,
  homepage text,
  logo_url text,
  language text,
  country text,
  description text,
  status text NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE TABLE stories (
  id uuid NOT NULL,
  lead_id uuid NOT NULL,
  language text,
  article_count integer NOT NULL,
  source_count integer NOT NULL,
  first_published_at bigint NOT NULL,
  last_published_at bigint NOT NULL,
  merged_into uuid,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL
);
CREATE TABLE story_edits (
  id uuid NOT NULL,
  kind text NOT NULL,
  story_id uuid NOT NULL,
  other_id uuid NOT NULL,
  articles text NOT NULL,
  actor_id uuid,
  at bigint NOT NULL,
  undone_at bigint
);
CREATE TABLE story_members (
  article_id uuid NOT NULL,
  story_id uuid NOT NULL,
  source_id uuid NOT NULL,
  language text,
  published_at bigint NOT NULL,
  confidence integer NOT NULL,
  duplicate_of uuid,
  by_editor boolean NOT NULL,
  signals text,
  fingerprint bytea NOT NULL
);
CREATE TABLE story_partings (
  article_id uuid NOT NULL,
  story_id uuid NOT NULL
);
CREATE TABLE threads (
  article_id uuid NOT NULL,
  last_number integer NOT NULL,
  comment_count integer NOT NULL
);
CREATE TABLE topic_aliases (
  slug text NOT NULL,
  topic_id uuid NOT NULL,
  ceased_at bigint NOT NULL
);
CREATE TABLE topic_merges (
  topic_id uuid NOT NULL,
  into_id uuid NOT NULL,
  moved text NOT NULL,
  actor_id uuid,
  at bigint NOT NULL,
  undone_at bigint
);
CREATE TABLE topic_moves (
  topic_id uuid NOT NULL,
  article_id uuid NOT NULL,
  in_both boolean NOT NULL,
  as_section boolean NOT NULL
);
CREATE TABLE topic_names (
  kind text NOT NULL,
  name_key text NOT NULL,
  topic_id uuid NOT NULL,
  ceased_at bigint NOT NULL
);
CREATE TABLE topics (
  id uuid NOT NULL,
  kind text NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  name_key text NOT NULL,
  created_at bigint NOT NULL,
  parent_id uuid,
  merged_into uuid,
  revision integer NOT NULL DEFAULT 1
);
ALTER TABLE accounts ADD CONSTRAINT accounts_email_key UNIQUE (email);
ALTER TABLE accounts ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE article_aliases ADD CONSTRAINT article_aliases_pkey PRIMARY KEY (slug);
ALTER TABLE article_aliases ADD CONSTRAINT article_aliases_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE article_authors ADD CONSTRAINT article_authors_pkey PRIMARY KEY (article_id, "position");
ALTER TABLE article_authors ADD CONSTRAINT article_authors_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE article_authors ADD CONSTRAINT article_authors_author_id_fkey FOREIGN KEY (author_id) REFERENCES authors(id);
ALTER TABLE article_bodies ADD CONSTRAINT article_bodies_pkey PRIMARY KEY (article_id);
ALTER TABLE article_bodies ADD CONSTRAINT article_bodies_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE article_corrections ADD CONSTRAINT article_corrections_pkey PRIMARY KEY (id);
ALTER TABLE article_corrections ADD CONSTRAINT article_corrections_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE article_reads ADD CONSTRAINT article_reads_pkey PRIMARY KEY (article_id, hour);
ALTER TABLE article_reads ADD CONSTRAINT article_reads_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE article_revisions ADD CONSTRAINT article_revisions_pkey PRIMARY KEY (article_id, revision);
ALTER TABLE article_revisions ADD CONSTRAINT article_revisions_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE article_topics ADD CONSTRAINT article_topics_pkey PRIMARY KEY (article_id, "position");
ALTER TABLE article_topics ADD CONSTRAINT article_topics_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE article_topics ADD CONSTRAINT article_topics_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);
ALTER TABLE articles ADD CONSTRAINT articles_slug_key UNIQUE (slug);
ALTER TABLE articles ADD CONSTRAINT articles_pkey PRIMARY KEY (id);
ALTER TABLE articles ADD CONSTRAINT articles_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES feeds(id);
ALTER TABLE articles ADD CONSTRAINT articles_section_id_fkey FOREIGN KEY (section_id) REFERENCES topics(id);
ALTER TABLE articles ADD CONSTRAINT articles_source_id_fkey FOREIGN KEY (source_id) REFERENCES sources(id);
ALTER TABLE authors ADD CONSTRAINT authors_slug_key UNIQUE (slug);
ALTER TABLE authors ADD CONSTRAINT authors_source_id_name_key_key UNIQUE (source_id, name_key);
ALTER TABLE authors ADD CONSTRAINT authors_pkey PRIMARY KEY (id);
ALTER TABLE authors ADD CONSTRAINT authors_source_id_fkey FOREIGN KEY (source_id) REFERENCES sources(id);
ALTER TABLE changes ADD CONSTRAINT changes_pkey PRIMARY KEY (id);
ALTER TABLE comment_revisions ADD CONSTRAINT comment_revisions_pkey PRIMARY KEY (comment_id, revision);
ALTER TABLE comment_revisions ADD CONSTRAINT comment_revisions_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES comments(id);
ALTER TABLE comments ADD CONSTRAINT comments_pkey PRIMARY KEY (id);
ALTER TABLE comments ADD CONSTRAINT comments_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);
ALTER TABLE comments ADD CONSTRAINT comments_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE comments ADD CONSTRAINT comments_moderator_id_fkey FOREIGN KEY (moderator_id) REFERENCES accounts(id);
ALTER TABLE comments ADD CONSTRAINT comments_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES comments(id);
ALTER TABLE feed_fetches ADD CONSTRAINT feed_fetches_pkey PRIMARY KEY (id);
ALTER TABLE feed_fetches ADD CONSTRAINT feed_fetches_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES feeds(id);
ALTER TABLE feed_fetches ADD CONSTRAINT feed_fetches_source_id_fkey FOREIGN KEY (source_id) REFERENCES sources(id);
ALTER TABLE feeds ADD CONSTRAINT feeds_url_key UNIQUE (url);
ALTER TABLE feeds ADD CONSTRAINT feeds_pkey PRIMARY KEY (id);
ALTER TABLE feeds ADD CONSTRAINT feeds_source_id_fkey FOREIGN KEY (source_id) REFERENCES sources(id);
ALTER TABLE followers ADD CONSTRAINT followers_pkey PRIMARY KEY (name);
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (account_id, operation, key);
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);
ALTER TABLE media ADD CONSTRAINT media_pkey PRIMARY KEY (id);
ALTER TABLE media ADD CONSTRAINT media_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE refresh_families ADD CONSTRAINT refresh_families_pkey PRIMARY KEY (id);
ALTER TABLE refresh_families ADD CONSTRAINT refresh_families_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);
ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash);
ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_family_id_fkey FOREIGN KEY (family_id) REFERENCES refresh_families(id);
ALTER TABLE saved_queries ADD CONSTRAINT saved_queries_pkey PRIMARY KEY (id);
ALTER TABLE saved_queries ADD CONSTRAINT saved_queries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id);
ALTER TABLE sources ADD CONSTRAINT sources_publisher_key_key UNIQUE (publisher_key);
ALTER TABLE sources ADD CONSTRAINT sources_slug_key UNIQUE (slug);
ALTER TABLE sources ADD CONSTRAINT sources_pkey PRIMARY KEY (id);
ALTER TABLE stories ADD CONSTRAINT stories_pkey PRIMARY KEY (id);
ALTER TABLE stories ADD CONSTRAINT stories_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES articles(id);
ALTER TABLE stories ADD CONSTRAINT stories_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES stories(id);
ALTER TABLE story_edits ADD CONSTRAINT story_edits_pkey PRIMARY KEY (id);
ALTER TABLE story_members ADD CONSTRAINT story_members_pkey PRIMARY KEY (article_id);
ALTER TABLE story_members ADD CONSTRAINT story_members_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE story_partings ADD CONSTRAINT story_partings_pkey PRIMARY KEY (article_id, story_id);
ALTER TABLE story_partings ADD CONSTRAINT story_partings_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE threads ADD CONSTRAINT threads_pkey PRIMARY KEY (article_id);
ALTER TABLE threads ADD CONSTRAINT threads_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE topic_aliases ADD CONSTRAINT topic_aliases_pkey PRIMARY KEY (slug);
ALTER TABLE topic_aliases ADD CONSTRAINT topic_aliases_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);
ALTER TABLE topic_merges ADD CONSTRAINT topic_merges_pkey PRIMARY KEY (topic_id);
ALTER TABLE topic_merges ADD CONSTRAINT topic_merges_into_id_fkey FOREIGN KEY (into_id) REFERENCES topics(id);
ALTER TABLE topic_merges ADD CONSTRAINT topic_merges_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);
ALTER TABLE topic_moves ADD CONSTRAINT topic_moves_pkey PRIMARY KEY (topic_id, article_id);
ALTER TABLE topic_moves ADD CONSTRAINT topic_moves_article_id_fkey FOREIGN KEY (article_id) REFERENCES articles(id);
ALTER TABLE topic_moves ADD CONSTRAINT topic_moves_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);
ALTER TABLE topic_names ADD CONSTRAINT topic_names_pkey PRIMARY KEY (kind, name_key);
ALTER TABLE topic_names ADD CONSTRAINT topic_names_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);
ALTER TABLE topics ADD CONSTRAINT topics_kind_name_key_key UNIQUE (kind, name_key);
ALTER TABLE topics ADD CONSTRAINT topics_slug_key UNIQUE (slug);
ALTER TABLE topics ADD CONSTRAINT topics_pkey PRIMARY KEY (id);
CREATE INDEX aliases_of_article ON article_aliases USING btree (article_id, ceased_at);
CREATE INDEX articles_of_author ON article_authors USING btree (author_id, published_at, article_id);
CREATE INDEX corrections_of_article ON article_corrections USING btree (article_id, at, id);
CREATE INDEX reads_by_hour ON article_reads USING btree (hour, article_id);
CREATE INDEX articles_of_topic ON article_topics USING btree (topic_id, published_at, article_id);
CREATE UNIQUE INDEX articles_by_guid ON articles USING btree (source_id, guid_key);
CREATE INDEX articles_by_url ON articles USING btree (url_key, source_id);
CREATE INDEX articles_newest ON articles USING btree (status, published_at, id);
CREATE INDEX articles_of_language ON articles USING btree (language_base, status, published_at, id);
CREATE INDEX articles_of_section ON articles USING btree (section_id, status, published_at, id);
CREATE INDEX articles_of_source ON articles USING btree (source_id, status, published_at, id);
CREATE INDEX articles_of_story ON articles USING btree (story_id, status, published_at, id) WHERE (story_id IS NOT NULL);
CREATE INDEX articles_of_teller ON articles USING btree (story_id, source_id, status, published_at) WHERE (story_id IS NOT NULL);
CREATE INDEX articles_recently_updated ON articles USING btree (status, updated_at, id);
CREATE INDEX articles_telling ON articles USING btree (status, published_at, story_id, source_id) WHERE (story_id IS NOT NULL);
CREATE INDEX articles_to_release ON articles USING btree (release_at) WHERE (release_at IS NOT NULL);
CREATE INDEX articles_with_audio ON articles USING btree (status, published_at, id) WHERE has_audio;
CREATE INDEX articles_with_correction ON articles USING btree (status, published_at, id) WHERE has_correction;
CREATE INDEX articles_with_video ON articles USING btree (status, published_at, id) WHERE has_video;
CREATE INDEX authors_by_age ON authors USING btree (created_at, id);
CREATE INDEX authors_of_source ON authors USING btree (source_id, created_at, id);
CREATE UNIQUE INDEX changes_by_seq ON changes USING btree (seq);
CREATE INDEX changes_news ON changes USING btree (seq, kind, subject_id) WHERE (kind = ANY (ARRAY['article.corrected'::text, 'article.published'::text, 'article.restored'::text, 'article.updated'::text]));
CREATE INDEX changes_unsequenced ON changes USING btree (id) WHERE (seq IS NULL);
CREATE INDEX comments_by_age ON comments USING btree (status, created_at, article_id, account_id);
CREATE UNIQUE INDEX comments_by_number ON comments USING btree (article_id, number);
CREATE UNIQUE INDEX comments_by_path ON comments USING btree (article_id, path);
CREATE INDEX comments_of_account ON comments USING btree (account_id, created_at, id);
CREATE INDEX comments_replies ON comments USING btree (parent_id, number, id);
CREATE INDEX comments_replies_most_replied ON comments USING btree (parent_id, reply_count, id);
CREATE INDEX comments_roots ON comments USING btree (article_id, depth, number, id);
CREATE INDEX comments_roots_most_replied ON comments USING btree (article_id, depth, reply_count, id);
CREATE INDEX fetches_by_age ON feed_fetches USING btree (at, id);
CREATE INDEX fetches_of_feed ON feed_fetches USING btree (feed_id, at, id);
CREATE INDEX fetches_of_source ON feed_fetches USING btree (source_id, at);
CREATE INDEX feeds_by_age ON feeds USING btree (created_at, id);
CREATE INDEX feeds_by_source ON feeds USING btree (source_id, id);
CREATE INDEX feeds_due ON feeds USING btree (status, next_fetch_at);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);
CREATE INDEX media_of_article ON media USING btree (article_id, "position");
CREATE INDEX refresh_families_of_account ON refresh_families USING btree (account_id, id);
CREATE INDEX queries_of_account ON saved_queries USING btree (account_id, created_at, id);
CREATE INDEX sources_by_age ON sources USING btree (created_at, id);
CREATE INDEX stories_by_activity ON stories USING btree (last_published_at, id) WHERE (merged_into IS NULL);
CREATE INDEX edits_of_story ON story_edits USING btree (story_id, at, id);
CREATE INDEX members_by_age ON story_members USING btree (published_at, article_id);
CREATE INDEX members_of_story ON story_members USING btree (story_id, published_at, article_id);
CREATE INDEX aliases_of_topic ON topic_aliases USING btree (topic_id, ceased_at);
CREATE INDEX merges_into_topic ON topic_merges USING btree (into_id, at);
CREATE INDEX merges_to_undo ON topic_merges USING btree (undone_at) WHERE (undone_at IS NOT NULL);
CREATE INDEX topics_below ON topics USING btree (parent_id, id) WHERE (parent_id IS NOT NULL);
CREATE INDEX topics_by_age ON topics USING btree (created_at, id);
CREATE INDEX topics_merged ON topics USING btree (merged_into, id) WHERE (merged_into IS NOT NULL);
CREATE INDEX topics_of_kind ON topics USING btree (kind, created_at, id);
