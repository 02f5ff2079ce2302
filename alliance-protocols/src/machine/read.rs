//! How an answer fills a slot.

use alliance_core::protocol::{AnswerForm, Progress, SlotValue};
use alliance_core::safety::Screening;

use super::{Machine, Slot, counts};
use crate::{
    answers::{self, Figure, Spoken},
    definition::SlotKind,
    pack::Pack,
};

/// What an answer comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Read {
    /// A whole value.
    Value(SlotValue),
    /// A list that is not long enough yet.
    More(SlotValue),
    /// The value that was there before.
    Same,
    /// A number out of range.
    Outside,
    /// No answer to this.
    Nothing,
}

impl Machine {
    /// Reads an answer in the language of the session, then in the others.
    pub(super) fn read(&self, progress: &Progress, name: &str, said: &str, screening: &Screening) -> Read {
        let Some(slot) = self.slots.get(name) else { return Read::Nothing };
        let spoken = Spoken::new(said);
        let mut outside = false;
        let stale = progress.stale.contains(name) && progress.slots.contains_key(name);
        // Words of one's own come last: a list or a text takes nearly everything as an answer.
        let own_words = matches!(slot.kind, SlotKind::Text | SlotKind::List);
        for pack in self.packs.from(screening.locale()) {
            if stale && own_words && answers::same(&spoken, pack) {
                return Read::Same;
            }
        }
        for (locale, pack) in self.packs.each(screening.locale()) {
            let read = match slot.kind {
                SlotKind::Rating | SlotKind::Number => match answers::number(said, slot.scale, pack) {
                    Figure::Value(value) => Read::Value(SlotValue::Number(value)),
                    Figure::Outside => {
                        outside = true;
                        Read::Nothing
                    }
                    Figure::None => Read::Nothing,
                },
                SlotKind::YesNo => answers::yes_no(&spoken, pack).map_or(Read::Nothing, |yes| {
                    Read::Value(SlotValue::Choice(if yes { "yes" } else { "no" }.to_owned()))
                }),
                SlotKind::Choice => {
                    let words: Vec<&[String]> = slot
                        .choices
                        .iter()
                        .map(|(_, words)| words.get(&locale).map_or(&[][..], Vec::as_slice))
                        .collect();
                    let index = answers::choice(&spoken, &words, slot.wins, pack);
                    let choice = index.and_then(|index| slot.choices.get(index));
                    choice.map_or(Read::Nothing, |(name, _)| Read::Value(SlotValue::Choice(name.clone())))
                }
                SlotKind::Text | SlotKind::List => continue,
            };
            if read != Read::Nothing {
                return read;
            }
            if stale && answers::same(&spoken, pack) {
                return Read::Same;
            }
        }
        match slot.kind {
            SlotKind::Text => self.text(said, &spoken, screening),
            SlotKind::List => self.list(progress, name, slot, said, screening),
            _ if outside => Read::Outside,
            _ => Read::Nothing,
        }
    }

    /// The form of the answer that is waited for, where a model may read it and the rules read none in what was said.
    pub(super) fn unread(&self, progress: &Progress, said: &Screening) -> Option<AnswerForm> {
        let state = self.states.get(&progress.step).filter(|state| state.model_reads)?;
        let name = state.asks.as_deref()?;
        let scale = self.slots.get(name)?.scale;
        // A number out of range is one that the person knows: the rules say so to them.
        (self.read(progress, name, said.text(), said) == Read::Nothing)
            .then_some(AnswerForm::Number { min: scale.min, max: scale.max })
    }

    /// An answer in words of one's own is one only where no language takes it for none.
    fn text(&self, said: &str, spoken: &Spoken, screening: &Screening) -> Read {
        let mut text = None;
        for pack in self.packs.from(screening.locale()) {
            match answers::text(said, spoken, pack) {
                Some(words) => text = text.or(Some(words)),
                None => return Read::Nothing,
            }
        }
        text.map_or(Read::Nothing, |words| Read::Value(SlotValue::Text(words)))
    }

    fn list(&self, progress: &Progress, name: &str, slot: &Slot, said: &str, screening: &Screening) -> Read {
        let open = counts::of(progress, counts::OPEN, name) > 0;
        let mut items = match progress.slots.get(name) {
            Some(SlotValue::List(items)) if open => items.clone(),
            _ => Vec::new(),
        };
        let answer = self.items(said, slot, screening);
        let nothing_new = answer.items.is_empty();
        items.extend(answer.items.into_iter().map(SlotValue::Text));
        items.truncate(slot.max_items);
        if items.is_empty() {
            return Read::Nothing;
        }
        // Whoever has named something and now names nothing more has said all.
        if items.len() >= slot.min_items || answer.all || nothing_new {
            return Read::Value(SlotValue::List(items));
        }
        Read::More(SlotValue::List(items))
    }

    fn items(&self, said: &str, slot: &Slot, screening: &Screening) -> answers::ListAnswer {
        let spoken = Spoken::new(said);
        let mut packs = self.packs.from(screening.locale());
        if packs.any(|pack| answers::all_said(&spoken, pack) && spoken.len() <= 4) {
            return answers::ListAnswer { items: Vec::new(), all: true };
        }
        let pack = self.said_in(&spoken, screening);
        answers::list(said, slot.split, pack)
    }

    /// The pack whose small words stand in what was said.
    fn said_in(&self, spoken: &Spoken, screening: &Screening) -> &Pack {
        let knows = |pack: &&Pack| {
            spoken.find(&pack.words.and).is_some() || spoken.find(&pack.words.lead_in).is_some()
        };
        self.packs.from(screening.locale()).find(knows).unwrap_or_else(|| self.packs.of(screening.locale()))
    }
}
