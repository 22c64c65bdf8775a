use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn print(title: &str, text: &str) -> Fingerprint {
    fingerprint(&Document { language: Some("en"), title, text })
}

/// Places documents of `(hour, outlet, title, text)` and gives their stories.
fn stories(documents: &[(i64, u128, &str, &str)]) -> Vec<u128> {
    let mut clusterer = Clusterer::new(Settings::default());
    let place = |(id, (hour, outlet, title, text)): (u128, &(i64, u128, &str, &str))| {
        let entry = Entry { id, published_at: hour * HOUR, outlet: *outlet };
        clusterer.place(entry, &print(title, text)).story
    };
    (0..).zip(documents).map(place).collect()
}

const FERRY: &str = "A ferry with 210 people on board capsized off the island of Samar on Monday after it was struck by a \
    cargo ship, the coast guard said. Rescuers pulled 180 people from the water near the port of Catbalogan.";
const FERRY_AGAIN: &str = "Rescuers searched the sea off Samar for survivors after a ferry collided with a cargo ship and \
    capsized. The coast guard in Catbalogan said 180 of the 210 people on board had been saved.";
const BUDGET: &str = "Finance minister Elena Markou presented a budget on Monday that raises spending on schools by four \
    percent. The opposition in Athens called it reckless and will vote against it next week.";

#[test]
fn the_first_two_articles_of_a_new_installation() {
    let apart = stories(&[
        (0, 1, "Ferry capsizes off Samar after collision", FERRY),
        (1, 2, "Markou raises school spending in new budget", BUDGET),
    ]);
    assert_eq!(apart, [0, 1]);
    let together = stories(&[
        (0, 1, "Ferry capsizes off Samar after collision", FERRY),
        (1, 2, "Search for survivors after ferry and cargo ship collide near Samar", FERRY_AGAIN),
    ]);
    assert_eq!(together, [0, 0]);
}

#[test]
fn headlines_alone_about_different_things_stay_apart() {
    let found = stories(&[
        (0, 1, "What we know about the storm in Manila", ""),
        (1, 2, "What we know about the new phone from Nokia", ""),
        (2, 3, "How to make the most of the long weekend", ""),
    ]);
    assert_eq!(found, [0, 1, 2]);
}

#[test]
fn two_states_are_two_stories() {
    let found = stories(&[
        (0, 1, "Harriet Vance wins Ohio", ""),
        (0, 2, "Harriet Vance wins Iowa", ""),
        (1, 3, "Harriet Vance wins Ohio", ""),
        (1, 4, "Harriet Vance wins Iowa", ""),
    ]);
    assert_eq!(found, [0, 1, 0, 1]);
    let text = |state: &str, votes: &str| {
        format!(
            "Governor Harriet Vance has won the Republican primary in {state}, the election office said late on Tuesday. \
            She took {votes} percent of the vote ahead of Senator Paul Orwin, who thanked his voters and said that he would \
            go on until the convention in July."
        )
    };
    let (ohio, iowa) = (text("Ohio", "48"), text("Iowa", "51"));
    let found =
        stories(&[(0, 1, "Harriet Vance wins Ohio", &ohio), (0, 1, "Harriet Vance wins Iowa", &iowa)]);
    assert_eq!(found, [0, 1]);
}

#[test]
fn one_way_of_telling_is_not_one_event() {
    let town = |names: [&str; 5]| {
        let [town, person, ship, place, club] = names;
        [
            format!("{town} mourns {person} as {ship} founders off {place}, says {club}"),
            format!("{ship} founders off {place}: {town} mourns {person}, {club} reports"),
            format!("Off {place} the {ship} founders; {person} of {town} mourned by {club}"),
        ]
    };
    let names = [
        ["Muristina", "Nadonaba", "Nazograzo", "Ponakeri", "Potrutake"],
        ["Kebamuli", "Kevezosti", "Kemudove", "Listisuna", "Litatruba"],
        ["Ristimuke", "Susuzofle", "Sukedota", "Sugrasumu", "Tapotrutru"],
        ["Trutamumu", "Trulivetru", "Bastidove", "Basusupo", "Baketrudo"],
    ];
    let titles: Vec<String> = names.into_iter().flat_map(town).collect();
    let texts: Vec<String> =
        titles.iter().map(|title| format!("{title}, officials said on Monday.")).collect();
    let told = titles.iter().zip(&texts).zip(0..);
    let documents: Vec<_> =
        told.map(|((title, text), id)| (0, id % 3, title.as_str(), text.as_str())).collect();
    assert_eq!(stories(&documents), [0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9]);
}

#[test]
fn the_days_of_a_trial_are_numbered() {
    let found = stories(&[
        (
            0,
            1,
            "Calder murder trial: day 2",
            "The jury in the Calder murder trial heard the first witnesses in Leeds.",
        ),
        (1, 2, "Calder murder trial: day 21", "The jury in the Calder murder trial was sent out in Leeds."),
        (
            1,
            3,
            "Calder murder trial: day 2",
            "The jury in the Calder murder trial heard two witnesses in Leeds.",
        ),
    ]);
    assert_eq!(found, [0, 1, 0]);
}

#[test]
fn the_price_of_gold_is_another_every_day() {
    let text = |price: &str, day: &str| {
        format!(
            "Gold traded at {price} rupees for ten grams in Mumbai on {day}, while silver stood at 74,500 rupees a kilo. \
            Prices in Delhi, Chennai and Kolkata were about the same. Analysts look to the dollar and to interest rates."
        )
    };
    let texts = [text("63,120", "Monday"), text("63,480", "Tuesday"), text("62,990", "Wednesday")];
    let titles = [
        "Gold price today: 10 grams sell at 63,120 rupees",
        "Gold price today: 10 grams sell at 63,480 rupees",
        "Gold price today: 10 grams sell at 62,990 rupees",
    ];
    let daily: Vec<_> =
        (0..3).map(|day| (24 * i64::try_from(day).unwrap(), 1, titles[day], texts[day].as_str())).collect();
    assert_eq!(stories(&daily), [0, 1, 2]);
}

#[test]
fn two_earthquakes_in_a_week() {
    let found = stories(&[
        (
            0,
            1,
            "Magnitude 6.1 earthquake strikes Nepal",
            "An earthquake of magnitude 6.1 struck western Nepal near \
            Jumla on Friday. At least 20 people were killed as houses fell, police in Karnali said.",
        ),
        (
            5,
            2,
            "At least 20 dead after earthquake in western Nepal",
            "Houses fell in villages near Jumla as an \
            earthquake of magnitude 6.1 struck Nepal, killing at least 20 people in Karnali, police said.",
        ),
        (
            90,
            1,
            "Magnitude 5.8 earthquake strikes Peru",
            "An earthquake of magnitude 5.8 struck southern Peru near \
            Arequipa on Tuesday. No one was killed, but walls cracked, the mayor of Camana said.",
        ),
        (
            95,
            2,
            "Walls crack as earthquake shakes southern Peru",
            "People ran into the streets of Arequipa and Camana as \
            an earthquake of magnitude 5.8 struck Peru. No one was killed, the mayor said.",
        ),
    ]);
    assert_eq!(found, [0, 0, 2, 2]);
}

#[test]
fn one_actor_before_two_courts() {
    let found = stories(&[
        (
            0,
            1,
            "Actor Rex Talbot in London court over assault",
            "Rex Talbot denied striking a photographer outside a \
            club in Soho. The court in London will hear the photographer, Ian Webb, in March.",
        ),
        (
            30,
            1,
            "Actor Rex Talbot in Toronto court over taxes",
            "Rex Talbot owes Canada two million dollars in taxes, \
            prosecutors told a court in Toronto. His accountant, Lucy Chan, pleaded guilty.",
        ),
        (
            31,
            2,
            "Rex Talbot owed two million in taxes, Toronto court hears",
            "Prosecutors told a court in Toronto that \
            Rex Talbot owes Canada two million dollars. Lucy Chan, his accountant, pleaded guilty to tax fraud.",
        ),
    ]);
    assert_eq!(found, [0, 1, 1]);
}

#[test]
fn a_copy_under_another_masthead_is_a_duplicate() {
    let mut clusterer = Clusterer::new(Settings::default());
    let mut place = |id: u128, title: &str| {
        clusterer.place(Entry { id, published_at: DAY, outlet: id }, &print(title, FERRY)).duplicate_of
    };
    assert_eq!(place(1, "Ferry capsizes off Samar - The Daily Herald"), None);
    assert_eq!(place(2, "Ferry capsizes off Samar | Morning Post"), Some(1));
}

#[test]
fn languages_have_their_own_stories() {
    let mut clusterer = Clusterer::new(Settings::default());
    let mut place = |id: u128, language| {
        let document = Document { language: Some(language), title: "Samar Catbalogan 2024", text: FERRY };
        clusterer.place(Entry { id, published_at: 0, outlet: id }, &fingerprint(&document)).story
    };
    assert_eq!([place(1, "en"), place(2, "es"), place(3, "en-GB"), place(4, "es-MX")], [1, 2, 1, 2]);
}

#[test]
fn chinese_is_read_without_spaces() {
    let place = |titles: &[&str]| {
        let mut clusterer = Clusterer::new(Settings::default());
        let mut place = |(id, title): (u128, &&str)| {
            let document = Document { language: Some("zh"), title, text: "" };
            clusterer.place(Entry { id, published_at: 0, outlet: id }, &fingerprint(&document)).story
        };
        (0..).zip(titles).map(&mut place).collect::<Vec<_>>()
    };
    assert_eq!(
        place(&["四川泸定县发生地震", "泸定县地震已有救援队抵达四川", "上海股市今日收盘上涨"]),
        [0, 0, 2]
    );
}

fn ferry_and_its_echo() -> (Clusterer, Placement) {
    let mut clusterer = Clusterer::new(Settings::default());
    clusterer.place(Entry { id: 1, published_at: 0, outlet: 1 }, &print("Ferry capsizes off Samar", FERRY));
    let echo = Entry { id: 2, published_at: HOUR, outlet: 2 };
    let placed = clusterer.place(echo, &print("Ferry survivors sought near Samar", FERRY_AGAIN));
    (clusterer, placed)
}

#[test]
fn an_editor_has_the_last_word() {
    let (mut clusterer, placed) = ferry_and_its_echo();
    assert_eq!((placed.story, placed.new), (1, false));
    assert!(placed.confidence > 0.5 && placed.confidence <= 1.0);
    clusterer.forbid(2, 1);
    let again = clusterer.place(
        Entry { id: 2, published_at: HOUR, outlet: 2 },
        &print("Ferry survivors sought near Samar", FERRY_AGAIN),
    );
    assert_eq!((again.story, again.new, again.merge), (2, true, None));
    // The next one shows that both are one, which the editor has denied.
    let third = clusterer.place(
        Entry { id: 3, published_at: HOUR, outlet: 3 },
        &print("Ferry capsizes off Samar", FERRY_AGAIN),
    );
    assert_eq!(third.merge, None);
}

#[test]
fn merging_carries_over_members_and_what_is_forbidden() {
    let (mut clusterer, _) = ferry_and_its_echo();
    clusterer.restore(
        9,
        Entry { id: 9, published_at: 0, outlet: 1 },
        print("New budget for schools", BUDGET),
    );
    clusterer.forbid(7, 1);
    clusterer.merge(1, 9);
    assert_eq!(clusterer.members(9), [1, 9, 2]);
    assert!(clusterer.members(1).is_empty());
    let kept_out = clusterer
        .place(Entry { id: 7, published_at: 0, outlet: 4 }, &print("Ferry capsizes off Samar", FERRY));
    assert_eq!(kept_out.story, 7);
}

#[test]
fn what_left_the_window_is_forgotten() {
    let (mut clusterer, _) = ferry_and_its_echo();
    clusterer.forget_before(HOUR);
    assert_eq!((clusterer.len(), clusterer.story_of(1), clusterer.members(1)), (1, None, vec![2]));
    clusterer.forget_before(DAY);
    assert!(clusterer.is_empty());
    assert!(clusterer.similar(&print("Ferry capsizes off Samar", FERRY), 5).is_empty());
}

#[test]
fn two_stories_that_a_third_article_joins() {
    let mut clusterer = Clusterer::new(Settings::default());
    let restored = |id: u128| Entry { id, published_at: 0, outlet: id };
    clusterer.restore(1, restored(1), print("Ferry capsizes off Samar", FERRY));
    clusterer.restore(2, restored(2), print("Ferry capsizes off Samar after collision", FERRY_AGAIN));
    let placed = clusterer.place(restored(3), &print("Ferry capsizes off Samar", FERRY));
    assert_eq!((placed.story, placed.merge), (1, Some((2, 1))));
}

/// Documents over few topics, so that many belong together.
fn documents() -> impl Strategy<Value = Vec<(i64, u128, Fingerprint)>> {
    const PARTS: [&str; 12] = [
        "Ferry",
        "capsizes",
        "Samar",
        "Markou",
        "budget",
        "schools",
        "earthquake",
        "Nepal",
        "Jumla",
        "court",
        "Talbot",
        "21",
    ];
    let words = proptest::collection::vec(0..PARTS.len(), 3..9);
    let document = (0_i64..100, 0_u128..3, words).prop_map(|(hour, outlet, words)| {
        let title = words.iter().map(|word| PARTS[*word]).collect::<Vec<_>>().join(" ");
        (hour * HOUR, outlet, print(&title, ""))
    });
    proptest::collection::vec(document, 1..40)
}

fn placed(clusterer: &mut Clusterer, id: u128, document: &(i64, u128, Fingerprint)) -> Placement {
    let entry = Entry { id, published_at: document.0, outlet: document.1 };
    let placed = clusterer.place(entry, &document.2);
    if let Some((from, into)) = placed.merge {
        clusterer.merge(from, into);
    }
    placed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_restart_loses_nothing(documents in documents(), cut in 0_usize..40, reverse: bool) {
        let cut = cut.min(documents.len());
        let mut through = Clusterer::new(Settings::default());
        let (early, late) = documents.split_at(cut);
        for (id, document) in (0..).zip(early) {
            placed(&mut through, id, document);
        }
        let mut restarted = Clusterer::new(Settings::default());
        let mut stored: Vec<_> = (0_u128..).zip(early).collect();
        if reverse {
            stored.reverse();
        }
        for (id, (published_at, outlet, print)) in stored {
            let print = Fingerprint::from_bytes(&print.to_bytes()).unwrap();
            let entry = Entry { id, published_at: *published_at, outlet: *outlet };
            restarted.restore(through.story_of(id).unwrap(), entry, print);
        }
        for (id, document) in (u128::try_from(cut).unwrap()..).zip(late) {
            prop_assert_eq!(placed(&mut through, id, document), placed(&mut restarted, id, document));
        }
    }

    #[test]
    fn removing_undoes_adding(documents in documents(), extra in documents()) {
        let (mut plain, mut stirred) = (Clusterer::new(Settings::default()), Clusterer::new(Settings::default()));
        let cut = documents.len() / 2;
        for (id, document) in (0..).zip(&documents[..cut]) {
            placed(&mut plain, id, document);
            let entry = Entry { id, published_at: document.0, outlet: document.1 };
            stirred.restore(plain.story_of(id).unwrap(), entry, document.2.clone());
        }
        for id in 0..u128::try_from(cut).unwrap() {
            let (published_at, outlet, print) = documents[usize::try_from(id).unwrap()].clone();
            stirred.restore(plain.story_of(id).unwrap(), Entry { id, published_at, outlet }, print);
        }
        for (id, (published_at, outlet, print)) in (1000..).zip(extra) {
            stirred.restore(id % 5, Entry { id, published_at, outlet }, print);
        }
        for id in 1000..1040 {
            stirred.remove(id);
        }
        for (id, document) in (500..).zip(&documents[cut..]) {
            prop_assert_eq!(placed(&mut plain, id, document), placed(&mut stirred, id, document));
        }
    }

    #[test]
    fn any_text_has_a_fingerprint_that_reads_back(title: String, text: String) {
        let print = fingerprint(&Document { language: Some("en"), title: &title, text: &text });
        prop_assert_eq!(Fingerprint::from_bytes(&print.to_bytes()), Some(print.clone()));
        let mut bytes = print.to_bytes();
        bytes.pop();
        prop_assert_eq!(Fingerprint::from_bytes(&bytes), None);
    }
}
