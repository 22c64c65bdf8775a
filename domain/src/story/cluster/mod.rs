//! Which documents tell of the same event, decided as they come in.
//!
//! A document is read once, into a [`Fingerprint`]. The [`Clusterer`] keeps the fingerprints of the last days, finds the
//! stories that share rare terms with a new one, weighs what speaks for and against each, and lets the document join the
//! best or found its own. What it decides depends on the window alone, not on how the window came to be, so a restart
//! loses nothing: [`Clusterer::restore`] puts every document back into its story.

mod clash;
mod fingerprint;
pub mod metrics;
pub mod records;
mod score;
mod sketch;
mod terms;
mod window;

#[cfg(test)]
mod tests;

pub use fingerprint::{Document, Fingerprint, fingerprint};

use score::{Evidence, Incoming, Weighed};
use window::{Member, Story, Window};

/// What each kind of evidence counts; a document joins where the sum is above zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Likeness to the story as a whole.
    pub profile: f64,
    /// Mean likeness to its nearest members: no story grows by one odd member alone.
    pub members: f64,
    /// Likeness to its nearest member.
    pub nearest: f64,
    /// Names that each has and the other lacks.
    pub conflict: f64,
    /// The document's numbers.
    pub numbers: f64,
    /// Logarithm of the number of members: what is large attracts all the more by chance.
    pub size: f64,
    /// Time since the nearest member.
    pub gap: f64,
    /// Days after which time counts in full.
    pub gap_days: f64,
    /// Added to everything.
    pub bias: f64,
    /// How alike two stories must be to be one.
    pub merge: f64,
    /// Share of word triples that near-duplicates have in common.
    pub duplicate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: 6.6,
            members: 4.0,
            nearest: 6.0,
            conflict: -2.45,
            numbers: 1.9,
            size: -0.9,
            gap: -0.5,
            gap_days: 14.0,
            bias: -2.1,
            merge: 0.8,
            duplicate: 0.5,
        }
    }
}

/// What a near-duplicate adds to the sum: enough by itself.
const DUPLICATE: f64 = 10.0;
/// Shorter texts are not enough by themselves, in word triples.
const SHORTEST_DUPLICATE: u16 = 20;
/// What a clash of headlines takes away.
const CLASH: f64 = 20.0;

/// A document as the window knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Unique; orders what is otherwise equal.
    pub id: u128,
    /// Milliseconds since the epoch.
    pub published_at: i64,
    /// Who published it.
    pub outlet: u128,
}

/// What was decided about a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The story, named after the document that founded it.
    pub story: u128,
    /// Whether this document founded it.
    pub new: bool,
    /// How sure the decision is, 0.5 to 1.
    pub confidence: f64,
    /// The document that this one repeats nearly word for word.
    pub duplicate_of: Option<u128>,
    /// What was weighed, for the story joined, or for the best that was not good enough.
    pub signals: Vec<(&'static str, f64)>,
    /// Two stories that this document shows to be one: which should go into which.
    pub merge: Option<(u128, u128)>,
}

/// The window in memory.
#[derive(Clone, Debug)]
pub struct Clusterer {
    settings: Settings,
    window: Window,
}

impl Clusterer {
    /// An empty window.
    pub fn new(settings: Settings) -> Self {
        Self { settings, window: Window::default() }
    }

    /// Decides where a document belongs, and remembers it. A document that is there already is placed anew.
    pub fn place(&mut self, entry: Entry, print: &Fingerprint) -> Placement {
        self.window.remove(entry.id);
        let doc = Incoming {
            time: entry.published_at,
            outlet: entry.outlet,
            weighed: Weighed::document(&self.window, print),
            print: Some(print),
        };
        let open = score::candidates(&self.window, &doc.weighed)
            .into_iter()
            .filter(|story| !self.window.is_forbidden(entry.id, story.key));
        let mut weighed: Vec<(f64, &Story, Evidence)> =
            score::finalists(&self.window, &self.settings, &doc, open)
                .into_iter()
                .map(|(story, found)| (self.sum(&found, print), story, found))
                .collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.key.cmp(&b.1.key)));
        let fitting = weighed.iter().filter(|(sum, ..)| *sum > 0.0);
        let joined: Vec<u128> = fitting.map(|(_, story, _)| story.key).collect();
        let best = weighed.first();
        let story = joined.first().copied().unwrap_or(entry.id);
        let mut placement = Placement {
            story,
            new: joined.is_empty(),
            confidence: best.map_or(1.0, |(sum, ..)| 1.0 / (1.0 + (-sum.abs()).exp())),
            duplicate_of: best.and_then(|(_, _, found)| self.duplicate(found)),
            signals: best.map(|(sum, _, found)| signals(*sum, found)).unwrap_or_default(),
            merge: None,
        };
        self.restore(story, entry, print.clone());
        placement.merge = joined.iter().skip(1).find_map(|other| self.mergeable(story, *other));
        placement
    }

    /// Puts a document into a story without deciding: at a restart, or where an editor wants it.
    pub fn restore(&mut self, story: u128, entry: Entry, print: Fingerprint) {
        let Entry { id, published_at: time, outlet } = entry;
        self.window.add(Member { id, time, outlet, story, print });
    }

    /// Takes out a document that was withdrawn. Gives whether it was there.
    pub fn remove(&mut self, id: u128) -> bool {
        self.window.remove(id).is_some()
    }

    /// Puts all members of one story into another, and with them what an editor forbade.
    pub fn merge(&mut self, from: u128, into: u128) {
        self.window.merge(from, into);
    }

    /// Keeps a document out of a story from now on: an editor took it from there.
    pub fn forbid(&mut self, id: u128, story: u128) {
        self.window.forbid(id, story);
    }

    /// Forgets what was published before a time, in milliseconds since the epoch.
    pub fn forget_before(&mut self, time: i64) {
        self.window.forget_before(time);
    }

    /// The story of a document in the window.
    pub fn story_of(&self, id: u128) -> Option<u128> {
        self.window.document(id).map(|member| member.story)
    }

    /// The members of a story that are in the window, by time, then id.
    pub fn members(&self, story: u128) -> Vec<u128> {
        self.window
            .story(story)
            .map(|story| story.members.iter().map(|(_, id)| *id).collect())
            .unwrap_or_default()
    }

    /// Documents in the window.
    pub fn len(&self) -> usize {
        self.window.len()
    }

    /// Whether nothing is in the window.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Documents most like one, with how alike they are from 0 to 1, the nearest first. The document itself is among them
    /// when it is in the window.
    pub fn similar(&self, print: &Fingerprint, limit: usize) -> Vec<(u128, f64)> {
        score::nearest(&self.window, &Weighed::document(&self.window, print), limit)
    }

    fn sum(&self, found: &Evidence, print: &Fingerprint) -> f64 {
        let copied = self.duplicate(found).is_some() && print.sketch.shingles >= SHORTEST_DUPLICATE;
        self.weigh(found) + if copied { DUPLICATE } else { 0.0 } - if found.clash { CLASH } else { 0.0 }
    }

    fn weigh(&self, found: &Evidence) -> f64 {
        let own = &self.settings;
        own.profile * found.profile
            + own.members * found.members
            + own.nearest * found.nearest
            + own.conflict * found.conflict
            + own.numbers * found.numbers
            + own.size * found.size
            + own.gap * found.gap
            + own.bias
    }

    fn duplicate(&self, found: &Evidence) -> Option<u128> {
        found
            .duplicate
            .filter(|(alike, _)| !found.clash && *alike >= self.settings.duplicate)
            .map(|(_, id)| id)
    }

    /// Which of two stories should go into the other, if they are one: the smaller, or the later.
    fn mergeable(&self, one: u128, other: u128) -> Option<(u128, u128)> {
        let (one, other) = (self.window.story(one)?, self.window.story(other)?);
        let larger = |story: &Story| (std::cmp::Reverse(story.members.len()), story.key);
        let (into, from) = if larger(one) <= larger(other) { (one, other) } else { (other, one) };
        if self.window.are_apart(from, into) {
            return None;
        }
        let doc = Incoming {
            time: from.members.last()?.0,
            outlet: 0,
            weighed: Weighed::story(&self.window, from),
            print: None,
        };
        let found = score::evidence(&self.window, &self.settings, &doc, into);
        (self.weigh(&found) > self.settings.merge).then_some((from.key, into.key))
    }
}

fn signals(sum: f64, found: &Evidence) -> Vec<(&'static str, f64)> {
    vec![
        ("score", sum),
        ("profile", found.profile),
        ("members", found.members),
        ("nearest", found.nearest),
        ("conflict", found.conflict),
        ("numbers", found.numbers),
        ("size", found.size),
        ("gap", found.gap),
        ("duplicate", found.duplicate.map_or(0.0, |(alike, _)| alike)),
        ("clash", if found.clash { 1.0 } else { 0.0 }),
    ]
}

/// A count as a number to reckon with.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
