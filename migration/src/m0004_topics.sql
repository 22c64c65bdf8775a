-- Topics that editors manage: revisions, the slugs and names that they had before, and what moved when one became part of another.

ALTER TABLE topics ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX topics_merged ON topics (merged_into, id) WHERE merged_into IS NOT NULL;

CREATE TABLE topic_aliases (
  slug TEXT PRIMARY KEY,
  topic_id :uuid NOT NULL REFERENCES topics (id),
  ceased_at BIGINT NOT NULL
);
CREATE INDEX aliases_of_topic ON topic_aliases (topic_id, ceased_at);

CREATE TABLE topic_names (
  kind TEXT NOT NULL,
  name_key TEXT NOT NULL,
  topic_id :uuid NOT NULL REFERENCES topics (id),
  ceased_at BIGINT NOT NULL,
  PRIMARY KEY (kind, name_key)
);

CREATE TABLE topic_merges (
  topic_id :uuid PRIMARY KEY REFERENCES topics (id),
  into_id :uuid NOT NULL REFERENCES topics (id),
  moved TEXT NOT NULL,
  actor_id :uuid,
  at BIGINT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX merges_into_topic ON topic_merges (into_id, at);
CREATE INDEX merges_to_undo ON topic_merges (undone_at) WHERE undone_at IS NOT NULL;

CREATE TABLE topic_moves (
  topic_id :uuid NOT NULL REFERENCES topics (id),
  article_id :uuid NOT NULL REFERENCES articles (id),
  in_both BOOLEAN NOT NULL,
  as_section BOOLEAN NOT NULL,
  PRIMARY KEY (topic_id, article_id)
);
