//! What is saved of an index: it changes no answer, goes with what it was made of, and may be lost.

use alliance_core::{
    consent::Purpose,
    id::UserId,
    recall::{Cue, Recalled, Recaller},
    record::{Body, ConsentChoice, ConsentRecord, FactRecord, Record, RecordKind, TurnAcceptedRecord},
    safety::{Locale, RiskLevel},
    store::{Forget, MemoryStore, Revision, Selection, Snapshot, StoreErrorKind},
    testing::{FaultyStore, StoreCall},
};

use futures::executor::block_on;
use proptest::{collection::vec, prelude::*};

use super::{Recall, index::Index, saved::NAME};
use crate::{
    InMemoryStore,
    fixture::{agree, at, episode, fact, id, keep, record, said, session, shown, user},
};

const ANN: u128 = 1;

fn ann() -> UserId {
    user(ANN)
}

fn asked(recall: &Recall, store: &dyn MemoryStore, cue: &str) -> Vec<Recalled> {
    let cue = Cue::new(cue).limit(20).at(at(1 << 41));
    block_on(recall.recall(store, ann(), &cue)).unwrap()
}

/// Saves whether or not it is worth it.
fn save(recall: &Recall, store: &dyn MemoryStore) {
    block_on(recall.save_where(store, ann(), |_| true)).unwrap();
}

fn saved(store: &dyn MemoryStore) -> Option<Snapshot> {
    block_on(store.snapshot(ann(), NAME)).unwrap()
}

fn texts(number: u128) -> String {
    let words = ["umbrella", "sister", "exam", "Schlafstörung", "Chefin", "doctor", "lake", "März"];
    let word = |place: u128| words[usize::try_from((number / place) % 8).unwrap()];
    format!("My {} and the {} with {}", word(1), word(3), word(7))
}

/// A store in which somebody said so much, and a recall that has read it.
fn holding(memories: u128) -> (InMemoryStore, Recall) {
    let store = InMemoryStore::new();
    agree(&store, ann());
    keep(
        &store,
        ann(),
        (0..memories).map(|number| said(number, &texts(number)).session(session(number / 5))),
    );
    (store, Recall::new())
}

#[test]
fn a_saved_index_is_read_in_place_of_the_log() {
    let (store, recall) = holding(200);
    let store = FaultyStore::new(store);
    let wanted = asked(&recall, &store, "the lake with my sister");
    block_on(recall.save(&store, ann())).unwrap();
    assert!(saved(&store).is_some() && !wanted.is_empty());
    keep(&store, ann(), [said(1000, "We swam in the lake")]);
    let before = store.calls(StoreCall::Read);
    let again = Recall::new();
    let found = asked(&again, &store, "the lake with my sister");
    assert_eq!(found, asked(&recall, &store, "the lake with my sister"));
    // Each of the two reads what was appended, and nothing more.
    assert_eq!(store.calls(StoreCall::Read) - before, 2);
    assert_eq!(found, asked(&Recall::new(), store.inner(), "the lake with my sister"));
}

#[test]
fn little_is_not_saved_and_nothing_twice() {
    let (store, recall) = holding(5);
    let store = FaultyStore::new(store);
    block_on(recall.save(&store, ann())).unwrap();
    assert!(saved(&store).is_none());
    keep(&store, ann(), (10..20).map(|number| said(number, "another exam")));
    for _ in 0..3 {
        // Whoever is not open is saved too.
        block_on(recall.save(&store, ann())).unwrap();
    }
    assert!(saved(&store).is_some());
    assert_eq!(store.calls(StoreCall::KeepSnapshot), 1);
}

#[test]
fn nothing_is_saved_that_the_person_did_not_agree_to() {
    let (store, recall) = (InMemoryStore::new(), Recall::new());
    let decide = |number, purpose, choice| {
        keep(&store, ann(), [record(number, Body::Consent(ConsentRecord::new(purpose, choice, "1", "")))]);
    };
    decide(500, Purpose::Conversation, ConsentChoice::Given);
    keep(&store, ann(), (0..20).map(|number| said(number, "umbrella")));
    save(&recall, &store);
    assert!(saved(&store).is_some());
    // Turns may be kept, facts may not.
    keep(&store, ann(), [fact(30, "sister", "lives in", "Basel")]);
    save(&recall, &store);
    assert_eq!(saved(&store).unwrap().through, Revision::new(21), "the one before has no fact in it");
    decide(501, Purpose::LongTerm, ConsentChoice::Given);
    save(&recall, &store);
    assert!(saved(&store).is_some());
    decide(502, Purpose::Conversation, ConsentChoice::Withdrawn);
    assert!(saved(&store).is_none(), "it goes with the consent");
    save(&recall, &store);
    assert!(saved(&store).is_none());
    assert!(!asked(&recall, &store, "umbrella").is_empty(), "what was kept is found until it is erased");
}

#[test]
fn what_was_erased_meanwhile_does_not_come_back() {
    let (store, recall) = holding(20);
    keep(&store, ann(), [said(100, "The Xylocanary sang")]);
    save(&recall, &store);
    let late = saved(&store).unwrap();
    for what in [Forget::Records(vec![id(100)]), Forget::Kind(RecordKind::TurnAccepted), Forget::Everything] {
        block_on(store.forget(ann(), &what)).unwrap();
        assert!(saved(&store).is_none(), "{what:?}");
        assert!(asked(&Recall::new(), &store, "Xylocanary").is_empty());
    }
    // However it came here, it is of another log.
    let page = block_on(store.read(ann(), &Selection::all())).unwrap();
    let now = Snapshot::new(NAME, page.revision, page.erasures, late.bytes.clone());
    assert!(Index::saved(ann(), now).is_none() && Index::saved(ann(), late).is_some());
}

#[test]
fn what_is_damaged_or_anothers_is_made_anew() {
    let (store, recall) = holding(3);
    keep(&store, ann(), [episode(50, "Anna came", &["Anna"]), fact(51, "Anna", "is", "well")]);
    save(&recall, &store);
    let whole = saved(&store).unwrap();
    assert!(Index::saved(ann(), whole.clone()).is_some() && Index::saved(user(2), whole.clone()).is_none());
    for place in 0..whole.bytes.len() {
        let mut spoiled = whole.clone();
        spoiled.bytes[place] ^= 1 << (place % 8);
        assert!(Index::saved(ann(), spoiled.clone()).is_none(), "a flipped bit at {place}");
        spoiled.bytes.truncate(place);
        assert!(Index::saved(ann(), spoiled).is_none(), "cut at {place}");
    }
    let longer = Snapshot::new(NAME, whole.through, whole.erasures, [&*whole.bytes, &[0]].concat());
    assert!(Index::saved(ann(), longer).is_none());
    let other = Snapshot::new(NAME, Revision::new(7), whole.erasures, whole.bytes);
    assert!(Index::saved(ann(), other).is_none());
}

#[test]
fn a_snapshot_that_cannot_be_read_or_kept_costs_nothing_but_time() {
    let (store, recall) = holding(30);
    save(&recall, &store);
    let store = FaultyStore::new(store).fail_from(StoreCall::Snapshot, 1, StoreErrorKind::Unavailable);
    assert_eq!(asked(&Recall::new(), &store, "exam"), asked(&recall, store.inner(), "exam"));
    let failing =
        FaultyStore::new(store.inner().clone()).fail(StoreCall::KeepSnapshot, 1, StoreErrorKind::Full);
    keep(&failing, ann(), (100..140).map(|number| said(number, "another exam")));
    assert!(block_on(recall.save(&failing, ann())).is_err());
    block_on(recall.save(&failing, ann())).unwrap();
    assert_eq!(
        saved(&failing).unwrap().through,
        block_on(failing.read(ann(), &Selection::all())).unwrap().revision
    );
    let late =
        FaultyStore::new(store.inner().clone()).fail(StoreCall::KeepSnapshot, 1, StoreErrorKind::Conflict);
    keep(&late, ann(), (200..240).map(|number| said(number, "another exam")));
    block_on(recall.save(&late, ann())).unwrap();
    let behind = saved(&late).unwrap().through;
    block_on(recall.save(&late, ann())).unwrap();
    assert!(saved(&late).unwrap().through > behind, "a conflict is tried again");
}

#[test]
fn whoever_has_not_spoken_for_half_an_hour_is_idle() {
    let (store, recall) = holding(30);
    let minute = 60_000;
    assert!(recall.idle(at(0)).is_empty());
    asked(&recall, &store, "exam");
    assert!(recall.idle(at(0)).is_empty() && recall.idle(at(29 * minute)).is_empty());
    asked(&recall, &store, "exam");
    assert!(recall.idle(at(40 * minute)).is_empty(), "they spoke in between");
    assert_eq!(recall.idle(at(70 * minute)), [ann()]);
    block_on(recall.save(&store, ann())).unwrap();
    assert!(recall.idle(at(200 * minute)).is_empty(), "there is nothing to save");
}

#[derive(Clone, Debug)]
enum Step {
    Say(Vec<String>),
    Show(String),
    Fact(String, bool),
    Episode(String, String),
    German(String),
    Forget(Vec<u128>),
    ForgetSession(u128),
    Save,
    Ask(String),
}

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => "[bcd][ao][bcd]".prop_map(|word| word),
        1 => Just("Anna".to_owned()),
        1 => Just("not".to_owned()),
        1 => Just("that wasn't true".to_owned()),
        1 => Just("not anymore".to_owned()),
        1 => Just("in March".to_owned()),
        1 => Just("used to".to_owned()),
        1 => Just("Bahnhofstraße".to_owned()),
    ];
    vec(word, 1..8).prop_map(|words| words.join(" "))
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => vec(words(), 1..25).prop_map(Step::Say),
        2 => words().prop_map(Step::Show),
        2 => (words(), any::<bool>()).prop_map(|(text, replaces)| Step::Fact(text, replaces)),
        2 => (words(), "[bcd][ao][bcd]").prop_map(|(text, name)| Step::Episode(text, name)),
        1 => words().prop_map(Step::German),
        1 => vec(0_u128..120, 1..4).prop_map(Step::Forget),
        1 => (0_u128..12).prop_map(Step::ForgetSession),
        4 => Just(Step::Save),
        4 => words().prop_map(Step::Ask),
    ];
    vec(step, 1..40)
}

/// What a step appends.
fn made(step: &Step, next: u128, last_fact: Option<u128>) -> Vec<Record> {
    match step {
        Step::Say(texts) => (next..).zip(texts).map(|(number, text)| said(number, text)).collect(),
        Step::Show(text) => vec![shown(next, text)],
        Step::Fact(text, replaces) => {
            let mut fact = FactRecord::new("Anna", "lives_in", text.as_str());
            fact.supersedes = last_fact.filter(|_| *replaces).map(id);
            vec![record(next, Body::Fact(fact))]
        }
        Step::Episode(text, name) => vec![episode(next, text, &[name])],
        Step::German(text) => {
            let turn = TurnAcceptedRecord::new(text.as_str(), Locale::De, RiskLevel::None);
            vec![record(next, Body::TurnAccepted(turn))]
        }
        _ => Vec::new(),
    }
}

proptest! {
    /// An index that was saved and read again, perhaps many times, ranks as one that was made anew, to the last bit of a
    /// score.
    #[test]
    fn what_was_saved_ranks_like_what_was_made_anew(steps in steps()) {
        let store = InMemoryStore::new();
        agree(&store, ann());
        let kept = Recall::new();
        let (mut next, mut last_fact) = (0, None);
        for step in steps {
            let records = made(&step, next, last_fact);
            if matches!(step, Step::Fact(..)) {
                last_fact = Some(next);
            }
            next += records.len() as u128;
            keep(&store, ann(), records.into_iter().map(|record| record.session(session(next / 7))));
            match step {
                Step::Forget(numbers) => {
                    let ids = numbers.into_iter().filter(|number| *number < next).map(id).collect();
                    block_on(store.forget(ann(), &Forget::Records(ids))).unwrap();
                }
                Step::ForgetSession(number) => {
                    block_on(store.forget(ann(), &Forget::Session(session(number)))).unwrap();
                }
                Step::Save => save(&kept, &store),
                Step::Ask(cue) => {
                    let cues = [
                        Cue::new(cue.as_str()).limit(30).at(at(next as i64)),
                        Cue::new(cue.as_str()).limit(3).tokens(20).locale(Locale::De).outside(session(next / 7)),
                    ];
                    for cue in cues {
                        let ask = |recall: &Recall| block_on(recall.recall(&store, ann(), &cue)).unwrap();
                        // Nothing of it in memory, and nothing of it saved.
                        let read = Recall::new();
                        let (from_saved, from_memory) = (ask(&read), ask(&kept));
                        let bare = FaultyStore::new(store.clone())
                            .fail_from(StoreCall::Snapshot, 1, StoreErrorKind::Unavailable);
                        let anew = block_on(Recall::new().recall(&bare, ann(), &cue)).unwrap();
                        prop_assert_eq!(&from_saved, &anew);
                        prop_assert_eq!(&from_memory, &anew);
                        // What goes on from what was saved saves the same again.
                        if let Some(saved) = saved(&store) {
                            save(&read, &store);
                            prop_assert!(Index::saved(ann(), saved).is_some());
                        }
                    }
                }
                _ => {}
            }
        }
    }
}
