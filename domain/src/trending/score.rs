//! How much something trends: the one place that says what weighs how much, and why.
//!
//! Three signals, each counted inside the window, each made of people or publishers rather than of events:
//!
//! | signal | counts | beyond the usual | at full strength | weight |
//! |---|---|--:|--:|--:|
//! | publishers | publishers that began to tell the story in the window | 1 | 10 | 0.5 |
//! | comments | people with a comment that readers can read, each once | 2 | 50 | 0.3 |
//! | reads | reads, from one address only so many an hour | 0 | 1,000 | 0.2 |
//!
//! *The usual* does not count: every article has one publisher, and two people who answer each other are a quarrel and no trend.
//! What is left **decays by age**: what happened just now counts whole, what happened a window ago not at all, evenly between;
//! so nothing jumps when it leaves the window. It is **damped**, `ln(1 + x) / ln(1 + full)`: the tenth publisher says less
//! than the second, and signals of other sizes become comparable. And it is **weighed** by how hard it is to make up: a
//! publisher that decides by itself to tell the same is worth most; a comment needs an account in good standing; a read needs
//! nothing, and is estimated by the hour.

use super::By;

/// What is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Publishers that began to tell the story.
    Publishers,
    /// People who commented.
    Comments,
    /// Reads.
    Reads,
}

impl Signal {
    /// Every signal, heaviest first.
    pub const ALL: [Self; 3] = [Self::Publishers, Self::Comments, Self::Reads];

    /// What does not count.
    fn usual(self) -> f64 {
        match self {
            Self::Publishers => 1.0,
            Self::Comments => 2.0,
            Self::Reads => 0.0,
        }
    }

    /// How many make the signal as strong as its weight, if they are all of this moment.
    fn full(self) -> f64 {
        match self {
            Self::Publishers => 10.0,
            Self::Comments => 50.0,
            Self::Reads => 1_000.0,
        }
    }

    fn weight(self, by: By) -> f64 {
        match (by, self) {
            (By::All, Self::Publishers) => 0.5,
            (By::All, Self::Comments) => 0.3,
            (By::All, Self::Reads) => 0.2,
            (By::Publishers, Self::Publishers)
            | (By::Comments, Self::Comments)
            | (By::Reads, Self::Reads) => 1.0,
            (By::Publishers | By::Comments | By::Reads, _) => 0.0,
        }
    }
}

/// What was counted of one signal.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counted {
    /// How many.
    pub(super) count: f64,
    /// The same, each as much as it is young: 1 for now, 0 for the window's far end.
    pub(super) recent: f64,
}

/// One signal as it was weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighed {
    /// Which.
    pub signal: Signal,
    /// How many were counted in the window.
    pub count: f64,
    /// How many of these are beyond the usual, less by their age.
    pub effective: f64,
    /// What the signal weighs in this ranking.
    pub weight: f64,
    /// How many, effectively, make it count for its whole weight.
    pub full: f64,
    /// What it adds to the score.
    pub contribution: f64,
}

/// What was counted of every signal, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) publishers: Counted,
    pub(super) comments: Counted,
    pub(super) reads: Counted,
}

impl Counts {
    fn of(&self, signal: Signal) -> Counted {
        match signal {
            Signal::Publishers => self.publishers,
            Signal::Comments => self.comments,
            Signal::Reads => self.reads,
        }
    }

    /// Every signal as it is weighed.
    pub(super) fn weighed(&self, by: By) -> [Weighed; 3] {
        Signal::ALL.map(|signal| {
            let Counted { count, recent } = self.of(signal);
            let beyond = count - signal.usual();
            let effective = if beyond > 0.0 { recent * beyond / count } else { 0.0 };
            let (weight, full) = (signal.weight(by), signal.full());
            let contribution = weight * effective.ln_1p() / full.ln_1p();
            Weighed { signal, count, effective, weight, full, contribution }
        })
    }

    /// The sum of what the signals contribute.
    pub(super) fn score(&self, by: By) -> f64 {
        self.weighed(by).iter().map(|weighed| weighed.contribution).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(count: f64, recent: f64) -> Counted {
        Counted { count, recent }
    }

    #[test]
    fn one_publisher_and_two_people_are_no_trend() {
        let usual =
            Counts { publishers: counted(1.0, 1.0), comments: counted(2.0, 2.0), reads: Counted::default() };
        assert!([By::All, By::Publishers, By::Comments, By::Reads].iter().all(|by| usual.score(*by) == 0.0));
    }

    #[test]
    fn full_strength_is_the_weight() {
        let full = Counts {
            publishers: counted(11.0, 11.0),
            comments: counted(52.0, 52.0),
            reads: counted(1_000.0, 1_000.0),
        };
        assert!((full.score(By::All) - 1.0).abs() < 1e-12 && (full.score(By::Comments) - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn more_or_younger_never_trends_less(counts in prop::array::uniform3((0_u32..5_000, 0.0_f64..=1.0)), more in 0_u32..50, younger in 0.0_f64..=1.0) {
            let of = |(count, age): (u32, f64)| counted(f64::from(count), f64::from(count) * age);
            let [publishers, comments, reads] = counts;
            let one = Counts { publishers: of(publishers), comments: of(comments), reads: of(reads) };
            let aged = |(count, age): (u32, f64)| (count + more, age + (1.0 - age) * younger);
            let other = Counts { publishers: of(aged(publishers)), comments: of(aged(comments)), reads: of(aged(reads)) };
            for by in [By::All, By::Publishers, By::Comments, By::Reads] {
                let score = one.score(by);
                prop_assert!(score >= 0.0 && score <= other.score(by) + 1e-12);
                let sum: f64 = one.weighed(by).iter().map(|weighed| weighed.contribution).sum();
                prop_assert_eq!(sum.to_bits(), score.to_bits());
            }
        }
    }
}
