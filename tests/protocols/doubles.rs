//! Small protocols in Rust, one for each thing that the engine does with one.

use std::{sync::Arc, time::Duration};

use alliance::{
    protocol::{
        About, Contraindication, Directive, Flag, Instead, Keep, Outcome, Progress, Protocol, ProtocolEvent,
        ProtocolId, ProtocolText, SlotValue, Transition,
    },
    record::EpisodeRecord,
    safety::Locale,
};

/// What a protocol does after its two questions, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Asks twice, and asks for an episode to be kept for a day.
    Plain,
    /// May follow a crisis.
    Calm,
    /// Hands over to `plain` after its first question.
    Outer,
    /// Sets a timer of a minute after its first question.
    Bell,
    /// A model reflects before its second question.
    Reflecting,
}

#[derive(Debug)]
pub struct Double {
    id: ProtocolId,
    kind: Kind,
    texts: Vec<ProtocolText>,
}

impl Double {
    pub fn new(name: &'static str, kind: Kind) -> Self {
        let texts = [
            ("title", format!("the {name} exercise")),
            ("why", format!("The {name} exercise looks at one thing.")),
            ("first", format!("First question of {name}?")),
            ("second", format!("Second question of {name}?")),
            ("close", format!("That was {name}: “{{first}}”.")),
            ("aim", "Say back what weighs most.".to_owned()),
            ("fallback", "Thank you for saying that.".to_owned()),
        ];
        let texts = texts
            .into_iter()
            .flat_map(|(key, text)| Locale::ALL.map(|locale| ProtocolText::new(key, locale, text.clone())));
        Self { id: ProtocolId::new(name, 1), kind, texts: texts.collect() }
    }
}

fn next(progress: &Progress, step: &str, answer: Option<&str>) -> Progress {
    let mut next = progress.clone();
    if let Some(answer) = answer {
        next.slots.insert(progress.step.clone(), SlotValue::Text(answer.to_owned()));
        next.turns += 1;
    }
    step.clone_into(&mut next.step);
    next
}

impl Protocol for Double {
    fn id(&self) -> &ProtocolId {
        &self.id
    }

    fn texts(&self) -> &[ProtocolText] {
        &self.texts
    }

    fn about(&self) -> About {
        let mut about = About::default();
        about.title = Some("title".into());
        about.why = Some("why".into());
        about.names = vec![(Locale::En, self.id.name().into())];
        about.calm = self.kind == Kind::Calm;
        if self.kind == Kind::Outer {
            about.children = vec!["plain".into()];
        }
        if self.kind == Kind::Bell {
            about.contraindications = vec![
                Contraindication::new(Flag::Trauma, Instead::Protocol("calm".into())),
                Contraindication::new(Flag::Psychosis, Instead::Clinician),
            ];
        }
        about
    }

    fn start(&self) -> Progress {
        Progress::at(self.id.clone(), "first")
    }

    fn directive(&self, progress: &Progress) -> Directive {
        match progress.step.as_str() {
            "second" if self.kind == Kind::Outer => Directive::Child("plain".into()),
            "second" if self.kind == Kind::Reflecting => Directive::Aim {
                aim: "aim".into(),
                fallback: Some("fallback".into()),
                then: Some("second".into()),
            },
            "first" => Directive::Fixed("first".into()),
            "second" => Directive::Fixed("second".into()),
            "close" => Directive::Template("close".into()),
            _ => Directive::Ended,
        }
    }

    fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition {
        match (progress.step.as_str(), event) {
            (_, ProtocolEvent::Stop) => Transition::ended(next(progress, "stopped", None), Outcome::Declined),
            (_, ProtocolEvent::Worse) => {
                Transition::ended(next(progress, "stopped", None), Outcome::Parked).worse()
            }
            ("second", ProtocolEvent::Back) => Transition::to(next(progress, "first", None)),
            ("first", ProtocolEvent::Skip) => Transition::to(next(progress, "second", None)),
            ("first", ProtocolEvent::Said(said)) => {
                let moved = Transition::to(next(progress, "second", Some(said.text())));
                if self.kind == Kind::Bell { moved.timer(Duration::from_secs(60)) } else { moved }
            }
            ("second", ProtocolEvent::ChildEnded(_) | ProtocolEvent::Due) => {
                Transition::ended(next(progress, "close", None), Outcome::Completed)
            }
            ("second", ProtocolEvent::Said(said)) => {
                let ended = Transition::ended(next(progress, "close", Some(said.text())), Outcome::Completed);
                let episode =
                    EpisodeRecord::new(format!("They looked at something, and said {}", said.text()));
                let keep = Keep::episode(episode).ttl(Duration::from_secs(24 * 60 * 60));
                if self.kind == Kind::Plain { ended.keep(keep) } else { ended }
            }
            _ => Transition::to(progress.clone()),
        }
    }
}

/// All of them.
pub fn all() -> Vec<Arc<dyn Protocol>> {
    let named = [
        ("plain", Kind::Plain),
        ("calm", Kind::Calm),
        ("outer", Kind::Outer),
        ("bell", Kind::Bell),
        ("reflecting", Kind::Reflecting),
    ];
    named.map(|(name, kind)| Arc::new(Double::new(name, kind)) as Arc<dyn Protocol>).to_vec()
}
