//! How well a document fits a story.

use rustc_hash::FxHashMap;

use super::clash::{Headline, clash};
use super::fingerprint::Fingerprint;
use super::terms::{Kind, Token};
use super::window::{Share, Story, Window};
use super::{Settings, real};

/// Documents that a new window is taken to have seen already, each with every term in the share that follows, so that
/// the first documents are not taken to be alike for having common words.
const SEEN_BEFORE: f64 = 1000.0;
const SHARE_BEFORE: f64 = 0.003;
/// Numbers agree by chance more often than words that are as rare.
const NUMBER_WEIGHT: f64 = 0.5;
/// Entries of the index that are read for one document, its rarest terms first.
const MOST_POSTINGS: usize = 2_000;
/// Stories that are looked at closely.
const MOST_CANDIDATES: usize = 8;
/// Latest members that a document is compared with, story by story.
const MOST_MEMBERS: usize = 32;
/// Stories whose members are looked at, those first that are most like the document as a whole.
const FINALISTS: usize = 3;
/// Of those, the nearest that speak for the story.
const NEAREST: usize = 3;
/// And the nearest whose headlines may speak against it.
const WITNESSES: usize = 5;
/// A term that so many members have belongs to the core of the story.
const CORE: f64 = 0.3;
/// A term that so many members have counts in full.
const COMMON: f64 = 0.25;
/// Logarithm of the number of members after which more make no difference.
const LARGEST: f64 = 6.0;
const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;

/// A term of a document or of a story, weighed.
#[derive(Clone, Copy, Debug)]
struct Part {
    term: u32,
    strength: f64,
    weight: f64,
    rarity: f64,
    name: bool,
    number: bool,
}

/// A document, or a story as if it were one, with its terms weighed by how rare they are in the window.
pub(super) struct Weighed {
    language: u32,
    /// Ascending by term.
    terms: Vec<Part>,
    norm: f64,
    strength: f64,
}

/// How rare a term is among the stories of a language, in nats. Stories are counted, not documents: what one story has
/// brought into a hundred documents is still rare.
fn rarity(window: &Window, stories: f64, term: u32) -> (f64, Option<bool>) {
    let known = window.term(term);
    let having = known.map_or(0.0, |known| real(known.stories.len()));
    let share = (having + SEEN_BEFORE * SHARE_BEFORE) / (stories + SEEN_BEFORE);
    (-share.min(1.0).ln(), known.map(super::window::Term::is_name))
}

impl Weighed {
    pub(super) fn document(window: &Window, print: &Fingerprint) -> Self {
        let terms = print.pairs().map(|(term, mark)| (term, f64::from(mark.strength()), mark.kind()));
        Self::new(window, print.language, terms)
    }

    pub(super) fn story(window: &Window, story: &Story) -> Self {
        let profile = story.profile(window);
        let terms = profile.iter().map(|share| (share.term, f64::from(share.strength), Kind::Word));
        Self::new(window, story.language, terms)
    }

    fn new(window: &Window, language: u32, terms: impl Iterator<Item = (u32, f64, Kind)>) -> Self {
        let stories = f64::from(window.stories_of(language));
        let weigh = |(term, strength, kind)| {
            let (rarity, name) = rarity(window, stories, term);
            let number = kind == Kind::Number;
            let weight = strength * rarity * if number { NUMBER_WEIGHT } else { 1.0 };
            let name = name.unwrap_or(kind == Kind::Name);
            Part { term, strength, weight, rarity, name, number }
        };
        let terms: Vec<Part> = terms.map(weigh).collect();
        let norm = terms.iter().map(|term| term.weight * term.weight).sum::<f64>().sqrt();
        let strength = terms.iter().map(|term| term.strength * term.strength).sum::<f64>().sqrt();
        Self { language, terms, norm, strength }
    }

    /// About the cosine with a document of the window. What that document does not share is taken to be as rare as what
    /// this one has, so that it need not be looked up.
    fn nearness(&self, print: &Fingerprint) -> f64 {
        let (mut dot, mut own) = (0.0, self.terms.iter().peekable());
        let mut strengths = 0.0;
        for (term, mark) in print.pairs() {
            let strength = f64::from(mark.strength());
            strengths += strength * strength;
            while own.next_if(|own| own.term < term).is_some() {}
            if let Some(own) = own.next_if(|own| own.term == term) {
                dot += own.weight * own.weight / own.strength * strength;
            }
        }
        let other = strengths.sqrt() * self.norm / self.strength;
        if dot > 0.0 { (dot / (self.norm * other)).min(1.0) } else { 0.0 }
    }
}

/// What speaks for and against a document belonging to a story, each about 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    /// Cosine with the story as a whole.
    pub(super) profile: f64,
    /// Mean likeness of the nearest members.
    pub(super) members: f64,
    /// Likeness of the nearest.
    pub(super) nearest: f64,
    /// Both have names, and the other lacks them.
    pub(super) conflict: f64,
    /// Share of the document's numbers that the story has, from -1/2 to 1/2; 0 without numbers.
    pub(super) numbers: f64,
    /// Logarithm of the number of members, at most 3.
    pub(super) size: f64,
    /// Time to the nearest member, as a share of the longest that counts.
    pub(super) gap: f64,
    /// The closest near-duplicate among the members: how alike, and which.
    pub(super) duplicate: Option<(f64, u128)>,
    /// The headlines of the nearest members tell of something else.
    pub(super) clash: bool,
}

/// A document as it comes in.
pub(super) struct Incoming<'a> {
    pub(super) time: i64,
    pub(super) outlet: u128,
    pub(super) weighed: Weighed,
    /// None for a story that is compared with another.
    pub(super) print: Option<&'a Fingerprint>,
}

/// Weighs what speaks for and against the most likely of some stories.
pub(super) fn finalists<'a>(
    window: &Window,
    settings: &Settings,
    doc: &Incoming,
    stories: impl Iterator<Item = &'a Story>,
) -> Vec<(&'a Story, Evidence)> {
    let mut all: Vec<(&Story, Evidence)> =
        stories.map(|story| (story, outline(window, settings, doc, story))).collect();
    let likely = |found: &Evidence| settings.profile * found.profile + settings.conflict * found.conflict;
    all.sort_by(|(a, x), (b, y)| likely(y).total_cmp(&likely(x)).then(a.key.cmp(&b.key)));
    all.truncate(FINALISTS);
    for (story, found) in &mut all {
        compare_members(window, doc, story, found);
    }
    all
}

/// Weighs what speaks for and against a story.
pub(super) fn evidence(window: &Window, settings: &Settings, doc: &Incoming, story: &Story) -> Evidence {
    let mut found = outline(window, settings, doc, story);
    compare_members(window, doc, story, &mut found);
    found
}

/// What can be said without looking at the members.
fn outline(window: &Window, settings: &Settings, doc: &Incoming, story: &Story) -> Evidence {
    let size = real(story.members.len());
    let mut found = Evidence { size: size.ln().min(LARGEST), ..Evidence::default() };
    compare_profile(window, &doc.weighed, story, &mut found);
    let gap = story.members.iter().map(|(time, _)| time.abs_diff(doc.time)).min().unwrap_or(0);
    let days = u32::try_from(gap / 1000).map_or(f64::MAX, f64::from) * 1000.0 / MILLISECONDS_PER_DAY;
    found.gap = (days / settings.gap_days).min(1.0);
    found
}

/// Sums over the terms of a document that its story has, and over those that its story has in many members.
#[derive(Default)]
struct Names {
    own: f64,
    own_shared: f64,
    core: f64,
    core_shared: f64,
}

fn compare_profile(window: &Window, doc: &Weighed, story: &Story, found: &mut Evidence) {
    let stories = f64::from(window.stories_of(story.language));
    let size = real(story.members.len());
    let profile = story.profile(window);
    let (mut norm, mut dot, mut numbers, mut numbers_shared) = (0.0, 0.0, 0.0, 0.0);
    let mut names = Names::default();
    let mut rest: &[Share] = &profile;
    for own in &doc.terms {
        let at = rest.partition_point(|share| share.term < own.term);
        rest = rest.get(at..).unwrap_or_default();
        let share = rest.first().filter(|share| share.term == own.term);
        let common =
            share.map_or(0.0, |share| (f64::from(share.members) / (size * COMMON).max(1.0)).min(1.0));
        if own.name {
            names.own += own.rarity;
            names.own_shared += own.rarity * common;
        }
        if own.number {
            numbers += own.rarity;
            numbers_shared += if share.is_some() { own.rarity } else { 0.0 };
        }
    }
    let mut own = doc.terms.iter().peekable();
    for share in profile.iter() {
        let (rarity, name) = rarity(window, stories, share.term);
        let weight = f64::from(share.strength) * rarity;
        norm += weight * weight;
        while own.next_if(|own| own.term < share.term).is_some() {}
        let own = own.next_if(|own| own.term == share.term);
        dot += own.map_or(0.0, |own| own.weight * weight);
        let part = f64::from(share.members) / size;
        if part >= CORE && name == Some(true) {
            names.core += rarity * part;
            names.core_shared += if own.is_some() { rarity * part } else { 0.0 };
        }
    }
    found.profile = if dot > 0.0 { dot / (doc.norm * norm.sqrt()) } else { 0.0 };
    found.conflict = lacking(names.own_shared, names.own) * lacking(names.core_shared, names.core);
    found.numbers = if numbers > 0.0 { numbers_shared / numbers - 0.5 } else { 0.0 };
}

fn lacking(shared: f64, all: f64) -> f64 {
    if all > 0.0 { 1.0 - shared / all } else { 0.0 }
}

fn compare_members(window: &Window, doc: &Incoming, story: &Story, found: &mut Evidence) {
    let mut near = Vec::new();
    for (_, id) in story.members.iter().rev().take(MOST_MEMBERS) {
        let Some(member) = window.document(*id) else { continue };
        if let Some(print) = doc.print {
            let alike = print.sketch.similarity(&member.print.sketch);
            let closer = |(best, other): (f64, u128)| alike.total_cmp(&best).then(other.cmp(id)).is_gt();
            if found.duplicate.is_none_or(closer) {
                found.duplicate = Some((alike, *id));
            }
        }
        near.push((doc.weighed.nearness(&member.print), member));
    }
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.id.cmp(&b.1.id)));
    let top = near.iter().take(NEAREST).map(|(alike, _)| alike);
    found.members = top.clone().sum::<f64>() / real(top.len()).max(1.0);
    found.nearest = near.first().map_or(0.0, |(alike, _)| *alike);
    let Some(print) = doc.print else { return };
    let is_name = |term| window.term(term).is_some_and(super::window::Term::is_name);
    let own = headline(&print.title, doc.time, doc.outlet, print);
    let clashes = |(_, member): &&(f64, &super::window::Member)| {
        let theirs = headline(&member.print.title, member.time, member.outlet, &member.print);
        clash(&own, &theirs, &is_name)
    };
    let witnesses = near.len().min(WITNESSES);
    found.clash = near.iter().take(WITNESSES).filter(clashes).count() * 3 > witnesses;
}

fn headline<'a>(title: &'a [Token], time: i64, outlet: u128, print: &'a Fingerprint) -> Headline<'a> {
    Headline { title, time, outlet, terms: &print.terms }
}

/// Stories of the same language that share the document's rarest terms, most alike first.
pub(super) fn candidates<'a>(window: &'a Window, doc: &Weighed) -> Vec<&'a Story> {
    let posted =
        |own: &Part| Some((window.term(own.term)?.stories.as_slice(), own.term, own.weight * own.rarity));
    let mut order: Vec<(&[u32], u32, f64)> = doc.terms.iter().filter_map(posted).collect();
    order.sort_unstable_by_key(|(stories, term, _)| (stories.len(), *term));
    let mut scores =
        FxHashMap::<u32, f64>::with_capacity_and_hasher(MOST_POSTINGS, rustc_hash::FxBuildHasher);
    let mut budget = MOST_POSTINGS;
    for (stories, _, weight) in order {
        let Some(left) = budget.checked_sub(stories.len()) else { break };
        budget = left;
        for place in stories {
            *scores.entry(*place).or_default() += weight;
        }
    }
    let mut ranked: Vec<f64> = scores.values().copied().collect();
    let least = if ranked.len() > MOST_CANDIDATES {
        *ranked.select_nth_unstable_by(MOST_CANDIDATES, |a, b| b.total_cmp(a)).1
    } else {
        0.0
    };
    let good = scores.into_iter().filter(|(_, score)| *score >= least);
    let mut best: Vec<(f64, &Story)> =
        good.filter_map(|(place, score)| Some((score, window.at(place)?))).collect();
    best.retain(|(_, story)| story.language == doc.language);
    best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.key.cmp(&b.1.key)));
    best.truncate(MOST_CANDIDATES);
    best.into_iter().map(|(_, story)| story).collect()
}

/// Documents of the window that are most like one, with how alike they are, the nearest first.
pub(super) fn nearest(window: &Window, doc: &Weighed, limit: usize) -> Vec<(u128, f64)> {
    let members =
        candidates(window, doc).into_iter().flat_map(|story| story.members.iter().rev().take(MOST_MEMBERS));
    let mut all: Vec<(u128, f64)> =
        members.filter_map(|(_, id)| Some((*id, doc.nearness(&window.document(*id)?.print)))).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(limit);
    all
}
