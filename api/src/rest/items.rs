//! Articles as other formats name their parts.

use broadsheet_domain::article::desk::Correction;
use broadsheet_domain::article::{Article, Body, Media, MediaKind, MediaRole};
use broadsheet_domain::source::Source;
use broadsheet_domain::topic::{Topic, TopicKind};

use crate::config::Config;
use crate::syndication as formats;

/// An article with what is known of it, its addresses as this server gives them.
pub fn item(
    config: &Config,
    article: &Article,
    body: Option<&Body>,
    corrections: &[Correction],
) -> formats::Item {
    let record = &article.record;
    let id = record.id.to_string();
    let oldest_first = corrections.iter().rev();
    formats::Item {
        permalink: config.article_url(&id, &record.slug),
        canonical_url: record.url.clone(),
        headline: record.headline.clone(),
        dek: record.dek.clone(),
        body_html: body.map(|body| body.html.clone()),
        body_text: body.map(|body| body.text.clone()),
        language: record.language.clone(),
        published_at: record.published_at.to_datetime(),
        updated_at: record.updated_at.to_datetime(),
        first_seen_at: record.first_seen_at.to_datetime(),
        revision: record.revision,
        word_count: Some(record.word_count),
        source: publisher(&article.source),
        section: article.section.as_deref().map(topic),
        topics: article.topics.iter().map(|known| topic(known)).collect(),
        authors: article
            .authors
            .iter()
            .map(|author| formats::Person { id: author.id.to_string(), name: author.name.clone() })
            .collect(),
        media: record.media.iter().map(medium).collect(),
        corrections: oldest_first
            .map(|known| formats::Correction { at: known.at.to_datetime(), note: known.note.clone() })
            .collect(),
        comment_count: record.comment_count,
        comments_url: Some(format!("{}/v1/articles/{id}/comments", config.public_url())),
        withdrawn: None,
        id,
    }
}

fn publisher(source: &Source) -> formats::Publisher {
    formats::Publisher {
        id: source.id.to_string(),
        name: source.name.clone(),
        homepage: source.homepage.clone(),
        logo_url: source.logo_url.clone(),
        feed_url: None,
    }
}

fn topic(topic: &Topic) -> formats::Topic {
    let kind = match topic.kind {
        TopicKind::Section => formats::TopicKind::Section,
        TopicKind::Topic => formats::TopicKind::Subject,
        TopicKind::Person => formats::TopicKind::Person,
        TopicKind::Organisation => formats::TopicKind::Organisation,
        TopicKind::Place => formats::TopicKind::Place,
    };
    formats::Topic { name: topic.name.clone(), slug: topic.slug.clone(), kind }
}

fn medium(medium: &Media) -> formats::Medium {
    formats::Medium {
        id: medium.id.to_string(),
        kind: match medium.kind {
            MediaKind::Image => formats::MediumKind::Image,
            MediaKind::Video => formats::MediumKind::Video,
            MediaKind::Audio => formats::MediumKind::Audio,
        },
        role: match medium.role {
            MediaRole::Lead => formats::MediumRole::Lead,
            MediaRole::Inline => formats::MediumRole::Inline,
            MediaRole::Enclosure => formats::MediumRole::Enclosure,
        },
        url: medium.url.clone(),
        mime: medium.mime.clone(),
        width: medium.width,
        height: medium.height,
        duration_ms: medium.duration_ms.and_then(|millis| u64::try_from(millis).ok()),
        title: medium.title.clone(),
        caption: medium.caption.clone(),
        credit: medium.credit.clone(),
        alt: medium.alt.clone(),
        thumbnail_url: medium.thumbnail_url.clone(),
        bytes: None,
        focal: medium.focal_point.map(|point| (point.x, point.y)),
    }
}

/// An article as schema.org's `NewsArticle`, without its text, which stands beside it.
pub fn json_ld(config: &Config, article: &Article) -> serde_json::Value {
    formats::json_ld::render(&item(config, article, None, &[]), formats::json_ld::Options::default())
}
