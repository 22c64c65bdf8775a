//! What the lexer says when it refuses a query. Names and values in the arguments are excerpts.

use super::ast::Field;
use super::error::{QueryError, Span, excerpt};
use super::{MAX_DEPTH, MAX_PREFIXES, MAX_TERMS};

pub(super) fn too_many_terms(span: Span) -> QueryError {
    let message = format!("the query has more than {MAX_TERMS} words, phrases and times");
    span.error(
        "too_many_terms",
        message,
        "join words that stand together into a phrase, or ask in several queries",
    )
}

pub(super) fn too_many_prefixes(span: Span) -> QueryError {
    let message = format!("the query has more than {MAX_PREFIXES} words that end in an asterisk");
    span.error("too_many_prefixes", message, "write some of them in full, or ask in several queries")
}

pub(super) fn too_deep(span: Span) -> QueryError {
    let message = format!("the parentheses are more than {MAX_DEPTH} deep");
    span.error("too_deep", message, "leave out those that do not change the meaning")
}

pub(super) fn unclosed_parenthesis(span: Span, text: &str) -> QueryError {
    let rest = excerpt(text.trim_end().chars().skip(span.start));
    span.error("unclosed_parenthesis", "this parenthesis is never closed", format!("close it: `{rest})`"))
}

pub(super) fn unopened_parenthesis(span: Span) -> QueryError {
    let hint = "leave it out, or open it with `(` before the first word of its group";
    span.error("unopened_parenthesis", "this parenthesis closes none", hint)
}

pub(super) fn unclosed_quote(span: Span, rest: &str) -> QueryError {
    span.error("unclosed_quote", "this quote is never closed", format!("close it: `\"{}\"`", rest.trim()))
}

pub(super) fn empty_phrase(span: Span) -> QueryError {
    let hint = "write words between the quotes, as in `\"climate change\"`, or leave them out";
    span.error("empty_phrase", "there is no word between these quotes", hint)
}

pub(super) fn dangling_sign(span: Span, sign: char) -> QueryError {
    let message =
        format!("`{sign}` has to stand once, and right before the word, phrase or group that it belongs to");
    let hint = format!("write `flood {sign}film`, or quote what has it in it: `\"flood {sign} film\"`");
    span.error("dangling_operator", message, hint)
}

pub(super) fn misplaced_sign(span: Span, sign: char, field: Field, value: &str) -> QueryError {
    let name = field.name();
    let message = format!("`{sign}` has to stand before the field, not after its colon");
    let value = if value.is_empty() { example(field) } else { value };
    span.error("misplaced_sign", message, format!("write `{sign}{name}:{value}`"))
}

pub(super) fn foreign_or(span: Span) -> QueryError {
    span.error("foreign_operator", "alternatives are joined by a word", "write `flood OR storm`")
}

pub(super) fn foreign_not(span: Span, rest: &str) -> QueryError {
    let hint = format!("write `-{rest}`, or quote it if the mark is part of the text: `\"!{rest}\"`");
    span.error("foreign_operator", "`!` does not exclude what follows it; a minus sign does", hint)
}

/// `operator` is what stands where the value should.
pub(super) fn missing_value(span: Span, field: Field, operator: Option<&str>) -> QueryError {
    let (name, example) = (field.name(), example(field));
    let message = format!("nothing to look for comes right after `{name}:`");
    let hint = match operator {
        Some(word) => {
            format!("write as in `{name}:{example}`, or look for the word itself with `{name}:\"{word}\"`")
        }
        None => format!("write as in `{name}:{example}`, with no space after the colon"),
    };
    span.error("missing_value", message, hint)
}

pub(super) fn nested_field(span: Span, outer: Field, piece: &str) -> QueryError {
    let name = outer.name();
    let message = format!("`{piece}` already belongs to `{name}:` and cannot have a field of its own");
    let hint = format!(
        "quote it if the colon is part of the text: `{name}:\"{piece}\"`; else take it out of `{name}:`"
    );
    span.error("nested_field", message, hint)
}

pub(super) fn unknown_field(span: Span, name: &str, value: &str) -> QueryError {
    let fields = every_field().join(", ");
    let name_excerpt = excerpt(name.chars());
    let message = format!("`{name_excerpt}:` is not a field; fields are {fields}");
    let quoted = match value {
        "" => format!("quote the colon to look for it as text: `\"{name_excerpt}:\"`"),
        _ => format!("quote the whole to look for it as text: `\"{name_excerpt}:{value}\"`"),
    };
    let hint = match nearest(name) {
        Some(near) => format!("did you mean `{near}:{value}`? Or {quoted}"),
        None => quoted,
    };
    span.error("unknown_field", message, hint)
}

pub(super) fn unquoted_address(span: Span, address: &str) -> QueryError {
    let hint = format!(
        "quote an address that has parentheses in it, as in `url:\"{address}(…)\"`; else write a space after it"
    );
    span.error("unquoted_address", "a parenthesis follows this address at once", hint)
}

pub(super) fn asterisk_alone(span: Span) -> QueryError {
    let hint = "write the beginning of a word before it, as in `parliam*`, or leave it out";
    span.error("asterisk_short", "an asterisk alone finds nothing", hint)
}

pub(super) fn asterisk_short(span: Span) -> QueryError {
    let message = "at least two letters or digits have to stand before an asterisk";
    span.error("asterisk_short", message, "write more of the word, as in `parliam*`")
}

pub(super) fn asterisk_first(span: Span, word: &str) -> QueryError {
    let message = "words cannot be found by their end: an asterisk may only end a word";
    span.error(
        "asterisk_first",
        message,
        format!("look for the whole word, `{word}`, or for its beginning, as in `parliam*`"),
    )
}

pub(super) fn asterisk_inside(span: Span, beginning: &str) -> QueryError {
    let hint = format!("end the word there: `{beginning}*`; or quote it if the asterisk is part of the text");
    span.error("asterisk_inside", "one asterisk may stand in a word, and only at its end", hint)
}

fn example(field: Field) -> &'static str {
    match field {
        Field::Title | Field::Text => "flood",
        Field::Author => "\"Jane Doe\"",
        Field::Source => "example-times",
        Field::Topic => "climate",
        Field::Section => "sport",
        Field::Language => "en",
        Field::Url => "example.com",
        Field::Published => "2026-11-01",
    }
}

fn every_field() -> Vec<&'static str> {
    let mut names: Vec<&str> = Field::NAMES.iter().map(|(_, field)| field.name()).collect();
    names.dedup();
    names
}

/// The name that differs from this one in at most two letters, or in one of a short one; the first of equals.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let most = if name.chars().count() <= 4 { 1 } else { 2 };
    let distances = Field::NAMES.iter().map(|(known, _)| (strsim::osa_distance(&name, known), *known));
    distances
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
