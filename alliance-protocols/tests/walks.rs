//! Random walks with a scripted person: answers, refusals, corrections, digressions, silence, wrong types,
//! another language, and commands. `ALLIANCE_WALKS` says how many a protocol; 200 without it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use alliance_core::{
    protocol::{Directive, Outcome, Progress, Protocol, ProtocolEvent, Transition},
    safety::{Locale, Screening, Timestamp},
    testing::{safety_layer, screened_in},
};
use alliance_protocols::{Definition, Library};

const SAID: [(Locale, &str); 34] = [
    (Locale::En, "yes"),
    (Locale::En, "yes please"),
    (Locale::En, "I guess so"),
    (Locale::En, "no"),
    (Locale::En, "not now"),
    (Locale::En, "7"),
    (Locale::En, "3"),
    (Locale::En, "2"),
    (Locale::En, "95"),
    (Locale::En, "about 40 %"),
    (Locale::En, "between six and seven"),
    (Locale::En, "1000"),
    (Locale::En, "I don't know"),
    (Locale::En, ""),
    (Locale::En, "..."),
    (Locale::En, "What do you mean?"),
    (Locale::En, "By the way, my neighbour has a new dog, and it barks at night."),
    (Locale::En, "I was in the kitchen with my sister, and she did not look at me."),
    (Locale::En, "a lamp, a chair and the door"),
    (Locale::En, "sad"),
    (Locale::En, "that's all"),
    (Locale::En, "the same"),
    (Locale::En, "just talk"),
    (Locale::En, "calm down"),
    (Locale::En, "look at a thought"),
    (Locale::En, "a fear"),
    (Locale::En, "one more round"),
    (Locale::En, "all five"),
    (Locale::De, "ja gern"),
    (Locale::De, "eher nicht"),
    (Locale::De, "dreiundzwanzig"),
    (Locale::De, "Ich war allein zu Hause und habe gewartet."),
    (Locale::De, "einfach reden"),
    (Locale::De, "das war alles"),
];
const CORRECTED: [(Locale, &str); 5] = [
    (Locale::En, "no, I meant 4"),
    (Locale::En, "not that"),
    (Locale::En, "the feeling was another one"),
    (Locale::De, "nein, ich meinte sechs"),
    (Locale::De, "das war falsch"),
];

/// A small generator, seeded: the same walks every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }
}

struct Person {
    said: Vec<Screening>,
    corrected: Vec<Screening>,
    dice: Dice,
}

impl Person {
    fn new() -> Self {
        let screened = |(locale, text): &(Locale, &str)| screened_in(*locale, text);
        Self {
            said: SAID.iter().map(screened).collect(),
            corrected: CORRECTED.iter().map(screened).collect(),
            dice: Dice(0x9e37_79b9_7f4a_7c15),
        }
    }

    fn next(&mut self) -> ProtocolEvent<'_> {
        match self.dice.below(60) {
            0 => ProtocolEvent::Back,
            1 => ProtocolEvent::Skip,
            2 => ProtocolEvent::Repeat,
            3 => ProtocolEvent::Why,
            4 => ProtocolEvent::Resumed,
            5 => ProtocolEvent::Due,
            6 if self.dice.below(4) == 0 => ProtocolEvent::Worse,
            7 if self.dice.below(4) == 0 => ProtocolEvent::Stop,
            8..=12 => {
                let at = self.dice.below(self.corrected.len());
                ProtocolEvent::Corrected(&self.corrected[at])
            }
            _ => {
                let at = self.dice.below(self.said.len());
                ProtocolEvent::Said(&self.said[at])
            }
        }
    }

    fn event(&mut self, protocol: &Definition, progress: &Progress, goes_along: usize) -> ProtocolEvent<'_> {
        if self.dice.below(10) < goes_along { self.helpful(protocol, progress) } else { self.next() }
    }

    /// An answer that moves it on, where a few tries find one: a person who goes along.
    fn helpful(&mut self, protocol: &Definition, progress: &Progress) -> ProtocolEvent<'_> {
        let mut at = 0;
        for _ in 0..12 {
            at = self.dice.below(self.said.len());
            let transition = protocol.advance(progress, &ProtocolEvent::Said(&self.said[at]));
            let moves = transition.progress.step != progress.step || !transition.lead.is_empty();
            let ends = matches!(transition.outcome, Outcome::Declined | Outcome::Parked);
            if moves && !ends {
                break;
            }
        }
        ProtocolEvent::Said(&self.said[at])
    }
}

fn walks() -> usize {
    std::env::var("ALLIANCE_WALKS").ok().and_then(|walks| walks.parse().ok()).unwrap_or(200)
}

/// Whether the person is asked a question whose answer is there and fresh.
fn asks_again(protocol: &Definition, progress: &Progress) -> bool {
    let Some(slot) = protocol.asks(&progress.step) else { return false };
    let open = progress.counts.contains_key(&format!("open/{slot}"));
    progress.slots.contains_key(slot) && !progress.stale.contains(slot) && !open
}

#[derive(Default)]
struct Ends {
    completed: usize,
    declined: usize,
    parked: usize,
    kept: usize,
}

fn walk(protocol: &Definition, person: &mut Person, ends: &mut Ends) {
    let mut progress = protocol.start();
    progress.started = Some(Timestamp::from_millis(0));
    // Some go along with nearly everything, some with nothing.
    let goes_along = person.dice.below(11);
    let (mut spoken, mut quiet) = (0, 0);
    let last: Transition = loop {
        progress.now = Some(Timestamp::from_millis(i64::from(spoken) * 20_000));
        let directive = protocol.directive(&progress);
        assert_ne!(directive, Directive::Ended, "it has something to say at `{}`", progress.step);
        let child = matches!(directive, Directive::Child(_));
        let event = if child {
            ProtocolEvent::ChildEnded(Outcome::Completed)
        } else {
            person.event(protocol, &progress, goes_along)
        };
        let of_the_person =
            !matches!(event, ProtocolEvent::Resumed | ProtocolEvent::Due | ProtocolEvent::ChildEnded(_));
        let transition = protocol.advance(&progress, &event);
        spoken += u32::from(of_the_person);
        quiet = if of_the_person { 0 } else { quiet + 1 };
        assert!(quiet < 100, "it moves");
        assert_eq!(transition.progress.turns, spoken, "every turn of the person counts");
        if transition.outcome != Outcome::Continues {
            break transition;
        }
        assert!(transition.keep.is_empty(), "nothing is kept before the end");
        assert!(spoken < protocol.max_turns(), "it ends within `max_turns`");
        let again = asks_again(protocol, &transition.progress);
        let step = &transition.progress.step;
        assert!(
            !again,
            "{} `{step}` asks what is answered, from `{}` by {event:?}",
            protocol.id(),
            progress.step
        );
        progress = transition.progress;
    };
    assert!(spoken <= protocol.max_turns());
    match last.outcome {
        Outcome::Completed => ends.completed += 1,
        Outcome::Declined => ends.declined += 1,
        _ => ends.parked += 1,
    }
    if last.outcome != Outcome::Completed {
        assert!(last.keep.is_empty(), "only what came to its end is kept");
    }
    ends.kept += last.keep.len();
}

#[test]
fn every_walk_ends_in_time_and_asks_nothing_twice() {
    let library = Library::built_in(&safety_layer()).unwrap();
    let mut person = Person::new();
    for protocol in library.iter() {
        let mut ends = Ends::default();
        for _ in 0..walks() {
            walk(protocol, &mut person, &mut ends);
        }
        println!(
            "{}: {} completed, {} declined, {} parked, {} kept",
            protocol.id(),
            ends.completed,
            ends.declined,
            ends.parked,
            ends.kept
        );
        assert!(ends.completed > 0 && ends.declined > 0 && ends.parked > 0, "walks end in every way");
    }
}
