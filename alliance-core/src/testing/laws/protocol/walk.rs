//! A bounded walk over everything that a protocol can reach.

use std::{
    collections::{HashSet, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
};

use alliance_safety::{Locale, RiskLevel, Screening};

use crate::{
    protocol::{Directive, Outcome, Progress, Protocol, ProtocolEvent, SlotValue, Transition},
    testing::{
        laws::{broken, done},
        screened_in,
    },
};

/// How many different progresses a walk visits at most.
pub const MOST_PROGRESS: usize = 2_000;

/// What a person might say: yes, no, numbers, too much, too little, another language. Never a crisis, since
/// the engine suspends a protocol before it would be asked.
const SAID: [(Locale, &str); 12] = [
    (Locale::En, "yes"),
    (Locale::En, "No, not really."),
    (Locale::En, "7"),
    (Locale::En, "about 70%, maybe 75"),
    (Locale::En, "-1000000000000000000000"),
    (Locale::En, ""),
    (Locale::En, "I do not know."),
    (Locale::En, "I felt nervous before the meeting, and then I went home."),
    (Locale::En, "{name} \u{0} \u{202e} 🙂"),
    (Locale::De, "ja"),
    (Locale::De, "Nein, eher nicht."),
    (Locale::De, "Ich weiß nicht so recht, vielleicht morgen."),
];

/// Corrections, with and without the right value.
const CORRECTED: [(Locale, &str); 3] =
    [(Locale::En, "not that"), (Locale::En, "no, I meant 4"), (Locale::De, "nein, ich meinte zwei")];

/// What a model read, of forms that were asked for and others.
fn read() -> [SlotValue; 5] {
    [
        SlotValue::Number(5),
        SlotValue::Number(-1),
        SlotValue::Choice("yes".into()),
        SlotValue::Text("x".into()),
        SlotValue::List(Vec::new()),
    ]
}

/// An event that owns what was said.
pub(super) enum Event {
    Said(Screening),
    Read(Screening, SlotValue),
    Corrected(Screening),
    Plain(ProtocolEvent<'static>),
}

impl Event {
    pub(super) const fn borrow(&self) -> ProtocolEvent<'_> {
        match self {
            Self::Said(screening) => ProtocolEvent::Said(screening),
            Self::Read(screening, value) => ProtocolEvent::Read(screening, value),
            Self::Corrected(screening) => ProtocolEvent::Corrected(screening),
            Self::Plain(event) => *event,
        }
    }
}

/// Every event that a walk tries, in order.
pub(super) fn events() -> Vec<Event> {
    let plain = [
        ProtocolEvent::Skip,
        ProtocolEvent::Back,
        ProtocolEvent::Repeat,
        ProtocolEvent::Why,
        ProtocolEvent::Worse,
        ProtocolEvent::Stop,
        ProtocolEvent::Resumed,
        ProtocolEvent::Due,
        ProtocolEvent::ChildEnded(Outcome::Completed),
        ProtocolEvent::ChildEnded(Outcome::Declined),
    ];
    let said = SAID.map(|(locale, text)| screened_in(locale, text)).into_iter();
    let calm = said.filter(|screening| screening.level() < RiskLevel::Moderate).map(Event::Said);
    let corrected = CORRECTED.map(|(locale, text)| Event::Corrected(screened_in(locale, text)));
    let vague = screened_in(Locale::En, "somewhere in the upper middle");
    let read = read().map(|value| Event::Read(vague.clone(), value));
    calm.chain(read).chain(corrected).chain(plain.map(Event::Plain)).collect()
}

/// One progress, and what the protocol made of it.
pub(super) struct Visit {
    pub(super) progress: Progress,
    /// Whether the transition that led here went on.
    pub(super) goes_on: bool,
    pub(super) directive: Directive,
    /// One for each event of the walk.
    pub(super) transitions: Vec<Transition>,
}

pub(super) struct Walk {
    pub(super) events: Vec<Event>,
    pub(super) visits: Vec<Visit>,
}

impl Walk {
    /// Visits what can be reached. A panic of the protocol breaks P2, whichever clause asks.
    pub(super) fn over<P: Protocol>(clause: &'static str, protocol: &P) -> Self {
        let events = events();
        let mut visits = Vec::new();
        let start = guarded("the start", || protocol.start());
        let mut steps = HashSet::from([start.step.clone()]);
        let mut known = HashSet::from([(written(clause, &start), true)]);
        let mut ahead = VecDeque::from([(start, true)]);
        while let Some((progress, goes_on)) = ahead.pop_front() {
            let step = &progress.step;
            let directive = guarded(step, || protocol.directive(&progress));
            let ask = |event: &Event| guarded(step, || protocol.advance(&progress, &event.borrow()));
            let transitions: Vec<Transition> = events.iter().map(ask).collect();
            for transition in &transitions {
                let next = (transition.progress.clone(), transition.outcome == Outcome::Continues);
                if known.len() >= MOST_PROGRESS || !known.insert((written(clause, &next.0), next.1)) {
                    continue;
                }
                // Steps not seen before come first, so that the bound cuts off repeats and not the end.
                if steps.insert(next.0.step.clone()) {
                    ahead.push_front(next);
                } else {
                    ahead.push_back(next);
                }
            }
            visits.push(Visit { progress, goes_on, directive, transitions });
        }
        Self { events, visits }
    }
}

/// A progress as it is stored.
#[track_caller]
pub(super) fn written(clause: &'static str, progress: &Progress) -> String {
    done(clause, serde_json::to_string(progress), "a progress can be written")
}

fn guarded<T>(step: &str, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        broken("P2 total", format_args!("every event at step `{step}` gives a transition, and no panic"))
    })
}
