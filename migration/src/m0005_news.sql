-- What is news to a list, apart from all else in the log: whoever asks what arrived since some change reads nothing else.

CREATE INDEX changes_news ON changes (seq, kind, subject_id)
  WHERE kind IN ('article.corrected', 'article.published', 'article.restored', 'article.updated');
