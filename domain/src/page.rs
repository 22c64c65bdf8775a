//! Keyset pages: cursors that are opaque, versioned, and bound to what they page through.
//!
//! A cursor holds the sort key of the item it stands at, never the item's own existence: the page after it is the same
//! whether or not that item is still there. A list that knows what is new has walks: a cursor then also holds up to which
//! change of the log its walk goes, so that what arrives later does not get into the walk, but into the next.

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Order, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::error::{Error, Result};

/// Items on a page when nobody says how many.
pub const DEFAULT_LIMIT: u32 = 20;
/// The most items on a page; more is refused, never silently cut.
pub const MAX_LIMIT: u32 = 200;
/// Ids on a page of ids alone when nobody says how many.
pub const DEFAULT_IDS: u32 = 1_000;
/// The most ids on a page of ids alone.
pub const MAX_IDS: u32 = 10_000;

mod cursor;

/// What a list is sorted by, at one item: a number and, among equals, an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {
    /// The column that the list is sorted by.
    pub value: i64,
    /// Breaks ties.
    pub id: Uuid,
}

/// The part of the log that a walk through a list covers: what arrived after `after` and not after `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walk {
    /// Nothing that had arrived by this change; 0 for a walk through the whole list.
    pub(crate) after: i64,
    /// Nothing that arrives after this change; none where the walk begins.
    pub(crate) until: Option<i64>,
}

/// Rows that one batch of nested pages may ask for.
const MOST_NESTED_ROWS: usize = 50_000;

/// Which list a cursor belongs to: a digest of resource, sort and filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding([u8; 8]);

impl Binding {
    /// A binding from everything that decides a list's content and order.
    pub fn of(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&u64::try_from(part.len()).unwrap_or_default().to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut digest = [0; 8];
        digest.iter_mut().zip(hasher.finalize().as_bytes()).for_each(|(slot, byte)| *slot = *byte);
        Self(digest)
    }
}

/// Which way a page lies from its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Further down the list.
    Forward,
    /// Back up the list.
    Backward,
}

/// What the caller asks for: how many, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    limit: u32,
    direction: Direction,
    cursor: Option<(&'static str, String)>,
}

impl PageRequest {
    /// The first page.
    pub fn first(limit: u32) -> Self {
        Self { limit, direction: Direction::Forward, cursor: None }
    }

    /// REST's form: `limit` and a `cursor` that knows its own direction.
    pub fn from_cursor(limit: Option<u32>, cursor: Option<String>) -> Result<Self> {
        Ok(Self::at_cursor(check_limit("limit", limit)?, cursor))
    }

    /// The same for pages of ids alone, which may be longer.
    pub fn ids_from_cursor(limit: Option<u32>, cursor: Option<String>) -> Result<Self> {
        Ok(Self::at_cursor(check_ids("limit", limit)?, cursor))
    }

    fn at_cursor(limit: u32, cursor: Option<String>) -> Self {
        let backward = cursor.as_deref().is_some_and(cursor::leads_backward);
        let direction = if backward { Direction::Backward } else { Direction::Forward };
        Self { limit, direction, cursor: cursor.map(|cursor| ("cursor", cursor)) }
    }

    /// GraphQL's form for pages of ids alone: `first` and `after`.
    pub fn ids_from_relay(first: Option<i32>, after: Option<String>) -> Result<Self> {
        let limit = first.map(|first| u32::try_from(first).unwrap_or(0));
        let limit = check_ids("first", limit)?;
        Ok(Self { limit, direction: Direction::Forward, cursor: after.map(|c| ("after", c)) })
    }

    /// Relay's form. `first` goes with `after`, `last` with `before`; mixing them is refused.
    pub fn from_relay(
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Self> {
        if (last.is_some() || before.is_some()) && (first.is_some() || after.is_some()) {
            let message = "use `first` with `after`, or `last` with `before`, not both pairs";
            return Err(Error::invalid("last", "conflict", message));
        }
        if last.is_some() || before.is_some() {
            let limit = check_limit("last", positive("last", last)?)?;
            return Ok(Self { limit, direction: Direction::Backward, cursor: before.map(|c| ("before", c)) });
        }
        let limit = check_limit("first", positive("first", first)?)?;
        Ok(Self { limit, direction: Direction::Forward, cursor: after.map(|c| ("after", c)) })
    }

    /// How many items at most.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Refuses to bring so many pages at once that nobody could read them.
    pub(crate) fn check_nested(&self, pages: usize) -> Result<()> {
        let rows = usize::try_from(self.limit).unwrap_or(usize::MAX).saturating_mul(pages);
        if rows <= MOST_NESTED_ROWS {
            return Ok(());
        }
        let message =
            format!("asks for {pages} nested pages of {} items: ask for fewer or smaller ones", self.limit);
        Err(Error::invalid("limit", "too_many", message))
    }

    pub(crate) fn plan(&self, binding: Binding) -> Result<Plan> {
        let read = |(field, text): &(&'static str, String)| cursor::decode(field, text, binding);
        let place = self.cursor.as_ref().map(read).transpose()?;
        let (start, walk) = place.map_or((None, None), |place| (place.start, place.walk));
        Ok(Plan { limit: self.limit, direction: self.direction, start, walk, binding })
    }
}

fn positive(field: &'static str, value: Option<i32>) -> Result<Option<u32>> {
    let convert = |value| u32::try_from(value);
    value.map(convert).transpose().or_else(|_| check_limit(field, Some(0)).map(Some))
}

fn check_limit(field: &'static str, limit: Option<u32>) -> Result<u32> {
    within(field, limit.unwrap_or(DEFAULT_LIMIT), MAX_LIMIT)
}

fn check_ids(field: &'static str, limit: Option<u32>) -> Result<u32> {
    within(field, limit.unwrap_or(DEFAULT_IDS), MAX_IDS)
}

fn within(field: &'static str, limit: u32, most: u32) -> Result<u32> {
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::invalid(field, "out_of_range", format!("must be a whole number from 1 to {most}")))
}

/// A checked request, ready to become SQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) limit: u32,
    direction: Direction,
    start: Option<SortKey>,
    pub(crate) walk: Option<Walk>,
    binding: Binding,
}

/// The two columns that a list is sorted by, and which way.
pub(crate) struct Keyset {
    pub(crate) value: SimpleExpr,
    pub(crate) id: SimpleExpr,
    pub(crate) order: Order,
}

impl Plan {
    /// Adds `WHERE (value, id) beyond the cursor ORDER BY … LIMIT limit + 1`; the extra row tells whether there is more.
    pub(crate) fn apply(&self, select: &mut SelectStatement, keyset: &Keyset) {
        let descending = (keyset.order == Order::Desc) != (self.direction == Direction::Backward);
        if let Some(start) = self.start {
            let columns = Expr::tuple([keyset.value.clone(), keyset.id.clone()]);
            let bound = Expr::tuple([Expr::val(start.value), Expr::val(start.id)]);
            let beyond = if descending { columns.lt(bound) } else { columns.gt(bound) };
            select.cond_where(Condition::all().add(beyond));
        }
        let order = if descending { Order::Desc } else { Order::Asc };
        select.order_by_expr(keyset.value.clone(), order.clone()).order_by_expr(keyset.id.clone(), order);
        select.limit(u64::from(self.limit) + 1);
    }

    /// A page of what a statement selects from, latest first: `age` is when each row was made, and its id.
    pub(crate) async fn newest_ids(
        &self,
        on: &impl ConnectionTrait,
        select: SelectStatement,
        age: (SimpleExpr, SimpleExpr),
    ) -> Result<Page<Uuid>> {
        self.ids_by_age(on, select, age, Order::Desc).await
    }

    /// The same, earliest first.
    pub(crate) async fn oldest_ids(
        &self,
        on: &impl ConnectionTrait,
        select: SelectStatement,
        age: (SimpleExpr, SimpleExpr),
    ) -> Result<Page<Uuid>> {
        self.ids_by_age(on, select, age, Order::Asc).await
    }

    async fn ids_by_age(
        &self,
        on: &impl ConnectionTrait,
        mut select: SelectStatement,
        age: (SimpleExpr, SimpleExpr),
        order: Order,
    ) -> Result<Page<Uuid>> {
        #[derive(FromQueryResult)]
        struct Row {
            made: i64,
            id: Uuid,
        }
        let (value, id) = age;
        select.expr_as(value.clone(), Alias::new("made")).expr_as(id.clone(), Alias::new("id"));
        self.apply(&mut select, &Keyset { value, id, order });
        let found: Vec<Row> = crate::db::rows(on, &select).await?;
        Ok(self
            .page(found.into_iter().map(|row| (SortKey { value: row.made, id: row.id }, row.id)).collect()))
    }

    /// Beyond which item, and which way.
    pub(crate) fn place(&self) -> (Option<SortKey>, Direction) {
        (self.start, self.direction)
    }

    /// The same request, of a walk that is known.
    pub(crate) fn walking(self, walk: Walk) -> Self {
        Self { walk: Some(walk), ..self }
    }

    /// Makes a page of a whole list that is in memory.
    pub(crate) fn page_of_memory<T>(&self, mut rows: Vec<(SortKey, T)>, order: &Order) -> Page<T> {
        let descending = (*order == Order::Desc) != (self.direction == Direction::Backward);
        if let Some(start) = self.start {
            rows.retain(|(key, _)| if descending { *key < start } else { *key > start });
        }
        self.page_of_union(rows, order)
    }

    /// Makes a page of one part of a union, which promises no order.
    pub(crate) fn page_of_union<T>(&self, mut rows: Vec<(SortKey, T)>, order: &Order) -> Page<T> {
        rows.sort_by_key(|(key, _)| *key);
        if (*order == Order::Desc) != (self.direction == Direction::Backward) {
            rows.reverse();
        }
        self.page(rows)
    }

    /// Makes a page of what the statement brought, in the list's own order.
    pub(crate) fn page<T>(&self, mut rows: Vec<(SortKey, T)>) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backward = self.direction == Direction::Backward;
        if backward {
            rows.reverse();
        }
        let (has_previous, has_next) =
            if backward { (more, self.start.is_some()) } else { (self.start.is_some(), more) };
        let cursor = |key| PageCursor { binding: self.binding, key, walk: self.walk };
        let items = rows.into_iter().map(|(key, item)| (cursor(key), item)).collect();
        let walk = self.walk.map(|walk| (self.binding, walk));
        Page { items, has_next, has_previous, limit: self.limit, walk }
    }
}

/// Where an item stands in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageCursor {
    binding: Binding,
    key: SortKey,
    walk: Option<Walk>,
}

impl PageCursor {
    /// The cursor of a list position, as callers see it; used with `after`/`before`, or to page forward in REST.
    pub fn forward(self) -> String {
        cursor::of_item(self.binding, self.key, self.walk, Direction::Forward)
    }

    /// The same position, for REST's way back.
    pub fn backward(self) -> String {
        cursor::of_item(self.binding, self.key, self.walk, Direction::Backward)
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, each with its cursor.
    pub items: Vec<(PageCursor, T)>,
    /// Whether the list goes on after the last item.
    pub has_next: bool,
    /// Whether the list goes on before the first item.
    pub has_previous: bool,
    /// How many items were asked for.
    pub limit: u32,
    walk: Option<(Binding, Walk)>,
}

impl<T> Page<T> {
    /// One item as a page of its own.
    pub fn single(item: T) -> Self {
        let key = SortKey { value: 0, id: Uuid::nil() };
        let cursor = PageCursor { binding: Binding::of(&["single"]), key, walk: None };
        Self { items: vec![(cursor, item)], has_next: false, has_previous: false, limit: 1, walk: None }
    }

    /// The same page of other things.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Page<U> {
        self.filter_map(|item| Some(make(item)))
    }

    /// The same page of other things, without those that are no longer there.
    pub fn filter_map<U>(self, mut make: impl FnMut(T) -> Option<U>) -> Page<U> {
        let Self { items, has_next, has_previous, limit, walk } = self;
        let items = items.into_iter().filter_map(|(cursor, item)| Some((cursor, make(item)?))).collect();
        Page { items, has_next, has_previous, limit, walk }
    }

    /// The items alone.
    pub fn nodes(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(_, item)| item)
    }

    /// REST's cursor of the next page.
    pub fn next(&self) -> Option<String> {
        self.items.last().filter(|_| self.has_next).map(|(cursor, _)| cursor.forward())
    }

    /// The cursor of what has become visible since the walk that this page belongs to began, where the list knows it.
    pub fn newer(&self) -> Option<String> {
        let (binding, walk) = self.walk?;
        Some(cursor::of_newer(binding, walk.until?))
    }

    /// Up to which change of the log the walk goes that this page belongs to.
    pub(crate) fn walked_until(&self) -> Option<i64> {
        self.walk.and_then(|(_, walk)| walk.until)
    }

    /// REST's cursor of the page before.
    pub fn previous(&self) -> Option<String> {
        self.items.first().filter(|_| self.has_previous).map(|(cursor, _)| cursor.backward())
    }
}

/// Pages through a list that is already in memory, as the bylines or media of one article are.
pub fn page_of_slice<T: Clone>(items: &[T], binding: Binding, request: &PageRequest) -> Result<Page<T>> {
    let plan = request.plan(binding)?;
    let keyed =
        items.iter().zip(0_i64..).map(|(item, value)| (SortKey { value, id: Uuid::nil() }, item.clone()));
    let backward = plan.direction == Direction::Backward;
    let beyond =
        |key: &SortKey| plan.start.is_none_or(|start| if backward { *key < start } else { *key > start });
    let mut rows: Vec<_> = keyed.filter(|(key, _)| beyond(key)).collect();
    if backward {
        rows.reverse();
    }
    rows.truncate(usize::try_from(plan.limit).unwrap_or(usize::MAX).saturating_add(1));
    Ok(plan.page(rows))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pages_of_a_slice_join_to_the_slice(length in 0_usize..50, limit in 1_u32..10) {
            let items: Vec<usize> = (0..length).collect();
            let binding = Binding::of(&["slice"]);
            let mut seen = Vec::new();
            let mut cursor = None;
            loop {
                let request = PageRequest::from_cursor(Some(limit), cursor).unwrap();
                let page = page_of_slice(&items, binding, &request).unwrap();
                seen.extend(page.nodes().copied());
                cursor = page.next();
                if cursor.is_none() { break; }
            }
            prop_assert_eq!(seen, items);
        }
    }

    #[test]
    fn a_limit_outside_its_range_is_refused() {
        assert!(PageRequest::from_cursor(Some(201), None).is_err());
        assert!(PageRequest::from_cursor(Some(0), None).is_err());
        assert!(PageRequest::ids_from_cursor(Some(10_000), None).is_ok());
        assert!(PageRequest::ids_from_cursor(Some(10_001), None).is_err());
        assert!(PageRequest::ids_from_relay(Some(-1), None).is_err());
        assert!(PageRequest::from_relay(Some(-1), None, None, None).is_err());
        assert!(PageRequest::from_relay(Some(1), None, Some(1), None).is_err());
        assert_eq!(PageRequest::from_cursor(None, None).unwrap().limit(), DEFAULT_LIMIT);
    }
}
