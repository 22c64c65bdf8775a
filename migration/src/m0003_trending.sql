-- What trends is computed from the window alone: who began to tell a story in it, who commented in it. (Reads have their index by hour.)

CREATE INDEX articles_telling ON articles (status, published_at, story_id, source_id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_of_teller ON articles (story_id, source_id, status, published_at) WHERE story_id IS NOT NULL;
CREATE INDEX comments_by_age ON comments (status, created_at, article_id, account_id);
