//! The commands about exercises.

use std::error::Error;

use alliance::{
    record::ProgressState,
    session::{Offer, ProtocolError},
};
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::{
    command::is_sentence,
    kept::short,
    talk::{Outcome, Talk},
    texts::fill,
};

impl Talk {
    /// What there is, and whether it may begin now.
    pub(crate) fn list_protocols(&mut self) -> Outcome {
        let offers = self.session.protocols();
        let texts = &self.texts.exercises;
        let mut lines = vec![if offers.is_empty() { &texts.none } else { &texts.list }.clone()];
        for offer in &offers {
            let why = offer.why.as_ref().map_or("", |why| why.as_str());
            let state = if offer.available { &texts.available } else { &texts.unavailable };
            let id = offer.id.name();
            let line = fill(&texts.item, &[("id", id), ("title", &offer.title), ("why", why.trim())]);
            lines.push(format!("- {} {}", line.trim(), fill(state, &[("id", id)])));
        }
        let data: Vec<Value> = offers
            .iter()
            .map(|offer| {
                json!({
                    "id": offer.id.name(),
                    "version": offer.id.version(),
                    "title": offer.title,
                    "why": offer.why.as_ref().map(|why| why.as_str()),
                    "calm": offer.calm,
                    "available": offer.available,
                })
            })
            .collect();
        Ok(self.screen.tell("protocols", &lines.join("\n"), json!({ "protocols": data }))?)
    }

    /// Begins an exercise by its id or its title. `line` is what was typed, should it be a sentence.
    pub(crate) fn start(&mut self, name: Option<&str>, line: &str) -> Outcome {
        let offers = self.session.protocols();
        let list = offers.iter().map(|offer| offer.id.name()).collect::<Vec<_>>().join(", ");
        let texts = &self.texts.exercises;
        let Some(name) = name else {
            let text = match offers.first() {
                Some(first) => fill(&texts.which, &[("list", &list), ("example", first.id.name())]),
                None => texts.none.clone(),
            };
            return Ok(self.screen.say("start", &text)?);
        };
        match offers.iter().find(|offer| is_called(offer, name)) {
            Some(offer) => {
                let name = offer.id.name().to_owned();
                if offer.available && self.ask_before(&name)? {
                    return Ok(());
                }
                self.begin(&name)
            }
            None if is_sentence(name) => self.turn(line),
            None if offers.is_empty() => Ok(self.screen.say("error", &texts.none)?),
            None => Ok(self.screen.say("error", &fill(&texts.unknown, &[("list", &list)]))?),
        }
    }

    pub(crate) fn begin(&mut self, name: &str) -> Outcome {
        match block_on(self.session.start_protocol(name)) {
            Ok(turn) => self.show(turn),
            Err(error) => self.refuse(error),
        }
    }

    fn refuse(&mut self, error: ProtocolError) -> Outcome {
        let offers = self.session.protocols();
        let names = |offers: &mut dyn Iterator<Item = &Offer>| {
            offers.map(|offer| offer.id.name().to_owned()).collect::<Vec<_>>().join(", ")
        };
        let texts = &self.texts.exercises;
        let (reason, text) = match error {
            ProtocolError::NotNow { .. } => ("not_now", texts.not_now.clone()),
            ProtocolError::OnlyCalm { .. } => {
                let calm = names(&mut offers.iter().filter(|offer| offer.calm && offer.available));
                let text = if calm.is_empty() { &texts.only_calm_plain } else { &texts.only_calm };
                ("only_calm", fill(text, &[("calm", &calm)]))
            }
            ProtocolError::Contraindicated { .. } => ("contraindicated", texts.contraindicated.clone()),
            ProtocolError::TooMany => ("too_many", texts.too_many.clone()),
            _ => ("unknown", fill(&texts.unknown, &[("list", &names(&mut offers.iter()))])),
        };
        Ok(self.screen.tell("refused", &text, json!({ "reason": reason }))?)
    }

    /// Which exercise runs, and what was asked last in it.
    pub(crate) fn say_where(&mut self) -> Result<(), Box<dyn Error>> {
        let texts = &self.texts.exercises;
        let Some(position) = self.session.position() else {
            return Ok(self.screen.tell("where", &texts.free, json!({ "protocol": null }))?);
        };
        let (state, text) = match position.state {
            ProgressState::Running => ("running", &texts.running),
            ProgressState::Paused => ("paused", &texts.paused),
            ProgressState::Asked => ("asked", &texts.asked),
            _ => ("suspended", &texts.suspended),
        };
        let turns = position.turns.to_string();
        let mut said = vec![fill(text, &[("title", &position.title), ("turns", &turns)])];
        if state != "suspended" {
            let words = last_words(&self.in_exercise);
            if !words.is_empty() {
                said.push(fill(&texts.last, &[("words", &words)]));
            }
            if !position.below.is_empty() {
                said.push(fill(&texts.below, &[("below", &position.below.join(", "))]));
            }
        }
        let more = json!({
            "protocol": position.protocol.to_string(),
            "title": position.title,
            "step": &*position.step,
            "turns": position.turns,
            "state": state,
            "below": position.below,
        });
        Ok(self.screen.tell("where", &said.join("\n"), more)?)
    }
}

fn is_called(offer: &Offer, name: &str) -> bool {
    let typed = name.to_lowercase().replace([' ', '-'], "_");
    offer.id.name().to_lowercase() == typed || offer.title.to_lowercase() == name.to_lowercase()
}

/// The last paragraph of what was said: the question of the step.
fn last_words(words: &str) -> String {
    short(words.trim().rsplit("\n\n").next().unwrap_or_default())
}
