//! A small protocol, correct unless a flaw is chosen.

use std::sync::atomic::{AtomicU32, Ordering};

use alliance_core::{
    protocol::{
        AnswerForm, Directive, Outcome, Progress, Protocol, ProtocolEvent, ProtocolId, ProtocolText,
        SlotValue, Transition,
    },
    safety::{Locale, Screening},
};

/// One way to break one clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    Counts,
    Remembers,
    Panics,
    NeverStops,
    LacksGerman,
    OpenSlot,
    FixedWithSlot,
    OtherName,
    TakesAnyForm,
}

const FORM: AnswerForm = AnswerForm::Number { min: 0, max: 10 };

/// Asks for a worry, then for a number, and says it back.
#[derive(Debug)]
pub(crate) struct Worry {
    id: ProtocolId,
    texts: Vec<ProtocolText>,
    quirk: Option<Quirk>,
    calls: AtomicU32,
}

impl Worry {
    pub(crate) fn correct() -> Self {
        Self::new(None)
    }

    pub(crate) fn with(quirk: Quirk) -> Self {
        Self::new(Some(quirk))
    }

    fn new(quirk: Option<Quirk>) -> Self {
        let (en, de) = (Locale::En, Locale::De);
        let mut texts = vec![
            ProtocolText::new("aim", en, "Ask what is on their mind."),
            ProtocolText::new("aim", de, "Frage, was sie beschäftigt."),
            ProtocolText::new("ask", en, "What is on your mind?"),
            ProtocolText::new("ask", de, "Was beschäftigt dich?"),
            ProtocolText::new("rate", en, "How heavy is it, from 0 to 10?"),
            ProtocolText::new("rate", de, "Wie schwer ist es, von 0 bis 10?"),
            ProtocolText::new("close", en, "You said {worry}, and that it weighs {weight}."),
            ProtocolText::new("close", de, "Du sagtest {worry}, und dass es {weight} wiegt."),
        ];
        match quirk {
            Some(Quirk::LacksGerman) => drop(texts.remove(5)),
            Some(Quirk::OpenSlot) => texts[6] = ProtocolText::new("close", en, "You said {worry."),
            Some(Quirk::FixedWithSlot) => texts[4] = ProtocolText::new("rate", en, "How heavy is {worry}?"),
            _ => {}
        }
        Self { id: ProtocolId::new("worry", 1), texts, quirk, calls: AtomicU32::new(0) }
    }

    fn has(&self, quirk: Quirk) -> bool {
        self.quirk == Some(quirk)
    }

    fn next(&self, progress: &Progress, slot: &str, text: &str, step: &str) -> Transition {
        let mut next = progress.clone();
        next.slots.insert(slot.to_owned(), SlotValue::Text(text.to_owned()));
        next.turns += 1;
        step.clone_into(&mut next.step);
        Transition::to(next)
    }
}

impl Protocol for Worry {
    fn id(&self) -> &ProtocolId {
        &self.id
    }

    fn texts(&self) -> &[ProtocolText] {
        &self.texts
    }

    fn start(&self) -> Progress {
        let other = ProtocolId::new("other", 1);
        Progress::at(if self.has(Quirk::OtherName) { other } else { self.id.clone() }, "ask")
    }

    fn directive(&self, progress: &Progress) -> Directive {
        let calls = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.has(Quirk::Counts) && calls > 20 {
            return Directive::Ended;
        }
        match progress.step.as_str() {
            "ask" => Directive::Aim { aim: "aim".into(), fallback: Some("ask".into()), then: None },
            "rate" => Directive::Fixed("rate".into()),
            "close" => Directive::Template("close".into()),
            _ => Directive::Ended,
        }
    }

    fn unread(&self, progress: &Progress, _said: &Screening) -> Option<AnswerForm> {
        (progress.step == "rate").then_some(FORM)
    }

    fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition {
        let calls = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.has(Quirk::Remembers) && calls % 1_000 == 999 {
            return Transition::ended(progress.clone(), Outcome::Parked);
        }
        match (progress.step.as_str(), event) {
            ("rate", ProtocolEvent::Due) if self.has(Quirk::Panics) => {
                // The slot is filled at the next step only.
                assert_ne!(progress.slots["weight"], SlotValue::Number(0));
                Transition::to(progress.clone())
            }
            ("rate", ProtocolEvent::Stop) if self.has(Quirk::NeverStops) => Transition::to(progress.clone()),
            (_, ProtocolEvent::Stop) => Transition::ended(progress.clone(), Outcome::Declined),
            ("rate", ProtocolEvent::Read(_, value))
                if self.has(Quirk::TakesAnyForm) || FORM.admits(value) =>
            {
                let mut next = progress.clone();
                next.slots.insert("weight".to_owned(), (*value).clone());
                next.turns += 1;
                "close".clone_into(&mut next.step);
                Transition::to(next)
            }
            ("ask", ProtocolEvent::Said(said)) => self.next(progress, "worry", said.text(), "rate"),
            ("rate", ProtocolEvent::Said(said) | ProtocolEvent::Read(said, _)) => {
                self.next(progress, "weight", said.text(), "close")
            }
            ("rate", ProtocolEvent::Back) => self.next(progress, "worry", "", "ask"),
            ("close", ProtocolEvent::Said(_)) => {
                let mut end = progress.clone();
                end.step = "end".into();
                Transition::ended(end, Outcome::Completed)
            }
            _ => Transition::to(progress.clone()),
        }
    }
}
