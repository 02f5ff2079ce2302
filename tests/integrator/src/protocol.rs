//! A protocol of two questions.

use std::sync::Arc;

use alliance::{
    protocol::{
        Directive, Outcome, Progress, Protocol, ProtocolEvent, ProtocolId, ProtocolText, SlotValue,
        Transition,
    },
    safety::Locale,
};

/// Asks what went well today and then says it back.
#[derive(Clone, Debug)]
pub struct GoodThing {
    id: ProtocolId,
    texts: Vec<ProtocolText>,
}

impl GoodThing {
    /// The protocol with its texts.
    pub fn new() -> Self {
        let texts = [
            ("ask", Locale::En, "What is one small thing that went well today?"),
            ("ask", Locale::De, "Was ist heute gut gelaufen, und sei es noch so klein?"),
            ("close", Locale::En, "Thank you for telling me: {thing}"),
            ("close", Locale::De, "Danke, dass du mir das erzählt hast: {thing}"),
        ];
        let texts = texts.map(|(key, locale, text)| ProtocolText::new(key, locale, text));
        Self { id: ProtocolId::new("good_thing", 1), texts: texts.into() }
    }

    fn at(&self, step: &str, from: &Progress) -> Progress {
        let mut progress = Progress::at(self.id.clone(), step);
        progress.slots.clone_from(&from.slots);
        progress.turns = from.turns;
        progress
    }
}

impl Default for GoodThing {
    fn default() -> Self {
        Self::new()
    }
}

impl Protocol for GoodThing {
    fn id(&self) -> &ProtocolId {
        &self.id
    }

    fn texts(&self) -> &[ProtocolText] {
        &self.texts
    }

    fn start(&self) -> Progress {
        Progress::at(self.id.clone(), "ask")
    }

    fn directive(&self, progress: &Progress) -> Directive {
        match progress.step.as_str() {
            "ask" => Directive::Fixed(Arc::from("ask")),
            "close" => Directive::Template(Arc::from("close")),
            _ => Directive::Ended,
        }
    }

    fn advance(&self, progress: &Progress, event: &ProtocolEvent<'_>) -> Transition {
        match (progress.step.as_str(), event) {
            ("ask", ProtocolEvent::Said(screening)) => {
                let mut next = self.at("close", progress);
                next.slots.insert("thing".to_owned(), SlotValue::Text(screening.text().to_owned()));
                next.turns += 1;
                Transition::ended(next, Outcome::Completed)
            }
            (_, ProtocolEvent::Skip | ProtocolEvent::Stop) | ("close" | "ended", _) => {
                Transition::ended(self.at("ended", progress), Outcome::Declined)
            }
            _ => Transition::to(progress.clone()),
        }
    }
}
