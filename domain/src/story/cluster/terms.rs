//! What a text speaks of: its terms, reduced to their stems, and which of them are names or numbers.

use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::{FxHashMap, FxHashSet};

/// What sort of term a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// An ordinary word.
    Word,
    /// Written as names are, where that tells something: a capital that no sentence start explains.
    Name,
    /// A number.
    Number,
}

/// A token of a text in reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Digest of the stem and its language; of a number, of the number alone.
    pub(super) term: u32,
    pub(super) kind: Kind,
    /// Too common in its language to tell anything.
    pub(super) stop: bool,
    /// Counts what happens again and again, as `day` in `day 2`.
    pub(super) counter: bool,
}

/// The 32-bit digest of a term: FNV-1a with 64 bits, folded.
pub(super) fn digest(parts: &[&str]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    u32::try_from((hash >> 32) ^ (hash & 0xffff_ffff)).unwrap_or_default()
}

/// Words that number the parts of something that goes on, in the languages that most news is in.
const COUNTERS: &[&str] = &[
    "day",
    "week",
    "round",
    "part",
    "episode",
    "stage",
    "game",
    "match",
    "season",
    "chapter",
    "phase",
    "race",
    "no",
    "vol",
    "tag",
    "woche",
    "runde",
    "teil",
    "folge",
    "etappe",
    "spieltag",
    "jour",
    "journée",
    "semaine",
    "partie",
    "épisode",
    "étape",
    "saison",
    "jornada",
    "día",
    "semana",
    "ronda",
    "parte",
    "episodio",
    "capítulo",
    "etapa",
    "temporada",
    "giorno",
    "giornata",
    "settimana",
    "puntata",
    "tappa",
    "dia",
    "rodada",
    "episódio",
    "dag",
    "ronde",
    "deel",
    "aflevering",
    "день",
    "тур",
    "этап",
    "серия",
    "часть",
    "gün",
    "hafta",
    "bölüm",
];

/// How one language is read.
pub(super) struct Reader {
    code: String,
    stemmer: Option<Stemmer>,
    stops: FxHashSet<&'static str>,
    counters: FxHashSet<&'static str>,
    nouns_are_capital: bool,
}

impl Reader {
    fn new(code: &str) -> Self {
        let stops = stop_words::lookup(code).unwrap_or_default().iter().copied().collect();
        Self {
            code: code.to_owned(),
            stemmer: algorithm(code).map(Stemmer::create),
            stops,
            counters: COUNTERS.iter().copied().collect(),
            nouns_are_capital: matches!(code, "de" | "lb"),
        }
    }

    /// The tokens of a text. With `trusted` capitals tell names; without, as in a title in Title Case, nothing does.
    pub(super) fn read(&self, text: &str, trusted: bool, out: &mut Vec<Token>) {
        let mut start = true;
        let mut rest = text.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            if !c.is_alphanumeric() {
                start = match c {
                    '.' | '!' | '?' | ':' | '…' | '\n' | '|' | '–' | '—' => true,
                    '"' | '“' | '”' | '«' | '„' | '‘' | '\'' | '(' => start,
                    _ => start && c.is_whitespace(),
                };
                continue;
            }
            let mut end = at + c.len_utf8();
            if is_unspaced(c) {
                while let Some(&(next, d)) = rest.peek() {
                    if !is_unspaced(d) {
                        break;
                    }
                    end = next + d.len_utf8();
                    rest.next();
                }
                self.bigrams(text.get(at..end).unwrap_or_default(), out);
                start = false;
                continue;
            }
            let number = c.is_numeric();
            while let Some(&(next, d)) = rest.peek() {
                let inner = (matches!(d, '.' | ',') && number || matches!(d, '\'' | '’' | '.') && !number)
                    && joins(text, next + d.len_utf8(), number, d, end - at);
                if !(inner || d.is_alphanumeric() && !is_unspaced(d)) {
                    break;
                }
                end = next + d.len_utf8();
                rest.next();
            }
            let word = text.get(at..end).unwrap_or_default();
            out.push(self.token(word, start, trusted));
            start = false;
        }
    }

    fn token(&self, word: &str, start: bool, trusted: bool) -> Token {
        if word.starts_with(char::is_numeric) {
            let plain: String = word.chars().filter(|c| *c != ',').collect::<String>().to_lowercase();
            return Token { term: digest(&["#", &plain]), kind: Kind::Number, stop: false, counter: false };
        }
        let capital = word.starts_with(char::is_uppercase);
        let acronym = trusted && word.chars().filter(|c| c.is_uppercase()).count() >= 2;
        let mut lower = word.to_lowercase();
        lower.retain(|c| c != '.');
        if let Some((stem, _)) = lower.split_once(['\'', '’']).filter(|(stem, tail)| stem.len() >= tail.len())
        {
            lower.truncate(stem.len());
        }
        let name = trusted && capital && (!start || acronym) && (acronym || !self.nouns_are_capital);
        let stop = !acronym && (self.stops.contains(lower.as_str()) || lower.chars().count() < 2);
        let counter = self.counters.contains(lower.as_str());
        let kind = if name && !stop { Kind::Name } else { Kind::Word };
        let term = match &self.stemmer {
            Some(stemmer) if !acronym && !stop => digest(&[&self.code, &stemmer.stem(&lower)]),
            _ => digest(&[&self.code, &lower]),
        };
        Token { term, kind, stop, counter }
    }

    /// Scripts without spaces are read two letters at a time.
    fn bigrams(&self, run: &str, out: &mut Vec<Token>) {
        let mut ends = run.char_indices().map(|(at, c)| (at, at + c.len_utf8()));
        let Some((mut from, mut to)) = ends.next() else { return };
        let push = |text: &str, out: &mut Vec<Token>| {
            let term = digest(&[&self.code, text]);
            out.push(Token { term, kind: Kind::Word, stop: false, counter: false });
        };
        let mut alone = true;
        for (next, end) in ends {
            alone = false;
            push(run.get(from..end).unwrap_or_default(), out);
            (from, to) = (next, end);
        }
        if alone {
            push(run.get(from..to).unwrap_or_default(), out);
        }
    }
}

/// Whether what comes after a separator still belongs to the word: `1,234`, `6.1`, `l'eau`, `U.S`.
fn joins(text: &str, after: usize, number: bool, separator: char, length: usize) -> bool {
    let mut next = text.get(after..).unwrap_or_default().chars();
    let first = next.next();
    match (number, separator) {
        (true, _) => first.is_some_and(|c| c.is_ascii_digit()),
        (false, '.') => {
            length % 2 == 1
                && first.is_some_and(char::is_uppercase)
                && !next.next().is_some_and(char::is_alphanumeric)
        }
        (false, _) => first.is_some_and(char::is_alphabetic),
    }
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2fa1f}')
}

/// Whether nearly every longer word has a capital, so that a capital tells nothing.
pub(super) fn is_title_case(text: &str) -> bool {
    let words = || text.split_whitespace().filter(|word| word.chars().count() >= 4);
    let all = words().filter(|word| word.starts_with(char::is_alphabetic)).count();
    let capital = words().filter(|word| word.starts_with(char::is_uppercase)).count();
    capital * 10 >= all * 8 && all >= 2
}

fn algorithm(code: &str) -> Option<Algorithm> {
    Some(match code {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

const READ: &[&str] = &[
    "", "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "ga", "gl", "he",
    "hi", "hr", "hu", "hy", "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "nn", "no", "pl", "pt", "ro",
    "ru", "sk", "sl", "sv", "ta", "th", "tr", "uk", "vi", "zh",
];

static READERS: LazyLock<FxHashMap<&'static str, Reader>> =
    LazyLock::new(|| READ.iter().map(|code| (*code, Reader::new(code))).collect());

/// The primary part of a language tag.
pub(super) fn primary(tag: Option<&str>) -> &str {
    tag.and_then(|tag| tag.split(['-', '_']).next()).unwrap_or_default()
}

/// Reads with the rules of a language, or those that hold everywhere.
pub(super) fn with_reader<T>(code: &str, read: impl FnOnce(&Reader) -> T) -> T {
    match READERS.get(code) {
        Some(reader) => read(reader),
        None => read(&Reader::new(code)),
    }
}
