//! Every refusal: what it points at and what it says.

use super::super::{QueryError, parse};
use super::now;

fn refused(text: &str) -> QueryError {
    match parse(text, now()) {
        Err(error) => error,
        Ok(expr) => panic!("{text} was read as {expr}"),
    }
}

/// The code, and what the error points at.
#[track_caller]
fn refuses(text: &str, code: &str, at: &str) {
    let error = refused(text);
    let marked: String = text.chars().skip(error.position).take(error.length).collect();
    assert_eq!((error.code, marked.as_str()), (code, at), "{text}: {error}");
}

/// The message and the hint, word for word.
#[track_caller]
fn says(text: &str, message: &str, hint: &str) {
    let error = refused(text);
    assert_eq!((error.message.as_str(), error.hint.as_str()), (message, hint), "{text}");
}

#[test]
fn a_query_without_words_is_refused() {
    for text in ["", "   ", "\u{3000}", "&", "– …"] {
        refuses(text, "empty", text);
    }
    says(
        "",
        "the query has no word to look for",
        "write at least one word, as in `flood`, or leave the query out",
    );
}

#[test]
fn a_long_query_is_refused_with_its_length() {
    let text = "é".repeat(501);
    refuses(&text, "too_long", "é");
    says(
        &text,
        "the query has 501 characters and may have 500",
        "leave out the words that narrow the search least",
    );
}

#[test]
fn too_much_of_anything_is_refused_where_it_begins() {
    let words = format!("{}last", "a ".repeat(64));
    refuses(&words, "too_many_terms", "last");
    says(
        &words,
        "the query has more than 64 words, phrases and times",
        "join words that stand together into a phrase, or ask in several queries",
    );
    let prefixes = format!("{}last*", "ab* ".repeat(8));
    refuses(&prefixes, "too_many_prefixes", "last*");
    says(
        &prefixes,
        "the query has more than 8 words that end in an asterisk",
        "write some of them in full, or ask in several queries",
    );
    let deep = format!("{}a{}", "(".repeat(17), ")".repeat(17));
    refuses(&deep, "too_deep", "(");
    assert_eq!(refused(&deep).position, 16);
    says(&deep, "the parentheses are more than 16 deep", "leave out those that do not change the meaning");
}

#[test]
fn quotes_come_in_pairs_around_words() {
    refuses("flood \"climate change", "unclosed_quote", "\"climate change");
    says("flood “climate change ", "this quote is never closed", "close it: `\"climate change\"`");
    refuses("flood \" \"", "empty_phrase", "\" \"");
    refuses("title:\"&\"", "empty_phrase", "title:\"&\"");
    says(
        "\"\"",
        "there is no word between these quotes",
        "write words between the quotes, as in `\"climate change\"`, or leave them out",
    );
}

#[test]
fn parentheses_come_in_pairs_around_words() {
    refuses("a (b OR c", "unclosed_parenthesis", "(");
    says("a (b OR c ", "this parenthesis is never closed", "close it: `(b OR c)`");
    refuses("a b) c", "unopened_parenthesis", ")");
    says(
        "a)",
        "this parenthesis closes none",
        "leave it out, or open it with `(` before the first word of its group",
    );
    refuses("a ( & )", "empty_group", "( & )");
    refuses("title:()", "empty_group", "()");
    says(
        "()",
        "there is no word between these parentheses",
        "write words between them, as in `(flood OR storm)`, or leave them out",
    );
}

#[test]
fn operators_have_something_on_their_sides() {
    refuses("AND a", "dangling_operator", "AND");
    refuses("a OR", "dangling_operator", "OR");
    refuses("a (b NOT) c", "dangling_operator", "NOT");
    refuses("a (OR b)", "dangling_operator", "OR");
    refuses("NOT", "dangling_operator", "NOT");
    refuses("a AND OR b", "dangling_operator", "AND");
    let hint = "use it as in `flood OR storm`, leave it out, or look for the word itself with `\"OR\"`";
    says("OR a", "nothing comes before `OR`", hint);
    says("a OR", "nothing comes after `OR`", hint);
    says("(a OR)", "nothing comes after `OR`", hint);
    says("a OR AND b", "`OR` is followed by `AND`", hint);
    says(
        "a NOT",
        "nothing comes after `NOT`",
        "use it as in `flood NOT film`, leave it out, or look for the word itself with `\"NOT\"`",
    );
}

#[test]
fn signs_stand_once_and_right_before_their_word() {
    for text in ["a - b", "a -", "(a -)", "a -& b", "a -AND b", "a --b", "-+a"] {
        refuses(text, "dangling_operator", "-");
    }
    refuses("a + b", "dangling_operator", "+");
    says(
        "a - b",
        "`-` has to stand once, and right before the word, phrase or group that it belongs to",
        "write `flood -film`, or quote what has it in it: `\"flood - film\"`",
    );
    refuses("title:-flood", "misplaced_sign", "-flood");
    says("title:-flood", "`-` has to stand before the field, not after its colon", "write `-title:flood`");
    says("tag:+", "`+` has to stand before the field, not after its colon", "write `+topic:climate`");
}

#[test]
fn operators_of_other_languages_are_refused() {
    refuses("a || b", "foreign_operator", "||");
    refuses("a | b", "foreign_operator", "|");
    refuses("a !b", "foreign_operator", "!b");
    refuses("a !(b c)", "foreign_operator", "!");
    refuses("title:!b", "foreign_operator", "!b");
    says("a || b", "alternatives are joined by a word", "write `flood OR storm`");
    says(
        "!film",
        "`!` does not exclude what follows it; a minus sign does",
        "write `-film`, or quote it if the mark is part of the text: `\"!film\"`",
    );
}

#[test]
fn a_field_has_a_value_right_after_it() {
    refuses("title: flood", "missing_value", "title:");
    refuses("a url:", "missing_value", "url:");
    refuses("(date:)", "missing_value", "date:");
    refuses("title:&", "missing_value", "title:");
    refuses("title:OR a", "missing_value", "title:");
    says(
        "lang: en",
        "nothing to look for comes right after `lang:`",
        "write as in `lang:en`, with no space after the colon",
    );
    says(
        "title:NOT",
        "nothing to look for comes right after `title:`",
        "write as in `title:flood`, or look for the word itself with `title:\"NOT\"`",
    );
}

#[test]
fn a_field_holds_no_other() {
    refuses("title:text:flood", "nested_field", "text:flood");
    refuses("title:(a author:b)", "nested_field", "author:b");
    refuses("title:https://example.com", "nested_field", "https://example.com");
    says(
        "title:foo:bar",
        "`foo:bar` already belongs to `title:` and cannot have a field of its own",
        "quote it if the colon is part of the text: `title:\"foo:bar\"`; else take it out of `title:`",
    );
}

#[test]
fn an_address_with_parentheses_is_to_be_quoted() {
    refuses("a https://example.com/b_(c)", "unquoted_address", "https://example.com/b_");
    refuses("url:example.com/b_(c)", "unquoted_address", "url:example.com/b_");
    says(
        "url:example.com/b_(c)",
        "a parenthesis follows this address at once",
        "quote an address that has parentheses in it, as in `url:\"example.com/b_(…)\"`; else write a space after it",
    );
}

#[test]
fn unknown_fields_are_named_with_the_nearest_known() {
    refuses("a titel:flood", "unknown_field", "titel:");
    refuses("foo:\"a b\"", "unknown_field", "foo:");
    refuses("foo:(a b)", "unknown_field", "foo:");
    refuses("foo:ba*", "unknown_field", "foo:");
    refuses("C++:x", "unknown_field", "C++:");
    refuses("http:x", "unknown_field", "http:");
    let fields = "fields are title, text, author, source, topic, section, lang, url, published";
    says(
        "titel:flood",
        &format!("`titel:` is not a field; {fields}"),
        "did you mean `title:flood`? Or quote the whole to look for it as text: `\"titel:flood\"`",
    );
    assert!(refused("tutel:flood").hint.starts_with("did you mean `title:flood`?"));
    says(
        "site:example.com",
        &format!("`site:` is not a field; {fields}"),
        "quote the whole to look for it as text: `\"site:example.com\"`",
    );
    says(
        "langage:(en OR fr)",
        &format!("`langage:` is not a field; {fields}"),
        "did you mean `language:`? Or quote the colon to look for it as text: `\"langage:\"`",
    );
}

#[test]
fn asterisks_end_words_that_have_begun() {
    refuses("a *burg", "asterisk_first", "*burg");
    says(
        "*burg",
        "words cannot be found by their end: an asterisk may only end a word",
        "look for the whole word, `burg`, or for its beginning, as in `parliam*`",
    );
    for text in ["clim*te", "ab**", "ab*,", "a*b*"] {
        refuses(text, "asterisk_inside", text);
    }
    says(
        "clim*te",
        "one asterisk may stand in a word, and only at its end",
        "end the word there: `clim*`; or quote it if the asterisk is part of the text",
    );
    refuses("p*", "asterisk_short", "p*");
    says(
        "+p*",
        "at least two letters or digits have to stand before an asterisk",
        "write more of the word, as in `parliam*`",
    );
    for text in ["*", "**", "&*"] {
        refuses(text, "asterisk_short", text);
    }
    refuses("title:*", "asterisk_short", "*");
    says(
        "*",
        "an asterisk alone finds nothing",
        "write the beginning of a word before it, as in `parliam*`, or leave it out",
    );
}

#[test]
fn bad_times_are_pointed_at_inside_the_query() {
    refuses("é published:2026-13", "bad_time", "2026-13");
    refuses("date:..", "bad_time", "..");
    refuses("date:2026-11-01/soon", "bad_time", "soon");
    refuses("date:\" 2026-11-31 \"", "bad_time", "2026-11-31");
    refuses("date:(2026 OR x)", "bad_time", "x");
    refuses("date:2026/2025", "reversed_interval", "2026/2025");
    refuses("date:2026*", "bad_time", "2026*");
}

#[test]
fn an_error_repeats_little_of_a_long_query() {
    let text = format!("\"{}", "a".repeat(400));
    assert_eq!(refused(&text).hint, format!("close it: `\"{}…\"`", "a".repeat(40)));
    assert_eq!(refused("(a\nb").hint, "close it: `(a b)`");
    assert_eq!(refused("a -").to_string().matches("; ").count(), 1);
}
