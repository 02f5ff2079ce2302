//! A store that scans and copies, and so is too simple to be wrong; and random work for it and for real ones.

use std::collections::{BTreeMap, BTreeSet};

use alliance_core::{
    id::{RecordId, SessionId},
    record::{Record, RecordKind},
    store::{Expect, Forget, MemoryStore, Order, Page, Revision, Selection, StoreErrorKind, Topic},
};
use futures::executor::block_on;
use proptest::{collection::vec, option, prelude::*};

use crate::{
    RecallTerms,
    fixture::{at, batch, fact, id, plan, said, session, shown, user},
};

#[derive(Clone, Default)]
pub(crate) struct Model {
    head: u64,
    erasures: u64,
    log: Vec<(u64, Record)>,
    gone: BTreeSet<RecordId>,
}

impl Model {
    fn append(&mut self, expect: Expect, records: &[Record]) -> Result<u64, StoreErrorKind> {
        let held = |record: &Record| self.log.iter().find(|(_, held)| held.id == record.id);
        if records.iter().all(|record| held(record).is_some_and(|(_, held)| held == record)) {
            return Ok(records.iter().filter_map(|r| held(r).map(|(at, _)| *at)).max().unwrap_or(self.head));
        }
        if records.iter().any(|record| held(record).is_some_and(|(_, held)| held != record)) {
            return Err(StoreErrorKind::IdReused);
        }
        let gone = |record: &Record| {
            self.gone.contains(&record.id) || record.derived_from.iter().any(|id| self.gone.contains(id))
        };
        if records.iter().any(gone) {
            return Err(StoreErrorKind::Erased);
        }
        if records.iter().any(|record| held(record).is_some()) {
            return Err(StoreErrorKind::IdReused);
        }
        let newest = |session: SessionId| self.log.iter().rfind(|(_, r)| r.session == Some(session));
        let holds = match expect {
            Expect::Any => true,
            Expect::Head(head) => head.number() == self.head,
            Expect::Session(session, at) => newest(session).is_none_or(|(newest, _)| *newest <= at.number()),
            _ => false,
        };
        if !holds {
            return Err(StoreErrorKind::Conflict);
        }
        for record in records {
            self.head += 1;
            self.log.push((self.head, record.clone()));
        }
        Ok(self.head)
    }

    fn forget(&mut self, what: &Forget) -> u64 {
        let mut gone: BTreeSet<RecordId> = match what {
            Forget::Records(ids) => ids.iter().copied().collect(),
            _ => BTreeSet::new(),
        };
        gone.extend(self.log.iter().filter(|(_, r)| what.means(r)).map(|(_, r)| r.id));
        for _ in 0..self.log.len() {
            let derived = self.log.iter().filter(|(_, r)| r.derived_from.iter().any(|id| gone.contains(id)));
            let derived: Vec<_> = derived.map(|(_, r)| r.id).collect();
            gone.extend(derived);
        }
        let before = self.log.len();
        self.log.retain(|(_, record)| !gone.contains(&record.id));
        self.gone.extend(gone);
        let erased = (before - self.log.len()) as u64;
        self.head += erased;
        self.erasures += u64::from(erased > 0);
        erased
    }

    fn page(&self, selection: &Selection) -> Page {
        let mut found: Vec<_> =
            self.log.iter().filter(|(at, r)| selection.includes(Revision::new(*at), r)).cloned().collect();
        if selection.order == Order::NewestFirst {
            found.reverse();
        }
        let more = found.len() > selection.limit;
        found.truncate(selection.limit);
        let next = found.last().filter(|_| more).map(|(at, _)| Revision::new(*at));
        let stored =
            |(at, record)| alliance_core::store::Stored::new(Revision::new(at), std::sync::Arc::new(record));
        let found = found.into_iter().map(stored).collect();
        Page::new(found, Revision::new(self.head), self.erasures).next(next)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Append(u128, Expect, Vec<Record>),
    Forget(u128, Forget),
    Read(u128, Selection),
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let one = (0_u8..5, option::of(0_u128..3), vec(0_u128..30, 0..2));
    (0_u128..24, vec(one, 1..4)).prop_map(|(first, parts)| {
        let ids = first..;
        let made = ids.zip(parts).map(|(number, (shape, place, sources))| {
            let record = match shape {
                0 => said(number, "lamp"),
                1 => said(number, "harbour"),
                2 => shown(number, "reply"),
                3 => plan(number, "reply"),
                _ => fact(number, "a", "b", "c"),
            };
            // A batch lets go of the sources of what outlasts them.
            let sources = sources.into_iter().filter(|_| !record.kind().outlasts_words());
            let sources: Vec<_> = sources.map(id).collect();
            let record = record.derived_from(sources);
            place.map_or_else(|| record.clone(), |place| record.clone().session(session(place)))
        });
        made.collect()
    })
}

fn expectation() -> impl Strategy<Value = Expect> {
    let revision = || (0_u64..20).prop_map(Revision::new);
    prop_oneof![
        6 => Just(Expect::Any),
        2 => (0_u128..3, revision()).prop_map(|(place, at)| Expect::Session(session(place), at)),
        1 => revision().prop_map(Expect::Head),
    ]
}

fn about(words: &str) -> Forget {
    Forget::About(Topic::new(words, RecallTerms).unwrap())
}

fn erasure() -> impl Strategy<Value = Forget> {
    prop_oneof![
        4 => vec(0_u128..30, 0..3).prop_map(|ids| Forget::Records(ids.into_iter().map(id).collect())),
        2 => (0_u128..3).prop_map(|place| Forget::Session(session(place))),
        1 => (0_i64..30, 0_i64..6).prop_map(|(from, span)| Forget::Between(at(from), at(from + span))),
        1 => Just(Forget::Kind(RecordKind::Fact)),
        1 => proptest::sample::select(vec!["lamp", "reply"]).prop_map(about),
        1 => Just(Forget::Safety),
        1 => Just(Forget::Everything),
    ]
}

pub(crate) fn selection() -> impl Strategy<Value = Selection> {
    let kinds = [RecordKind::TurnAccepted, RecordKind::TurnEnded, RecordKind::Fact];
    let kinds = proptest::sample::subsequence(kinds.to_vec(), 0..=3);
    let ids = prop_oneof![3 => Just(Vec::new()), 1 => vec(0_u128..30, 1..6)];
    let span = (0_u64..12, option::of(0_u64..40));
    (kinds, option::of(0_u128..3), ids, span, 1_usize..7, any::<bool>()).prop_map(
        |(kinds, place, ids, (after, before), limit, reversed)| {
            let mut selection = Selection::all().kinds(kinds).ids(ids.into_iter().map(id)).limit(limit);
            selection.session = place.map(session);
            selection.after = Revision::new(after);
            selection.before = before.map(Revision::new);
            if reversed { selection.newest_first() } else { selection }
        },
    )
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0_u128..2, expectation(), records()).prop_map(|(who, e, r)| Step::Append(who, e, r)),
        1 => (0_u128..2, erasure()).prop_map(|(who, what)| Step::Forget(who, what)),
        3 => (0_u128..2, selection()).prop_map(|(who, selection)| Step::Read(who, selection)),
    ];
    vec(step, 1..40)
}

/// Does the steps to a store and to models of its people, who are counted from `first`, and compares after each.
pub(crate) fn agrees_with_model(
    store: &dyn MemoryStore,
    first: u128,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    let user = |who: u128| user(first + who);
    let mut people: BTreeMap<u128, Model> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Append(who, expect, records) => {
                let wanted = people.entry(who).or_default().append(expect, &records);
                let got = block_on(store.append(user(who), expect, batch(records)));
                prop_assert_eq!(got.map(Revision::number).map_err(|error| error.kind), wanted);
            }
            Step::Forget(who, what) => {
                let wanted = people.entry(who).or_default().forget(&what);
                prop_assert_eq!(block_on(store.forget(user(who), &what)).unwrap().total(), wanted);
            }
            Step::Read(who, selection) => {
                let wanted = people.entry(who).or_default().page(&selection);
                prop_assert_eq!(block_on(store.read(user(who), &selection)).unwrap(), wanted);
            }
        }
        for (who, model) in &people {
            let page = block_on(store.read(user(*who), &Selection::all())).unwrap();
            prop_assert_eq!(page, model.page(&Selection::all()));
        }
    }
    Ok(())
}
