//! A JSON value that knows where it stands, so that what is wrong with it can be told.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {problem}", place(.pointer))]
pub struct NinjsError {
    /// JSON pointer (RFC 6901); empty for the document itself.
    pub pointer: String,
    /// What is wrong there, to be read after the pointer.
    pub problem: String,
}

fn place(pointer: &str) -> String {
    if pointer.is_empty() { "the document".to_owned() } else { format!("`{pointer}`") }
}

/// A value and its pointer.
#[derive(Clone)]
pub(super) struct Node<'v> {
    value: &'v Value,
    pointer: String,
}

impl<'v> Node<'v> {
    /// The document.
    pub(super) fn root(value: &'v Value) -> Result<Self, NinjsError> {
        Self { value, pointer: String::new() }.checked(Value::is_object, "must be an object")
    }

    /// An error of this value.
    pub(super) fn error(&self, problem: impl Into<String>) -> NinjsError {
        NinjsError { pointer: self.pointer.clone(), problem: problem.into() }
    }

    fn checked(self, is: fn(&Value) -> bool, problem: &str) -> Result<Self, NinjsError> {
        if is(self.value) { Ok(self) } else { Err(self.error(problem)) }
    }

    fn below(&self, name: &str, value: &'v Value) -> Self {
        let name = name.replace('~', "~0").replace('/', "~1");
        Self { value, pointer: format!("{}/{name}", self.pointer) }
    }

    /// A member by the first of its names that is there. 2.x and 3.x differ in capitals only, so capitals do not count; null
    /// is as good as absent.
    pub(super) fn member(&self, names: &[&str]) -> Option<Self> {
        let members = self.value.as_object()?;
        let of = |wanted: &&str| {
            let there =
                |(name, value): &(&String, &Value)| name.eq_ignore_ascii_case(wanted) && !value.is_null();
            members.iter().find(there).map(|(name, value)| self.below(name, value))
        };
        names.iter().find_map(of)
    }

    /// Text that says something; numbers are taken as text, as publishers write versions.
    pub(super) fn text(&self, names: &[&str]) -> Result<Option<String>, NinjsError> {
        let Some(node) = self.member(names) else { return Ok(None) };
        let text = match node.value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Err(node.error("must be a string")),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A whole number that is not negative; anything else that publishers put there is not known.
    pub(super) fn whole(&self, name: &str) -> Option<u64> {
        let node = self.member(&[name])?;
        node.value.as_u64().or_else(|| node.value.as_str()?.trim().parse().ok())
    }

    /// Seconds as milliseconds.
    pub(super) fn milliseconds(&self, name: &str) -> Option<u64> {
        let seconds = self.member(&[name])?.value.as_f64()?;
        u64::try_from(std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis()).ok()
    }

    /// A moment: RFC 3339, or what agencies make of it.
    pub(super) fn moment(&self, names: &[&str]) -> Result<Option<DateTime<Utc>>, NinjsError> {
        let (Some(text), Some(node)) = (self.text(names)?, self.member(names)) else { return Ok(None) };
        let problem = || node.error("must be a date and time of RFC 3339, such as 2026-11-16T08:30:00Z");
        moment(&text).ok_or_else(problem).map(Some)
    }

    /// The objects of a list. 1.x keeps some of them under names in an object, 2.x and 3.x in a list with the name inside;
    /// each comes with its name.
    pub(super) fn objects(&self, names: &[&str]) -> Result<Vec<(Option<String>, Self)>, NinjsError> {
        let Some(node) = self.member(names) else { return Ok(Vec::new()) };
        let found: Vec<(Option<String>, Self)> = match node.value {
            Value::Array(values) => (0_usize..)
                .zip(values)
                .filter(|(_, value)| !value.is_null())
                .map(|(at, value)| (None, node.below(&at.to_string(), value)))
                .collect(),
            Value::Object(members) => members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (Some(name.clone()), node.below(name, value)))
                .collect(),
            _ => return Err(node.error("must be a list or an object")),
        };
        let with_name = |(name, node): (Option<String>, Self)| {
            let node = node.checked(Value::is_object, "must be an object")?;
            Ok((name.or(node.text(&["name"])?), node))
        };
        found.into_iter().map(with_name).collect()
    }
}

/// RFC 3339, also without a colon in the offset, without an offset, or without a time (both UTC).
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let exact = || {
        DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
    };
    let local = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f");
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    match exact() {
        Ok(at) => Some(at.with_timezone(&Utc)),
        Err(_) => local().or_else(|_| day()).ok().map(|at| at.and_utc()),
    }
}
