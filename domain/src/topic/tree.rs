//! The tree that parents make of topics: one kind, no circles, not too deep.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::db::entity::topics;
use crate::error::{Error, Result};

/// The most levels that a tree of topics has.
pub(super) const MAX_LEVELS: usize = 8;

/// A topic with what it is part of, nearest first.
pub(super) async fn line_of(on: &impl ConnectionTrait, topic: topics::Model) -> Result<Vec<topics::Model>> {
    let mut line = vec![topic];
    // More levels than there can be: a circle, if one ever came to be, does not hold anybody up.
    while line.len() <= MAX_LEVELS
        && let Some(parent) = line.last().and_then(|topic| topic.parent_id)
    {
        let Some(parent) = topics::Entity::find_by_id(parent).one(on).await? else { break };
        line.push(parent);
    }
    Ok(line)
}

/// The levels below a topic: 0 where it has no parts.
async fn levels_below(on: &impl ConnectionTrait, topic: Uuid) -> Result<usize> {
    let (mut level, mut levels) = (vec![topic], 0);
    while levels <= MAX_LEVELS {
        level = children(on, level).await?;
        if level.is_empty() {
            break;
        }
        levels += 1;
    }
    Ok(levels)
}

/// The parts of topics.
pub(super) async fn children(on: &impl ConnectionTrait, of: Vec<Uuid>) -> Result<Vec<Uuid>> {
    let find = topics::Entity::find().select_only().column(topics::Column::Id);
    let find = find.filter(topics::Column::ParentId.is_in(of)).filter(topics::Column::MergedInto.is_null());
    Ok(find.into_tuple().all(on).await?)
}

/// Refuses a parent under which a topic cannot stand. A topic that is not there yet has no row.
pub(super) async fn check_parent(
    on: &impl ConnectionTrait,
    topic: Option<&topics::Model>,
    kind: &str,
    parent: topics::Model,
) -> Result<()> {
    if parent.kind != kind {
        let message = format!(
            "`{}` is a {}: a {kind} is part of a {kind} only, so that each kind has a tree of its own",
            parent.name, parent.kind
        );
        return Err(Error::invalid("parent", "kind", message));
    }
    let line = line_of(on, parent).await?;
    check_line("parent", &line, topic)?;
    let below = match topic {
        Some(topic) => levels_below(on, topic.id).await?,
        None => 0,
    };
    check_levels("parent", line.len() + 1 + below)
}

/// Refuses to put a topic below itself, naming the way round.
pub(super) fn check_line(
    field: &'static str,
    line: &[topics::Model],
    topic: Option<&topics::Model>,
) -> Result<()> {
    let Some(topic) = topic else { return Ok(()) };
    let Some(at) = line.iter().position(|above| above.id == topic.id) else { return Ok(()) };
    let down = line.iter().take(at).rev().map(|topic| topic.name.as_str());
    let way: Vec<&str> = [topic.name.as_str()].into_iter().chain(down).chain([topic.name.as_str()]).collect();
    let message = format!("would make a circle: {}", way.join(" > "));
    Err(Error::invalid(field, "cycle", message))
}

/// Refuses that the parts of one topic become those of another that stands too deep for them.
pub(super) async fn check_adoption(
    on: &impl ConnectionTrait,
    from: &topics::Model,
    line_of_into: &[topics::Model],
) -> Result<()> {
    check_levels("into", line_of_into.len() + levels_below(on, from.id).await?)
}

fn check_levels(field: &'static str, levels: usize) -> Result<()> {
    if levels <= MAX_LEVELS {
        return Ok(());
    }
    let message = format!("would make a tree of {levels} levels; at most {MAX_LEVELS} are allowed");
    Err(Error::invalid(field, "too_deep", message))
}
