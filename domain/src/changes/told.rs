//! Tells rows of the log: loads what they are about in batches, and decides for each what the viewer may be told.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::{Changes, Now, PublicChange, Subject, Thread, Watch};
use crate::article::{Article, Articles};
use crate::change::{Change, ChangeKind as Kind};
use crate::comment::{Comment, Comments};
use crate::error::Result;
use crate::freshness::touched;
use crate::id::{ArticleId, CommentId, PublicId};
use crate::query::Queries;
use crate::source::Source;
use crate::story::{Stories, Told};
use crate::topic::Topic;

/// What may be told of rows, in their order.
pub(super) async fn tell(
    service: &Changes<'_>,
    rows: &[(&Change, Subject)],
    watch: &Watch,
) -> Result<Vec<PublicChange>> {
    let seen = Seen::load(service, rows, watch).await?;
    let told = rows.iter().filter_map(|(change, subject)| {
        let (subject, now) = seen.now(change, *subject, watch)?;
        Some(public(change, subject, now))
    });
    Ok(told.collect())
}

/// A row with what is to be seen. Of what is gone nothing is said but why it was taken back.
fn public(change: &Change, subject: Subject, now: Now) -> PublicChange {
    let is_there = !matches!(now, Now::Gone);
    let has_public_reason = match change.kind {
        Kind::ArticleWithdrawn => true,
        Kind::ArticleCorrected => is_there,
        // A moderator's reason is for the comment's author, and stands in the comment where they see it.
        _ => false,
    };
    let detail = change.detail.clone();
    let mut keys = touched(change.kind, change.subject, change.article, &detail);
    keys.sort_unstable();
    keys.dedup();
    PublicChange {
        seq: change.seq,
        kind: change.kind,
        at: change.at,
        subject,
        significance: detail.significance.filter(|_| is_there),
        fields: if is_there { detail.fields } else { Vec::new() },
        reason: change.reason.clone().filter(|_| has_public_reason),
        // Of a split it names the new story, which has a change of its own: nothing is to be put in its place.
        into: detail.into.filter(|_| change.kind != Kind::StorySplit).map(|into| subject.sibling(into)),
        keys,
        now,
    }
}

/// What the viewer sees of everything that some rows are about.
struct Seen {
    articles: HashMap<Uuid, Article>,
    /// Of these articles, those that the followed filter or search finds; none, where nothing narrows.
    found: Option<HashSet<Uuid>>,
    /// What no reader ever saw: not even that it is gone may be told.
    secret: HashSet<Uuid>,
    comments: HashMap<Uuid, Comment>,
    parents: HashMap<Uuid, Comment>,
    sources: HashMap<Uuid, Arc<Source>>,
    topics: HashMap<Uuid, Arc<Topic>>,
    stories: HashMap<Uuid, Told>,
}

impl Seen {
    async fn load(service: &Changes<'_>, rows: &[(&Change, Subject)], watch: &Watch) -> Result<Self> {
        let ids = |of: fn(&Change, Subject) -> Option<Uuid>| {
            once_each(rows.iter().filter_map(|(change, subject)| of(change, *subject)))
        };
        let articles = Articles::new(service.room, service.viewer);
        let article_ids = ids(|change, subject| match subject {
            Subject::Article(id) => Some(id.uuid()),
            Subject::Comment(_) | Subject::Story(_) => change.article,
            Subject::Source(_) | Subject::Topic(_) => None,
        });
        let visible = articles.get_many(&article_ids).await?;
        let followed = found(service, watch, &visible).await?;
        let unseen: Vec<Uuid> = article_ids.iter().copied().filter(|id| !visible.contains_key(id)).collect();
        let comments = Comments::new(service.room, service.viewer);
        let comment_ids = ids(|_, subject| match subject {
            Subject::Comment(id) => Some(id.uuid()),
            _ => None,
        });
        let found = comments.under_any(&comment_ids).await?;
        let parent_ids = once_each(found.values().filter_map(|comment| comment.parent).map(CommentId::uuid));
        let source_ids = ids(|_, subject| match subject {
            Subject::Source(id) => Some(id.uuid()),
            _ => None,
        });
        let topic_ids = ids(|change, subject| match subject {
            Subject::Topic(id) => Some(change.detail.into.unwrap_or(id.uuid())),
            _ => None,
        });
        let story_ids = ids(|change, subject| match subject {
            Subject::Story(id) => {
                Some(change.detail.into.filter(|_| change.kind == Kind::StoryMerged).unwrap_or(id.uuid()))
            }
            _ => None,
        });
        Ok(Self {
            stories: Stories::new(service.room, service.viewer).told(&story_ids).await?,
            secret: articles.never_public(&unseen).await?,
            articles: visible,
            found: followed,
            parents: comments.under_any(&parent_ids).await?,
            comments: found,
            sources: crate::source::load(service.room, &source_ids).await?,
            topics: crate::topic::load(service.room, &topic_ids).await?,
        })
    }

    /// What is to be seen, and of what; none, where the viewer is not told of the change.
    fn now(&self, change: &Change, subject: Subject, watch: &Watch) -> Option<(Subject, Now)> {
        let now = match subject {
            Subject::Article(id) => self.article(id.uuid(), change.kind, watch)?,
            Subject::Comment(id) => return self.comment(id, ArticleId::from_uuid(change.article?)),
            Subject::Source(id) => self.sources.get(&id.uuid()).cloned().map_or(Now::Gone, Now::Source),
            Subject::Topic(id) => match change.detail.into {
                Some(into) => self.topics.get(&into).cloned().map_or(Now::Gone, Now::Merged),
                None => self.topics.get(&id.uuid()).cloned().map_or(Now::Gone, Now::Topic),
            },
            // A filter is of articles: stories are not told to its followers, who cannot tell which are theirs. But where it
            // asks for stories, those that articles joined or left are told as changes of these articles.
            Subject::Story(_) if watch.is_narrowed() => {
                let id = change.article.filter(|_| watch.depends_on(change.kind))?;
                return Some((
                    Subject::Article(ArticleId::from_uuid(id)),
                    self.article(id, change.kind, watch)?,
                ));
            }
            // One that became part of another is told as that one.
            Subject::Story(id) => {
                let story =
                    change.detail.into.filter(|_| change.kind == Kind::StoryMerged).unwrap_or(id.uuid());
                self.stories.get(&story).cloned().map_or(Now::Gone, Now::Story)
            }
        };
        Some((subject, now))
    }

    /// Whether an article that is seen is one of those that are followed.
    fn is_found(&self, id: Uuid) -> bool {
        self.found.as_ref().is_none_or(|found| found.contains(&id))
    }

    fn article(&self, id: Uuid, kind: Kind, watch: &Watch) -> Option<Now> {
        match self.articles.get(&id) {
            Some(article) if self.is_found(id) => Some(Now::Article(Box::new(article.clone()))),
            // Threads take nothing out of a filter that does not ask for them, and what is published is not taken out: its
            // followers are not told of all that is new elsewhere. Where it matched then, what made it leave is a later change.
            Some(_) if kind == Kind::ArticlePublished => None,
            Some(_) if matches!(kind, Kind::ThreadClosed | Kind::ThreadOpened) && !watch.depends_on(kind) => {
                None
            }
            Some(_) => Some(Now::Left),
            None if self.secret.contains(&id) => None,
            None => Some(Now::Gone),
        }
    }

    /// A comment under an article that is not to be seen says so of the article. A follower may have it still, may never
    /// learn that it was away for a while, and would miss what was said there meanwhile: now it drops the article, and reads
    /// the whole thread when it is back.
    fn comment(&self, id: CommentId, under: ArticleId) -> Option<(Subject, Now)> {
        let Some(article) = self.articles.get(&under.uuid()) else {
            let is_secret = self.secret.contains(&under.uuid());
            return (!is_secret).then_some((Subject::Article(under), Now::Gone));
        };
        if !self.is_found(under.uuid()) {
            return Some((Subject::Article(under), Now::Left));
        }
        let Some(comment) = self.comments.get(&id.uuid()) else {
            return Some((Subject::Comment(id), Now::Gone));
        };
        let parent = comment.parent.and_then(|parent| self.parents.get(&parent.uuid()));
        let thread = Thread {
            article: under,
            open: article.record.comments_open,
            comments: article.record.comment_count,
            replies_of_parent: parent.map(|parent| parent.reply_count),
        };
        Some((Subject::Comment(id), Now::Comment(Box::new(comment.clone()), thread)))
    }
}

/// Of some articles, those that the followed filter or search finds.
async fn found(
    service: &Changes<'_>,
    watch: &Watch,
    articles: &HashMap<Uuid, Article>,
) -> Result<Option<HashSet<Uuid>>> {
    let Some(asked) = &watch.asked else { return Ok(None) };
    let through = articles.iter().filter(|(_, article)| asked.matcher.lets_through(article));
    let through: Vec<Uuid> = through.map(|(id, _)| *id).collect();
    let said = Queries::new(service.room, service.viewer).said(asked, &through).await?;
    Ok(Some(through.into_iter().filter(|id| said.as_ref().is_none_or(|said| said.contains(id))).collect()))
}

fn once_each(ids: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let unique: HashSet<Uuid> = ids.collect();
    unique.into_iter().collect()
}
