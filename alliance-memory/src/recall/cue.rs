//! What a cue asks for, as far as its words tell without a model.

use std::{collections::HashSet, ops::Range};

use alliance_core::{recall::Cue, safety::Locale};

use super::{
    index::{Index, Kind},
    kin::{self, Relation},
    stem::stem,
    stop::standing,
    time::{self, Span},
    words::{Tone, Word, Words, is_term, stemming},
};

/// What a cue asks for.
pub(super) struct Ask {
    pub(super) wanted: Vec<Wanted>,
    /// The time that it speaks of.
    pub(super) span: Option<Span>,
    /// Whom it names.
    pub(super) names: Vec<u32>,
    /// Whether it asks how something was before.
    pub(super) back_then: bool,
    /// Whether it points to something as known: "that thing with my boss".
    pub(super) points_back: bool,
    /// Whether any of its words says what is looked for: "what did I tell you last week?" has none.
    pub(super) says_what: bool,
}

/// A term that is looked for.
pub(super) struct Wanted {
    /// How rare it is, and how much it counts here.
    pub(super) weight: f32,
    /// The terms in which it may stand, with how much such a one counts, 0 to 1. Empty where no memory has it.
    pub(super) forms: Vec<(u32, f32)>,
    /// Whether the cue itself has it.
    pub(super) own: bool,
}

/// Memories that are taken to exist besides those that do: without them, no word is rare in a short log.
const IMAGINED: f32 = 50.0;
/// How much another form of a word counts, and another word for nearly the same.
const FORM: f32 = 0.9;
const KIN: f32 = 0.3;
/// How much a part of a compound counts, and a compound for its part.
const PART: f32 = 0.6;
/// How much words of the turns before count, where the cue leans on them.
const BEFORE: f32 = 0.3;
/// How many words of its own a cue needs to stand alone.
const ALONE: usize = 2;
/// How many turns before are looked at.
const TURNS: usize = 2;
/// The least length of a part of a compound.
const LEAST_PART: usize = 4;

/// Words of talking and remembering: they say that something is looked for, and nothing of what.
const TALKING: [&str; 28] = [
    "besprochen",
    "discuss",
    "discussed",
    "erinnern",
    "erinnerst",
    "erwahnt",
    "erzahlt",
    "gemeint",
    "geredet",
    "gesagt",
    "gesprochen",
    "happen",
    "happened",
    "mention",
    "mentioned",
    "passiert",
    "remember",
    "said",
    "say",
    "talk",
    "talked",
    "tell",
    "thema",
    "time",
    "told",
    "weisst",
    "weiss",
    "wissen",
];
/// How much such a word counts.
const TALK: f32 = 0.3;

/// Words that point to something as known.
const POINTING: [&[&str]; 22] = [
    &["that", "thing"],
    &["the", "thing", "with"],
    &["the", "thing", "about"],
    &["that", "time"],
    &["you", "remember"],
    &["remember", "when"],
    &["remember", "what"],
    &["like", "i", "said"],
    &["as", "i", "said"],
    &["i", "told", "you"],
    &["we", "talked", "about"],
    &["last", "time"],
    &["happened", "again"],
    &["die", "sache"],
    &["der", "sache"],
    &["das", "mit"],
    &["weisst", "du", "noch"],
    &["erinnerst", "du", "dich"],
    &["letztes", "mal"],
    &["letzten", "mal"],
    &["schon", "wieder"],
    &["dir", "erzahlt"],
];

/// Words that ask how something was before.
const BACK_THEN: [&[&str]; 11] = [
    &["back", "then"],
    &["used", "to"],
    &["at", "first"],
    &["originally"],
    &["previously"],
    &["formerly"],
    &["in", "the", "past"],
    &["fruher"],
    &["damals"],
    &["ursprunglich"],
    &["zuvor"],
];

impl Index {
    /// What `cue` asks for.
    pub(super) fn understand(&self, cue: &Cue) -> Ask {
        let words = Words::of(&cue.text);
        let language = Tone::of_words(&words).language;
        let locale = stemming(language, cue.locale);
        let words: Vec<Word<'_>> = words.iter().collect();
        let plain: Vec<&str> = words.iter().map(|word| word.letters).collect();
        let found = time::find(&plain, cue.at);
        let (span, spoken) = found.map_or((None, 0..0), |(span, words)| (Some(span), words));
        let (back_then, pointing) = (phrase(&plain, &BACK_THEN), phrase(&plain, &POINTING));
        let mut ask = Ask {
            wanted: Vec::new(),
            span,
            names: Vec::new(),
            back_then: back_then.is_some(),
            points_back: pointing.is_some(),
            says_what: false,
        };
        // Words that say how to look say nothing of what.
        let ways = [spoken, back_then.unwrap_or_default(), pointing.unwrap_or_default()];
        let mut seen = HashSet::new();
        for (place, word) in words.iter().enumerate() {
            if ways.iter().any(|words| words.contains(&place))
                || !is_term(word.letters, standing(word.letters), language)
            {
                continue;
            }
            let stemmed = stem(word.letters, locale);
            if !seen.insert(stemmed.to_string()) {
                continue;
            }
            let forms = self.forms(word.letters, &stemmed, locale);
            if let Some((term, _)) = forms.first() {
                // In German every noun has a capital, in English a name has, and what begins a sentence.
                let capital = locale == Locale::En && word.capital && !word.opens;
                if capital || self.is_name(*term) {
                    ask.names.push(*term);
                }
            }
            let talks = TALKING.contains(&word.letters);
            ask.says_what |= !talks;
            let weight = self.rarity(&forms) * if talks { TALK } else { 1.0 };
            ask.wanted.push(Wanted { weight, forms, own: true });
        }
        if let Some(session) = cue.session
            && (ask.points_back || ask.wanted.len() <= ALONE)
        {
            let turns = self.last_turns(session).filter(|turn| {
                self.memories.get(*turn).is_some_and(|turn| turn.kind == Kind::Said)
                    && self.text(*turn) != &*cue.text
            });
            let mut before: Vec<u32> = turns.take(TURNS).flat_map(|turn| self.terms_of(turn)).collect();
            before.sort_unstable();
            before.dedup();
            before.retain(|term| {
                !ask.wanted.iter().any(|wanted| wanted.forms.iter().any(|(form, _)| form == term))
            });
            for term in before {
                let forms = vec![(term, 1.0)];
                ask.wanted.push(Wanted { weight: BEFORE * self.rarity(&forms), forms, own: false });
            }
        }
        ask
    }

    /// How much it tells that a memory has one of these.
    pub(super) fn rarity(&self, forms: &[(u32, f32)]) -> f32 {
        let having = |(term, factor): &(u32, f32)| self.postings.having(*term) as f32 * factor;
        let having: f32 = forms.iter().map(having).sum();
        let all = self.memories.len() as f32 + IMAGINED;
        (((all - having).max(0.0) + 0.5) / (having + 0.5)).ln_1p()
    }

    /// In which terms a word of the cue may stand.
    fn forms(&self, word: &str, stemmed: &str, locale: Locale) -> Vec<(u32, f32)> {
        let mut forms: Vec<(u32, f32)> =
            self.terms.find(stemmed).map(|term| (term, 1.0)).into_iter().collect();
        let other = if locale == Locale::De { Locale::En } else { Locale::De };
        // A log in two languages: the word may have been stemmed as one of the other.
        if forms.is_empty() {
            forms.extend(self.terms.find(&stem(word, other)).map(|term| (term, 1.0)));
        }
        for (other, relation) in kin::of(stemmed) {
            let factor = match relation {
                Relation::Form => FORM,
                Relation::Kin => KIN,
            };
            forms.extend(self.terms.find(other).map(|term| (term, factor)));
        }
        if locale == Locale::De {
            forms.extend(
                verb_forms(stemmed).filter_map(|form| self.terms.find(&form)).map(|term| (term, FORM)),
            );
            self.compounds(word, stemmed, &mut forms);
        }
        forms.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut seen = HashSet::new();
        forms.retain(|(term, _)| seen.insert(*term));
        forms
    }

    /// The parts of a compound, and the compounds of a part, where both parts are words of the log.
    fn compounds(&self, word: &str, stemmed: &str, forms: &mut Vec<(u32, f32)>) {
        let add = |forms: &mut Vec<(u32, f32)>, term: u32| {
            if forms.iter().all(|(form, _)| *form != term) {
                forms.push((term, PART));
            }
        };
        if let Some((front, back)) = self.parts(word) {
            add(forms, front);
            add(forms, back);
        }
        if stemmed.len() < LEAST_PART {
            return;
        }
        let at_end = stem_at_end(word);
        for (number, whole) in (0..).zip(self.terms.words()) {
            if whole.len() < at_end.len() + LEAST_PART {
                continue;
            }
            let is_front = || whole.strip_prefix(stemmed).is_some_and(|back| self.back_part(back).is_some());
            let is_back =
                || whole.strip_suffix(&*at_end).is_some_and(|front| self.front_part(front).is_some());
            if is_front() || is_back() {
                add(forms, number);
            }
        }
    }

    fn parts(&self, word: &str) -> Option<(u32, u32)> {
        let cuts =
            (LEAST_PART..=word.len().saturating_sub(LEAST_PART)).filter(|cut| word.is_char_boundary(*cut));
        cuts.filter_map(|cut| {
            let (front, back) = word.split_at_checked(cut)?;
            Some((self.front_part(front)?, self.terms.find(&stem(back, Locale::De))?))
        })
        .next()
    }

    /// The term that a compound begins with, perhaps before an "s" that joins.
    fn front_part(&self, front: &str) -> Option<u32> {
        let known =
            |part: &str| (part.len() >= LEAST_PART).then(|| self.terms.find(&stem(part, Locale::De)))?;
        known(front).or_else(|| known(front.strip_suffix('s')?))
    }

    /// The term that a stemmed compound ends with, perhaps after letters that join. Behind another word,
    /// stemming cuts off more than from the word alone.
    fn back_part(&self, back: &str) -> Option<u32> {
        const JOINTS: [&str; 5] = ["", "s", "n", "en", "e"];
        const CUT: [&str; 7] = ["", "st", "er", "en", "ung", "ig", "e"];
        let mut whole = String::new();
        let mut known = |part: &str, cut: &str| {
            whole.clear();
            whole.push_str(part);
            whole.push_str(cut);
            (whole.len() >= LEAST_PART).then(|| self.terms.find(&whole))?
        };
        let backs = JOINTS.iter().filter_map(|joint| back.strip_prefix(joint));
        backs
            .filter(|back| back.len() + 1 >= LEAST_PART)
            .find_map(|back| CUT.iter().find_map(|cut| known(back, cut)))
    }
}

/// What stemming leaves of a word at the end of a compound.
fn stem_at_end(word: &str) -> String {
    const FRONT: &str = "bauern";
    let compound = format!("{FRONT}{word}");
    stem(&compound, Locale::De).strip_prefix(FRONT).unwrap_or(word).to_owned()
}

/// Which words are the first of these phrases that is found.
fn phrase(words: &[&str], phrases: &[&[&str]]) -> Option<Range<usize>> {
    phrases.iter().find_map(|phrase| {
        let start = words.windows(phrase.len()).position(|window| window == *phrase)?;
        Some(start..start + phrase.len())
    })
}

/// Other forms that a German stem may have as a verb, which Snowball leaves apart: "wohn", "wohnt", "gewohnt".
fn verb_forms(stemmed: &str) -> impl Iterator<Item = String> {
    const SHORTEST: usize = 3;
    let root = stemmed.strip_suffix('t').unwrap_or(stemmed);
    let root = root.strip_prefix("ge").filter(|rest| rest.len() >= SHORTEST).unwrap_or(root);
    let fits = root.len() >= SHORTEST && root != stemmed || stemmed.len() > SHORTEST;
    let forms = [root.to_owned(), format!("{root}t"), format!("ge{root}t"), format!("ge{root}")];
    forms.into_iter().filter(move |_| fits)
}
