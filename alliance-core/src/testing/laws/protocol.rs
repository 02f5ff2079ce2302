//! The clauses of [`Protocol`], P1 to P4, over a bounded walk.
//!
//! The walk starts at the start and tries every event at everything that it reaches, steps it has not seen
//! before others, until it has seen everything or [`MOST_PROGRESS`] of it.

mod walk;

use std::{collections::BTreeSet, sync::Arc};

use alliance_safety::{Locale, SafetyLayer, Script};

use super::{broken, done, holds};
use crate::{
    protocol::{Directive, Outcome, Progress, Protocol, ProtocolEvent},
    testing::safety_layer,
};

pub use walk::MOST_PROGRESS;
use walk::{Walk, events, written};

/// P1 pure: the same progress and event give the same directive and transition, every time.
///
/// Asks twice in a row, asks another instance, and asks again after the whole walk, in the other order.
///
/// # Panics
///
/// Where the clause is broken.
pub fn p1_pure<P: Protocol>(make: impl Fn() -> P) {
    const CLAUSE: &str = "P1 pure";
    let (protocol, other) = (make(), make());
    holds(CLAUSE, protocol.start() == protocol.start(), "it starts at the same place every time");
    holds(CLAUSE, protocol.id() == other.id(), "its id is the same every time");
    holds(CLAUSE, protocol.texts() == other.texts(), "its texts are the same every time");
    let walk = Walk::over(CLAUSE, &protocol);
    for visit in walk.visits.iter().rev() {
        let progress = &visit.progress;
        for protocol in [&protocol, &other] {
            let same = protocol.directive(progress) == visit.directive;
            holds(CLAUSE, same, "the same progress gives the same directive");
            for (event, transition) in walk.events.iter().zip(&visit.transitions).rev() {
                let same = protocol.advance(progress, &event.borrow()) == *transition;
                holds(CLAUSE, same, "the same progress and event give the same transition");
            }
        }
    }
}

/// P2 total: every event in every progress that can be reached gives a transition and no panic. What a model read
/// counts as said only, where it has another form than [`Protocol::unread`] names.
///
/// # Panics
///
/// Where the clause is broken.
pub fn p2_total<P: Protocol>(make: impl Fn() -> P) {
    const CLAUSE: &str = "P2 total";
    let walk = Walk::over(CLAUSE, &make());
    holds(CLAUSE, !walk.visits.is_empty(), "there is a progress to start at");
    let protocol = make();
    for visit in &walk.visits {
        for (event, transition) in walk.events.iter().zip(&visit.transitions) {
            let ProtocolEvent::Read(said, value) = event.borrow() else { continue };
            let Some(form) = protocol.unread(&visit.progress, said) else { continue };
            let as_said = || protocol.advance(&visit.progress, &ProtocolEvent::Said(said)) == *transition;
            holds(CLAUSE, form.admits(value) || as_said(), "what has another form counts as said only");
        }
    }
}

/// P3 can end: from every progress that can be reached, [`ProtocolEvent::Stop`] ends it.
///
/// # Panics
///
/// Where the clause is broken.
pub fn p3_can_end<P: Protocol>(make: impl Fn() -> P) {
    const CLAUSE: &str = "P3 can end";
    let protocol = make();
    for visit in Walk::over(CLAUSE, &protocol).visits {
        // Where it ended already there is nothing to stop.
        if visit.goes_on {
            let outcome = protocol.advance(&visit.progress, &ProtocolEvent::Stop).outcome;
            if outcome == Outcome::Continues {
                broken(CLAUSE, format_args!("`Stop` ends it at step `{}`", visit.progress.step));
            }
        }
    }
}

/// P4 plain data: progress that was written and read behaves as before; every text that a directive names is
/// there in every shipped language; review lets every text through; every progress names its protocol.
///
/// # Panics
///
/// Where the clause is broken.
pub fn p4_plain_data<P: Protocol>(make: impl Fn() -> P) {
    const CLAUSE: &str = "P4 plain data";
    let (protocol, layer) = (make(), safety_layer());
    let about = protocol.about();
    let mut named: BTreeSet<_> =
        about.title.iter().chain(&about.why).map(|key| (Arc::clone(key), Filled::No)).collect();
    for text in protocol.texts() {
        admitted(CLAUSE, &layer, &text.key, text.locale, &text.text);
    }
    let walk = Walk::over(CLAUSE, &protocol);
    for visit in &walk.visits {
        let before = &visit.progress;
        holds(CLAUSE, before.protocol == *protocol.id(), "a progress names its protocol and version");
        let read = serde_json::from_str::<Progress>(&written(CLAUSE, before)).ok();
        let read = read.as_ref().filter(|read| *read == before);
        let Some(read) = read else {
            broken(CLAUSE, format_args!("what is written at step `{}` is read as it was", before.step))
        };
        // Another instance has nothing but the data to go by.
        let other = make();
        let same = other.directive(read) == visit.directive;
        holds(CLAUSE, same, "progress that was read gives the same directive");
        let mut pairs = walk.events.iter().zip(&visit.transitions);
        let same = pairs.all(|(event, transition)| other.advance(read, &event.borrow()) == *transition);
        holds(CLAUSE, same, "progress that was read gives the same transitions");
        let filled = match &visit.directive {
            Directive::Fixed(key) => {
                named.insert((Arc::clone(key), Filled::No));
                Vec::new()
            }
            Directive::Aim { aim, fallback, then } => {
                named.insert((Arc::clone(aim), Filled::No));
                fallback.iter().chain(then).collect()
            }
            Directive::Template(key) => vec![key],
            Directive::Child(_) | Directive::Ended => Vec::new(),
        };
        let leads = visit.transitions.iter().flat_map(|transition| &transition.lead);
        named.extend(filled.into_iter().chain(leads).map(|key| (Arc::clone(key), Filled::Yes)));
    }
    for (key, filled) in named {
        for locale in Locale::ALL {
            let Some(text) = protocol.texts().iter().find(|text| text.key == key && text.locale == locale)
            else {
                broken(CLAUSE, format_args!("the text `{key}` is there in `{locale}`"))
            };
            let script = admitted(CLAUSE, &layer, &key, locale, &text.text);
            if filled == Filled::No && script.fixed().is_none() {
                broken(CLAUSE, format_args!("the fixed text `{key}` ({locale}) has no slots"));
            }
        }
    }
}

/// The protocol works as `Arc<dyn Protocol>` and as `Box<dyn Protocol>`.
///
/// # Panics
///
/// Where it does not.
pub fn works_through_dyn<P: Protocol + 'static>(make: impl Fn() -> P) {
    let shared: Arc<dyn Protocol> = Arc::new(make());
    let boxed: Box<dyn Protocol> = Box::new(make());
    same_as(&make(), &shared);
    same_as(&make(), &boxed);
}

fn same_as(direct: &impl Protocol, pointer: &impl Protocol) {
    const CLAUSE: &str = "works through dyn";
    let start = direct.start();
    holds(CLAUSE, pointer.id() == direct.id(), "the id is the same through a pointer");
    holds(CLAUSE, pointer.texts() == direct.texts(), "the texts are the same through a pointer");
    holds(CLAUSE, pointer.start() == start, "the start is the same through a pointer");
    let same = pointer.directive(&start) == direct.directive(&start);
    holds(CLAUSE, same, "the directive is the same through a pointer");
    for event in events() {
        let same = pointer.advance(&start, &event.borrow()) == direct.advance(&start, &event.borrow());
        holds(CLAUSE, same, "the transition is the same through a pointer");
    }
}

/// Whether slots of a text are filled in before it is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Filled {
    Yes,
    No,
}

#[track_caller]
fn admitted(clause: &'static str, layer: &SafetyLayer, key: &str, locale: Locale, text: &str) -> Script {
    done(
        clause,
        layer.admit_script(text, locale),
        &format!("review lets the text `{key}` ({locale}) through"),
    )
}
