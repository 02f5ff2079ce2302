//! Which text is said at a progress, and what its places are filled with.

use std::sync::Arc;

use alliance_core::protocol::{Directive, Progress, SlotValue};
use alliance_core::safety::Locale;

use super::{Machine, Slot, State, counts};
use crate::{
    answers::clipped,
    definition::{Kind, SlotKind},
};

/// How many characters of a value are shown.
pub(crate) const SHOWN: usize = 160;

/// The steps beside a definition's own, where a protocol ends. No state has such a name.
pub(crate) const ENDS: [(&str, &str); 5] = [
    ("~stopped", "stopped"),
    ("~worse", "worse"),
    ("~turns", "parked_turns"),
    ("~time", "parked_time"),
    ("~early", "parked_early"),
];

/// The key of a text of the pack, for a slot where it names one.
pub(crate) fn pack_key(name: &str, variant: usize, slot: Option<&str>) -> Arc<str> {
    match slot {
        Some(slot) => format!("pack.{name}.{variant}.{slot}").into(),
        None => format!("pack.{name}.{variant}").into(),
    }
}

/// The key of an item of an instrument.
pub(crate) fn item_key(state: &str, item: usize) -> Arc<str> {
    format!("measure.{state}.{}", item + 1).into()
}

impl Machine {
    pub(super) fn directive(&self, progress: &Progress) -> Directive {
        if let Some((_, text)) = ENDS.into_iter().find(|(step, _)| *step == progress.step) {
            return Directive::Fixed(pack_key(text, 0, None));
        }
        let Some(state) = self.states.get(&progress.step) else { return Directive::Ended };
        if let Some(run) = &state.run {
            return Directive::Child(Arc::clone(run));
        }
        let asked = state.asks.as_ref().map_or(0, |slot| counts::of(progress, counts::ASKED, slot));
        if let (1.., Some(name)) = (asked, &state.asks) {
            return Directive::Fixed(self.again(progress, name, asked));
        }
        if let Some(measure) = &state.measure {
            if counts::of(progress, counts::ASKED, &state.id) > 0 {
                let variant = counts::of(progress, counts::ASKED, &state.id) as usize - 1;
                return Directive::Fixed(pack_key("again_measure", variant.min(1), Some(&state.id)));
            }
            let item = answered(progress, &state.id).min(measure.items.saturating_sub(1));
            return Directive::Fixed(item_key(&state.id, item));
        }
        let open = state.asks.as_ref().map_or(0, |slot| counts::of(progress, counts::OPEN, slot));
        if open > 0 {
            return Directive::Fixed(pack_key("more", self.variant("more", open - 1), None));
        }
        self.own(state, progress)
    }

    /// The state's own words.
    fn own(&self, state: &State, progress: &Progress) -> Directive {
        let say = say(state, progress);
        let templated = !state.says.is_empty();
        match (&state.aim, say) {
            (Some(aim), say) if say.is_none() || counts::of(progress, counts::QUIET, "") == 0 => {
                let listen = || pack_key("listen", self.variant("listen", progress.turns), None);
                Directive::Aim {
                    aim: Arc::clone(aim),
                    fallback: Some(state.fallback.clone().unwrap_or_else(listen)),
                    then: say,
                }
            }
            (_, Some(say)) if templated || state.kind == Kind::Templated => Directive::Template(say),
            (_, Some(say)) => Directive::Fixed(say),
            (_, None) => Directive::Ended,
        }
    }

    /// What is said when an answer was not understood: twice another way, then three ways on.
    fn again(&self, progress: &Progress, name: &str, asked: u32) -> Arc<str> {
        if asked > MOST_ASKED {
            return pack_key("menu", 0, None);
        }
        let outside = counts::of(progress, counts::RANGE, "") > 0;
        let Some(slot) = self.slots.get(name) else { return pack_key("menu", 0, None) };
        let (text, own) = again_text(slot, outside);
        pack_key(text, asked as usize - 1, own.then_some(name))
    }

    /// The variant of a pack text that comes at the `count`th time.
    pub(super) fn variant(&self, name: &str, count: u32) -> usize {
        let variants = self.packs.of(Locale::En).texts.of(name).len().max(1);
        count as usize % variants
    }

    /// What is filled in for a slot.
    pub(crate) fn shown(&self, progress: &Progress, name: &str, locale: Locale) -> String {
        let texts = &self.packs.of(locale).texts;
        let only = |text: &str| texts.of(text).first().cloned().unwrap_or_default();
        let Some(value) = progress.slots.get(name) else { return only("gap") };
        let words = match (value, self.slots.get(name)) {
            (SlotValue::Choice(choice), Some(slot)) if slot.kind == SlotKind::Choice => {
                slot.label(choice, locale).unwrap_or_else(|| choice.clone())
            }
            (SlotValue::Choice(answer), Some(slot)) if slot.kind == SlotKind::YesNo => only(answer),
            _ => value.to_string(),
        };
        // The template has its own full stop behind the closing quote.
        clipped(words.trim_end_matches(['.', ' ']), SHOWN)
    }
}

/// How often a slot is asked again before the menu.
pub(crate) const MOST_ASKED: u32 = 2;

/// The text that asks for a slot again, and whether it is one of the slot's own.
pub(crate) const fn again_text(slot: &Slot, outside: bool) -> (&'static str, bool) {
    match slot.kind {
        SlotKind::Rating | SlotKind::Number if outside => ("range_rating", true),
        SlotKind::Rating => ("again_rating", true),
        SlotKind::Number => ("again_number", false),
        SlotKind::Text => ("again_text", false),
        SlotKind::List => ("again_list", false),
        SlotKind::YesNo => ("again_yes_no", false),
        SlotKind::Choice => ("again_choice", true),
    }
}

/// The state's text: the bare one where a slot that the full one names is empty.
pub(super) fn say(state: &State, progress: &Progress) -> Option<Arc<str>> {
    let whole = state.says.iter().all(|slot| counts::filled(progress, slot));
    let text = if whole { state.say.as_ref() } else { state.bare.as_ref().or(state.say.as_ref()) };
    text.map(Arc::clone)
}

/// How many items of an instrument are answered or skipped.
pub(super) fn answered(progress: &Progress, state: &str) -> usize {
    match progress.slots.get(state) {
        Some(SlotValue::List(items)) => items.len(),
        _ => 0,
    }
}

impl Slot {
    /// The words that a person reads for a choice.
    pub(crate) fn label(&self, choice: &str, locale: Locale) -> Option<String> {
        let (_, words) = self.choices.iter().find(|(name, _)| name == choice)?;
        words.get(&locale)?.first().cloned()
    }
}
