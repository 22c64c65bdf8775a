//! What clustering keeps of a document, so that it is never read again.

use rustc_hash::{FxHashMap, FxHashSet};

use super::sketch::{Sketch, WIDTH};
use super::terms::{self, Kind, Token};

/// Terms kept of one document.
const MOST_TERMS: usize = 96;
/// Tokens of a title that are kept in order.
const MOST_TITLE: usize = 24;
/// Letters of the text that are read: the news stands at the top.
const READ_CHARS: usize = 2_400;
const VERSION: u8 = 1;

/// A document to be clustered.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// BCP 47; only the primary part matters.
    pub language: Option<&'a str>,
    /// The headline.
    pub title: &'a str,
    /// Dek and body as plain text, or what is known of them; may be empty.
    pub text: &'a str,
}

/// One term of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u8);

impl Mark {
    fn new(strength: u8, kind: Kind, in_title: bool) -> Self {
        let kind = match kind {
            Kind::Word => 0,
            Kind::Name => 0x10,
            Kind::Number => 0x20,
        };
        Self(strength.min(15) | kind | if in_title { 0x40 } else { 0 })
    }

    /// How much of the document the term is, 1 to 15.
    pub(super) fn strength(self) -> u8 {
        self.0 & 15
    }

    pub(super) fn kind(self) -> Kind {
        match self.0 & 0x30 {
            0x10 => Kind::Name,
            0x20 => Kind::Number,
            _ => Kind::Word,
        }
    }
}

/// Everything that clustering needs of one document, in about 700 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    pub(super) language: u32,
    /// Ascending.
    pub(super) terms: Box<[u32]>,
    /// Of the term at the same place.
    pub(super) marks: Box<[Mark]>,
    pub(super) title: Box<[Token]>,
    pub(super) sketch: Sketch,
}

/// Reads a document once.
pub fn fingerprint(doc: &Document) -> Fingerprint {
    let code = terms::primary(doc.language);
    let text = head(doc.text, READ_CHARS);
    let text = text.strip_prefix(doc.title).unwrap_or(text);
    let (mut title, mut body) = (Vec::new(), Vec::new());
    terms::with_reader(code, |reader| {
        reader.read(doc.title, !terms::is_title_case(doc.title), &mut title);
        reader.read(text, true, &mut body);
    });
    let named: FxHashSet<u32> = body.iter().filter(|t| t.kind == Kind::Name).map(|t| t.term).collect();
    for token in title.iter_mut().filter(|token| named.contains(&token.term)) {
        token.kind = Kind::Name;
    }
    let (terms, marks) = count(&title, &body).into_iter().unzip::<u32, Mark, Vec<_>, Vec<_>>();
    let words = |tokens: &[Token]| tokens.iter().map(|token| token.term).collect::<Vec<_>>();
    let sketch = Sketch::of(&words(if body.len() >= 20 { &body } else { &title }));
    title.truncate(named_part(code, doc.title).min(MOST_TITLE));
    Fingerprint {
        language: terms::digest(&[code]),
        terms: terms.into(),
        marks: marks.into(),
        title: title.into(),
        sketch,
    }
}

#[derive(Clone, Copy, Default)]
struct Tally {
    times: u32,
    names: u32,
    number: bool,
    in_title: bool,
    first: usize,
}

/// The strongest terms with their marks, ascending by term.
fn count(title: &[Token], body: &[Token]) -> Vec<(u32, Mark)> {
    let mut tallies = FxHashMap::<u32, Tally>::default();
    let mut see = |term: u32, kind: Kind, in_title: bool, place: usize| {
        let tally = tallies.entry(term).or_insert(Tally { first: place, ..Tally::default() });
        tally.times += 1;
        tally.names += u32::from(kind == Kind::Name);
        tally.number |= kind == Kind::Number;
        tally.in_title |= in_title;
    };
    for (tokens, in_title, offset) in [(title, true, 0), (body, false, title.len())] {
        for (at, token) in tokens.iter().enumerate().filter(|(_, token)| !token.stop) {
            see(token.term, token.kind, in_title, offset + at);
        }
    }
    let mut all: Vec<(u32, Tally)> = tallies.into_iter().collect();
    let rank = |tally: &Tally| (tally.in_title, tally.names > 0, tally.times.min(4));
    all.sort_unstable_by(|(a, x), (b, y)| rank(y).cmp(&rank(x)).then(x.first.cmp(&y.first)).then(a.cmp(b)));
    all.truncate(MOST_TERMS);
    let mut marked: Vec<(u32, Mark)> = all.iter().map(|(term, tally)| (*term, tally.mark())).collect();
    marked.sort_unstable_by_key(|(term, _)| *term);
    marked
}

impl Tally {
    fn mark(self) -> Mark {
        let kind = match (self.number, self.names * 2 >= self.times) {
            (true, _) => Kind::Number,
            (false, true) => Kind::Name,
            (false, false) => Kind::Word,
        };
        // 1 + ln(times), in thirds.
        let often = match self.times {
            0 | 1 => 3,
            2 => 5,
            3 => 6,
            4 | 5 => 7,
            6..=9 => 9,
            _ => 10,
        };
        Mark::new(often + if self.in_title { 4 } else { 0 }, kind, self.in_title)
    }
}

/// Tokens of a title up to the publisher's name that some append to it: `Quake hits Nepal - The Daily News`.
fn named_part(code: &str, title: &str) -> usize {
    let cut = [" - ", " | ", " — ", " – "].iter().filter_map(|mark| title.rfind(mark)).max();
    let suffix =
        cut.and_then(|at| title.get(at..)).unwrap_or_default().trim_start_matches([' ', '-', '|', '—', '–']);
    let is_name = suffix.starts_with(char::is_uppercase) && suffix.split_whitespace().count() <= 4;
    let kept = cut.filter(|_| is_name).and_then(|at| title.get(..at)).unwrap_or(title);
    let mut tokens = Vec::new();
    terms::with_reader(code, |reader| reader.read(kept, false, &mut tokens));
    tokens.len()
}

fn head(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

impl Fingerprint {
    /// For the database; read back by [`Self::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend(self.language.to_le_bytes());
        out.extend(self.sketch.shingles.to_le_bytes());
        out.extend(self.sketch.bytes);
        out.push(u8::try_from(self.terms.len()).unwrap_or(u8::MAX));
        out.push(u8::try_from(self.title.len()).unwrap_or(u8::MAX));
        self.terms.iter().for_each(|term| out.extend(term.to_le_bytes()));
        out.extend(self.marks.iter().map(|mark| mark.0));
        for token in &self.title {
            out.extend(token.term.to_le_bytes());
            let kind = Mark::new(u8::from(token.stop) | u8::from(token.counter) << 1, token.kind, true);
            out.push(kind.0);
        }
        out
    }

    /// What [`Self::to_bytes`] wrote; none for anything else, also what an older version wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut take = |length: usize| {
            let (head, tail) = rest.split_at_checked(length)?;
            rest = tail;
            Some(head)
        };
        let word = |part: &[u8]| part.try_into().ok().map(u32::from_le_bytes);
        if take(1)? != [VERSION] {
            return None;
        }
        let language = word(take(4)?)?;
        let shingles = u16::from_le_bytes(take(2)?.try_into().ok()?);
        let sketch = Sketch { bytes: take(WIDTH)?.try_into().ok()?, shingles };
        let &[terms, title] = take(2)? else { return None };
        let (terms, title) = (usize::from(terms), usize::from(title));
        let numbers = take(terms * 4)?.chunks_exact(4).map(word).collect::<Option<Vec<u32>>>()?;
        let marks = take(terms)?.iter().map(|byte| Mark(*byte)).collect();
        let token = |part: &[u8]| {
            let (term, mark) = part.split_at_checked(4)?;
            let mark = Mark(*mark.first()?);
            let (stop, counter) = (mark.strength() & 1 != 0, mark.strength() & 2 != 0);
            Some(Token { term: word(term)?, kind: mark.kind(), stop, counter })
        };
        let title = take(title * 5)?.chunks_exact(5).map(token).collect::<Option<Vec<Token>>>()?;
        let sorted = numbers.is_sorted_by(|a, b| a < b);
        (rest.is_empty() && sorted).then(|| Self {
            language,
            terms: numbers.into(),
            marks,
            title: title.into(),
            sketch,
        })
    }

    /// Terms with their marks, ascending.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u32, Mark)> + '_ {
        self.terms.iter().copied().zip(self.marks.iter().copied())
    }
}
