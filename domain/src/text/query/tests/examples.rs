//! Every construct of the language, with what it means.

use super::super::{Expr, Field, parse};
use super::{now, shape};

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(parse(text, now()).map(|expr| shape(&expr)), Ok(expected.to_owned()), "{text}");
}

#[test]
fn words_side_by_side_are_all_required() {
    reads("flood", "flood");
    reads("  flood   storm\tsurge\n", "(all flood storm surge)");
    reads("flood\u{0}storm\u{a0}surge", "(all flood storm surge)");
    reads("flood AND storm surge", "(all flood storm surge)");
    reads("flood and storm or not", "(all flood and storm or not)");
    reads("ANDROID NOTE ORB", "(all ANDROID NOTE ORB)");
}

#[test]
fn not_binds_closer_than_and_and_and_closer_than_or() {
    reads("a OR b c", "(any a (all b c))");
    reads("a b OR c AND d", "(any (all a b) (all c d))");
    reads("NOT a b", "(all (not a) b)");
    reads("a OR NOT b OR c", "(any a (not b) c)");
    reads("a AND NOT b", "(all a (not b))");
    reads("a NOT b", "(all a (not b))");
    reads("NOT NOT a", "a");
    reads("NOT -a", "a");
}

#[test]
fn signs_require_and_exclude() {
    reads("+a -b c", "(all a (not b) c)");
    reads("-a", "(not a)");
    reads("-a -b", "(all (not a) (not b))");
    reads("-\"a b\" +\"c d\"", "(all (not <a b>) <c d>)");
    reads("-(a OR b) +(c OR d)", "(all (not (any a b)) (any c d))");
    reads("-title:a", "(not Title=a)");
    reads("-title:(a b)", "(not (all Title=a Title=b))");
    reads("anti-war C++ up-", "(all anti-war C++ up-)");
}

#[test]
fn groups_are_flat_and_never_of_one_part() {
    reads("((a))", "a");
    reads("a (b (c d))", "(all a b c d)");
    reads("a OR (b OR c)", "(any a b c)");
    reads("(a OR b) c", "(all (any a b) c)");
    reads("-(-(a b)) c", "(all a b c)");
    reads("(a)(b)c", "(all a b c)");
    reads(&format!("{}a{}", "(".repeat(16), ")".repeat(16)), "a");
}

#[test]
fn quotes_of_every_kind_make_phrases() {
    reads("\"climate  change\"", "<climate change>");
    reads("“climate change”", "<climate change>");
    reads("„climate change“", "<climate change>");
    reads("« climate change »", "<climate change>");
    reads("»climate change«", "<climate change>");
    reads("\"a OR (b: c*\"", "<a OR (b: c*>");
    reads("\"M*A*S*H\"", "<M*A*S*H>");
    reads("a\"b c\"d", "(all a <b c> d)");
}

#[test]
fn full_width_marks_are_their_twins() {
    reads("title：（洪水　OR　台风）", "(any Title=洪水 Title=台风)");
    reads("＂a b＂", "<a b>");
}

#[test]
fn an_asterisk_finds_words_by_their_beginning() {
    reads("parliam*", "parliam…");
    reads("pa*", "pa…");
    reads("洪*", "洪…");
    reads("か*", "か…");
    reads("한*", "한…");
    reads("title:parl*", "Title=parl…");
    reads("-parl*", "(not parl…)");
    reads("title:(ab* OR cd)", "(any Title=ab… Title=cd)");
}

#[test]
fn every_field_has_its_names() {
    for (name, field) in Field::NAMES.iter().filter(|(_, field)| *field != Field::Published) {
        reads(&format!("{name}:x1"), &format!("{field:?}=x1"));
        reads(&format!("{}:x1", name.to_uppercase()), &format!("{field:?}=x1"));
        assert_eq!(Field::named(field.name()), Some(*field));
    }
    for name in ["published", "date", "pubdate"] {
        reads(&format!("{name}:2026-11-01"), "Published=[2026-11-01, 2026-11-02)");
    }
}

#[test]
fn a_field_takes_a_word_a_phrase_or_a_group() {
    reads("title:flood storm", "(all Title=flood storm)");
    reads("source:\"Example Times\"", "Source=<Example Times>");
    reads("author:(doe -\"john doe\")", "(all Author=doe (not Author=<john doe>))");
    reads("title:(a (b OR c)) d", "(all Title=a (any Title=b Title=c) d)");
    reads("lang:(en OR pt-BR)", "(any Language=en Language=pt-BR)");
}

#[test]
fn a_colon_may_belong_to_the_word() {
    reads("12:30 3:1", "(all 12:30 3:1)");
    reads("12：30", "12:30");
    reads("3-2:1 $5:1x", "(all 3-2:1 $5:1x)");
    reads("Breaking: flood", "(all Breaking: flood)");
    reads("C++:", "C++:");
    reads(":smile", ":smile");
    reads("(C++: OR std::)", "(any C++: std::)");
    reads("title:12:30", "Title=12:30");
    reads("title:(Breaking: flood)", "(all Title=Breaking: Title=flood)");
    reads("12:3*", "12:3…");
}

#[test]
fn addresses_are_looked_for_as_such() {
    reads("https://example.com/a?b=c:d#e", "Url=https://example.com/a?b=c:d#e");
    reads("HTTP://example.com flood", "(all Url=HTTP://example.com flood)");
    reads("-https://example.com/", "(not Url=https://example.com/)");
    reads("url:example.com", "Url=example.com");
    reads("inurl:https://example.com:8080/a", "Url=https://example.com:8080/a");
    reads("url:(example.com OR https://example.org)", "(any Url=example.com Url=https://example.org)");
    reads("url:\"https://example.com/a_(b)\"", "Url=https://example.com/a_(b)");
    reads("url:example.com/sport*", "Url=example.com/sport…");
}

#[test]
fn apostrophes_and_hyphens_belong_to_words() {
    reads("don’t o'neill l'eau", "(all don’t o'neill l'eau)");
    reads("#tag @name, Straße.", "(all #tag @name, Straße.)");
}

#[test]
fn lone_marks_are_passed_over() {
    reads("Q & A – live", "(all Q A live)");
    reads("a && b !!! c! \"!d\"", "(all a b c! <!d>)");
    reads("a OR 🔥 b", "(any a b)");
}

#[test]
fn published_takes_times() {
    reads("published:2026-11-01/P1W flood", "(all Published=[2026-11-01, 2026-11-08) flood)");
    reads("published:>=2026-11-01", "Published=[2026-11-01, )");
    reads("published:2026-11-01T10:00+02:00/..", "Published=[2026-11-01T08:00:00, )");
    reads("published:\"2026-11\"", "Published=[2026-11-01, 2026-12-01)");
    reads(
        "published:(2024 OR 2026)",
        "(any Published=[2024-01-01, 2025-01-01) Published=[2026-01-01, 2027-01-01))",
    );
    reads(
        "published:(2026 -2026-11)",
        "(all Published=[2026-01-01, 2027-01-01) (not Published=[2026-11-01, 2026-12-01)))",
    );
    reads("-published:today", "(not Published=[2026-11-24, 2026-11-25))");
    reads("published：../2026", "Published=[, 2027-01-01)");
}

#[test]
fn canonical_text_says_the_same() {
    let prints = |text: &str| parse(text, now()).unwrap().to_string();
    assert_eq!(prints("a AND (b OR c) NOT d"), "a (b OR c) -d");
    assert_eq!(prints("(a AND b) OR +c"), "a b OR c");
    assert_eq!(prints("NOT (a b)"), "-(a b)");
    assert_eq!(prints("tag:(a OR “b c”) de*"), "(topic:a OR topic:\"b c\") de*");
    assert_eq!(prints("https://example.com/"), "url:https://example.com/");
    assert_eq!(prints("url:\"example.com/a_(b)\""), "url:\"example.com/a_(b)\"");
    assert_eq!(prints("url:\"ab*\" url:\"OR\""), "url:\"ab*\" url:\"OR\"");
    assert_eq!(prints("date:yesterday"), "published:2026-11-23T00:00:00Z/2026-11-24T00:00:00Z");
    assert_eq!(prints("date:<2026-11-01T00:00:00.25Z"), "published:../2026-11-01T00:00:00.250Z");
}

#[test]
fn highlighters_mark_what_is_looked_for() {
    let expr = parse("a -b NOT (c -title:de*) \"e f\" published:2026", now()).unwrap();
    let words: Vec<String> = expr.positive_words().map(ToString::to_string).collect();
    assert_eq!(words, ["a", "title:de*", "\"e f\""]);
    let sought: Vec<bool> = expr.terms().into_iter().map(|(_, sought)| sought).collect();
    assert_eq!(sought, [true, false, false, true, true, true]);
}

#[test]
fn a_query_at_its_limits_is_read() {
    let words = vec!["word"; 64].join(" ");
    assert!(matches!(parse(&words, now()), Ok(Expr::And(parts)) if parts.len() == 64));
    assert!(parse(&["word*"; 8].join(" "), now()).is_ok());
    assert!(parse(&"é".repeat(500), now()).is_ok());
}
