//! The window: documents, the stories that they make, and the index from terms to stories.

use rustc_hash::{FxHashMap, FxHashSet};

use super::fingerprint::Fingerprint;
use super::terms::Kind;

/// Terms that stand for a story.
const PROFILE: usize = 128;

/// A document in the window.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: u128,
    /// Milliseconds since the epoch.
    pub(super) time: i64,
    pub(super) outlet: u128,
    pub(super) story: u128,
    pub(super) print: Fingerprint,
}

/// How much of a story a term is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) term: u32,
    /// Sum of the members' strengths.
    pub(super) strength: u32,
    /// Members that have it.
    pub(super) members: u32,
}

/// Documents that tell of the same event.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    pub(super) key: u128,
    pub(super) language: u32,
    /// By time, then id.
    pub(super) members: Vec<(i64, u128)>,
    /// Ascending by term. Empty with a single member, whose fingerprint says the same.
    terms: Vec<Share>,
    /// The strongest terms, where there are more than stand for a story; ascending by term.
    strongest: Vec<Share>,
}

/// What the window knows of a term.
#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    /// Documents that have it, and those in which it is a name.
    documents: u32,
    named: u32,
    /// Where the stories that have it are kept.
    pub(super) stories: Vec<u32>,
}

impl Term {
    /// Whether it is mostly written as a name.
    pub(super) fn is_name(&self) -> bool {
        self.named * 2 >= self.documents
    }
}

/// All documents of the last days.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    documents: FxHashMap<u128, Member>,
    places: FxHashMap<u128, u32>,
    stories: Vec<Option<Story>>,
    free: Vec<u32>,
    terms: FxHashMap<u32, Term>,
    /// Stories of each language.
    languages: FxHashMap<u32, u32>,
    /// Documents and the stories that an editor took them from.
    forbidden: FxHashSet<(u128, u128)>,
}

impl Window {
    pub(super) fn document(&self, id: u128) -> Option<&Member> {
        self.documents.get(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    pub(super) fn story(&self, key: u128) -> Option<&Story> {
        self.places.get(&key).and_then(|place| self.at(*place))
    }

    /// The story that is kept at a place of the index.
    pub(super) fn at(&self, place: u32) -> Option<&Story> {
        self.stories.get(index(place))?.as_ref()
    }

    pub(super) fn term(&self, term: u32) -> Option<&Term> {
        self.terms.get(&term)
    }

    pub(super) fn stories_of(&self, language: u32) -> u32 {
        self.languages.get(&language).copied().unwrap_or(0)
    }

    pub(super) fn forbid(&mut self, document: u128, story: u128) {
        self.forbidden.insert((document, story));
    }

    pub(super) fn is_forbidden(&self, document: u128, story: u128) -> bool {
        self.forbidden.contains(&(document, story))
    }

    /// Whether an editor keeps a member of one story out of the other.
    pub(super) fn are_apart(&self, one: &Story, other: &Story) -> bool {
        let kept_out =
            |from: &Story, of: &Story| from.members.iter().any(|(_, id)| self.is_forbidden(*id, of.key));
        !self.forbidden.is_empty() && (kept_out(one, other) || kept_out(other, one))
    }

    /// Puts a document into its story, from wherever it was.
    pub(super) fn add(&mut self, member: Member) {
        self.remove(member.id);
        let place = self.place_of(member.story, member.print.language);
        let Some(Some(story)) = self.stories.get_mut(index(place)) else { return };
        let first = story.members.is_empty();
        if let [(_, only)] = story.members.as_slice() {
            story.terms = self.documents.get(only).map(|only| shares(&only.print)).unwrap_or_default();
        }
        if !first {
            story.terms.reserve_exact(member.print.terms.len());
        }
        for (term, mark) in member.print.pairs() {
            let known = self.terms.entry(term).or_default();
            known.documents += 1;
            known.named += u32::from(mark.kind() == Kind::Name);
            if first || story.raise(term, mark.strength()) {
                known.stories.push(place);
            }
        }
        let at = story.members.partition_point(|other| *other < (member.time, member.id));
        story.members.insert(at, (member.time, member.id));
        story.terms.shrink_to_fit();
        story.choose_strongest();
        self.documents.insert(member.id, member);
    }

    /// Takes a document out, as if it had never been there.
    pub(super) fn remove(&mut self, id: u128) -> Option<Member> {
        let member = self.documents.remove(&id)?;
        let place = self.places.get(&member.story).copied()?;
        let story = self.stories.get_mut(index(place))?.as_mut()?;
        story.members.retain(|(_, other)| *other != id);
        for (term, mark) in member.print.pairs() {
            let gone = story.members.is_empty() || story.lower(term, mark.strength());
            let Some(known) = self.terms.get_mut(&term) else { continue };
            known.documents -= 1;
            known.named -= u32::from(mark.kind() == Kind::Name);
            if gone {
                known.stories.retain(|other| *other != place);
            }
            if known.documents == 0 {
                self.terms.remove(&term);
            }
        }
        if story.members.len() == 1 {
            story.terms = Vec::new();
        }
        story.choose_strongest();
        if story.members.is_empty() {
            self.close(&member, place);
        }
        Some(member)
    }

    /// Puts all members of one story into another.
    pub(super) fn merge(&mut self, from: u128, into: u128) {
        if from == into {
            return;
        }
        let moved: Vec<u128> = self
            .story(from)
            .map(|story| story.members.iter().map(|(_, id)| *id).collect())
            .unwrap_or_default();
        for id in moved {
            if let Some(member) = self.remove(id) {
                self.add(Member { story: into, ..member });
            }
        }
        let kept_out: Vec<u128> =
            self.forbidden.iter().filter(|pair| pair.1 == from).map(|pair| pair.0).collect();
        self.forbidden.extend(kept_out.into_iter().map(|id| (id, into)));
    }

    /// Forgets the documents published before a time.
    pub(super) fn forget_before(&mut self, time: i64) {
        let old: Vec<u128> =
            self.documents.values().filter(|member| member.time < time).map(|member| member.id).collect();
        for id in &old {
            self.remove(*id);
        }
        if !old.is_empty() {
            let gone: FxHashSet<u128> = old.into_iter().collect();
            self.forbidden.retain(|(id, _)| !gone.contains(id));
        }
    }

    fn place_of(&mut self, key: u128, language: u32) -> u32 {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let story = Some(Story { key, language, ..Story::default() });
        let place = self.free.pop().unwrap_or_else(|| {
            self.stories.push(None);
            u32::try_from(self.stories.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(slot) = self.stories.get_mut(index(place)) {
            *slot = story;
        }
        self.places.insert(key, place);
        *self.languages.entry(language).or_default() += 1;
        place
    }

    fn close(&mut self, last: &Member, place: u32) {
        let closed = self.stories.get_mut(index(place)).and_then(Option::take);
        self.places.remove(&last.story);
        self.free.push(place);
        if let Some(count) = closed.and_then(|story| self.languages.get_mut(&story.language)) {
            *count -= 1;
        }
    }
}

impl Story {
    /// What stands for the story: its strongest terms, ascending.
    pub(super) fn profile<'a>(&'a self, window: &Window) -> std::borrow::Cow<'a, [Share]> {
        match self.members.as_slice() {
            [(_, only)] => window.document(*only).map(|only| shares(&only.print)).unwrap_or_default().into(),
            _ if self.strongest.is_empty() => self.terms.as_slice().into(),
            _ => self.strongest.as_slice().into(),
        }
    }

    /// Whether the term is new to the story.
    fn raise(&mut self, term: u32, strength: u8) -> bool {
        let found = self.terms.binary_search_by_key(&term, |share| share.term);
        let at = found.unwrap_or_else(|at| {
            self.terms.insert(at, Share { term, ..Share::default() });
            at
        });
        if let Some(share) = self.terms.get_mut(at) {
            share.strength += u32::from(strength);
            share.members += 1;
        }
        found.is_err()
    }

    /// Whether the story no longer has the term.
    fn lower(&mut self, term: u32, strength: u8) -> bool {
        let Ok(at) = self.terms.binary_search_by_key(&term, |share| share.term) else { return false };
        let Some(share) = self.terms.get_mut(at) else { return false };
        share.strength -= u32::from(strength);
        share.members -= 1;
        let gone = share.members == 0;
        if gone {
            self.terms.remove(at);
        }
        gone
    }

    fn choose_strongest(&mut self) {
        self.strongest.clear();
        if self.terms.len() > PROFILE {
            let mut all = self.terms.clone();
            all.select_nth_unstable_by(PROFILE, |a, b| b.strength.cmp(&a.strength).then(a.term.cmp(&b.term)));
            all.truncate(PROFILE);
            all.sort_unstable_by_key(|share| share.term);
            self.strongest = all;
        }
    }
}

fn shares(print: &Fingerprint) -> Vec<Share> {
    let share = |(term, mark): (u32, super::fingerprint::Mark)| Share {
        term,
        strength: u32::from(mark.strength()),
        members: 1,
    };
    print.pairs().map(share).collect()
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
