//! JSON objects of what is known.

use serde_json::{Map, Value};

/// An object of the members that there are, in this order.
pub(super) fn present<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let there = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

/// A text that says something.
pub(super) fn text(text: Option<&String>) -> Option<Value> {
    text.filter(|text| !text.trim().is_empty()).map(|text| text.as_str().into())
}

/// A list that has something in it.
pub(super) fn list(values: impl IntoIterator<Item = Value>) -> Option<Value> {
    let values: Vec<Value> = values.into_iter().collect();
    (!values.is_empty()).then(|| values.into())
}

/// A number of seconds; whole ones stay whole numbers.
pub(super) fn seconds(milliseconds: u64) -> Value {
    match milliseconds % 1_000 {
        0 => (milliseconds / 1_000).into(),
        _ => super::seconds(milliseconds).parse::<f64>().map_or(Value::Null, Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_are_whole_numbers() {
        assert_eq!((seconds(60_000), seconds(61_500), seconds(1)), (60.into(), 61.5.into(), 0.001.into()));
    }
}
