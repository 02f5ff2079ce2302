//! What a phrase can be filled with, and filling it.

use super::{
    book::{Book, Name, Phrase},
    entry::Kind,
    hear::{Heard, Hit, Language},
};

/// The lowest rank of an area of life that is named when looking back.
const WORTH_NAMING: u8 = 3;

/// What a phrase can be filled with.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    pub(crate) who: Option<Name>,
    /// Whether `who` is a person or an animal.
    pub(crate) named_alive: bool,
    pub(crate) feeling: Option<Name>,
    pub(crate) topic: Option<Name>,
    pub(crate) list: Option<Name>,
    /// A clause that was turned round.
    pub(crate) turn: Option<Name>,
}

impl Slots {
    /// What a message gives.
    pub(crate) fn of(heard: &Heard<'_>, themes: &[Hit<'_>]) -> Self {
        let noun = |kind: Kind| {
            let mut fitting = themes.iter().filter(|hit| hit.rule.kind == kind);
            fitting.find_map(|hit| hit.rule.noun.clone().map(|noun| (noun, hit.of_other)))
        };
        let named = heard.named_near(themes.first().map_or(0, |hit| hit.at));
        let alive = named.filter(|named| named.alive).map(|named| named.name.clone());
        Self {
            named_alive: alive.is_some(),
            feeling: noun(Kind::Feeling).filter(|(_, of_other)| !of_other).map(|(noun, _)| noun),
            topic: alive.or_else(|| noun(Kind::Topic).map(|(noun, _)| noun)),
            // Of a feeling that somebody else has, only a living being can be the owner.
            who: named
                .filter(|named| named.alive || themes.first().is_none_or(|hit| !hit.of_other))
                .map(|named| named.name.clone()),
            ..Self::default()
        }
    }

    /// The text of a phrase; none where it needs what is not there.
    pub(crate) fn fill(&self, phrase: &Phrase) -> Option<String> {
        if !phrase.slots {
            return Some(phrase.text.clone());
        }
        let mut text = phrase.text.clone();
        let values = [
            ("who", &self.who),
            ("feeling", &self.feeling),
            ("topic", &self.topic),
            ("list", &self.list),
            ("turn", &self.turn),
        ];
        for (name, value) in values {
            if !text.contains(&format!("{{{name}")) && !text.contains(&format!("{{{}", capitalized(name))) {
                continue;
            }
            let Name { nominative, dative } = value.as_ref()?;
            for (slot, value) in [(name.to_owned(), nominative), (format!("{name}_dat"), dative)] {
                text = text.replace(&format!("{{{slot}}}"), value);
                text = text.replace(&format!("{{{}}}", capitalized(&slot)), &capitalized(value));
            }
        }
        Some(text)
    }
}

/// Things in a row: `your sleep, work and your mother`.
pub(crate) fn list(book: &Book, mut names: Vec<Name>) -> Option<Name> {
    let last = names.pop()?;
    let row = |form: fn(&Name) -> &str| {
        let first: Vec<&str> = names.iter().map(form).collect();
        format!("{} {} {}", first.join(", "), book.and, form(&last))
    };
    Some(Name { nominative: row(|name| &name.nominative), dative: row(|name| &name.dative) })
}

/// What the person spoke of in these messages, in their order.
pub(crate) fn spoken_of<'h, 'p: 'h>(messages: impl Iterator<Item = &'h Heard<'p>>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for heard in messages.filter(|heard| heard.language == Language::Own && heard.act().is_none()) {
        let named = heard.named.iter().find(|named| named.alive).map(|named| named.name.clone());
        // `your sister` says more than `your family`. Feelings are no things to be listed.
        let telling = |hit: &Hit<'_>| {
            let passing = hit.rule.kind == Kind::Topic && (named.is_some() || hit.rule.rank < WORTH_NAMING);
            !(hit.of_other || passing || hit.rule.kind == Kind::Feeling)
        };
        let theme = heard.themes().filter(telling).find_map(|hit| hit.rule.noun.clone());
        for name in theme.into_iter().chain(named) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
