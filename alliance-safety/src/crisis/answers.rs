//! How an answer to a question of the crisis pathway is read. Only an explicit one counts.

use serde::Deserialize;

use crate::{Locale, Probe, ProbeAnswer};

/// The words for yes, no and people of one language, read from `data/pathway/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answers {
    #[serde(rename = "reviewed_by")]
    _reviewed_by: String,
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    max_words: usize,
    yes: Vec<String>,
    no: Vec<String>,
    /// What a whole answer denies an intent with.
    denies: Vec<String>,
    /// What may stand beside that.
    beside: Vec<String>,
    /// What takes an answer back.
    unclear: Vec<String>,
    people: Vec<String>,
    lines: Vec<String>,
    /// Being with somebody, or reaching them.
    available: Vec<String>,
    /// Places that are named as safe.
    places: Vec<String>,
    /// Every other word that a safe answer about a place or a person may hold.
    words: Vec<String>,
    /// Places that are not safe, whatever is said of them.
    exposed: Vec<String>,
}

/// The file with the answers of a language cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the answers in `{locale}` cannot be read")]
#[non_exhaustive]
pub struct AnswersError {
    /// The file's language.
    pub locale: Locale,
    /// Where and what is wrong.
    pub source: Box<toml::de::Error>,
}

impl Answers {
    pub(crate) fn built_in(locale: Locale) -> Result<Self, AnswersError> {
        let file = match locale {
            Locale::En => include_str!("../../data/pathway/en.toml"),
            Locale::De => include_str!("../../data/pathway/de.toml"),
        };
        toml::from_str(file).map_err(|source| AnswersError { locale, source: Box::new(source) })
    }

    /// Reads `text` as the answer to `probe`. What raises is read from the beginning of the text; what lets a level
    /// fall, only from a whole answer of listed words.
    pub(crate) fn read(&self, probe: Probe, text: &str) -> ProbeAnswer {
        let whole = Spoken::new(text);
        let first = Spoken::new(text.split_inclusive(['.', '!', '?', '\n', ';']).next().unwrap_or_default());
        let (yes, no) = (first.begins(&self.yes), first.begins(&self.no));
        // "I am not" begins with "I am": the longer phrase is the one that was said.
        let (yes, no) = (yes > no, no > yes);
        let short = first.words.len() <= self.max_words;
        let plain = whole.words.len() <= self.max_words && !whole.says(&self.unclear);
        let safe = match probe {
            Probe::Intent | Probe::Ideation => plain && self.is_denial(&whole),
            Probe::SafePlace => plain && self.is_place(&whole, yes),
            Probe::Support => plain && self.is_support(&whole, yes),
        };
        let raises = match probe {
            Probe::Intent | Probe::Ideation => short && yes,
            Probe::SafePlace => short && (no || first.says(&self.no) || whole.says(&self.exposed)),
            Probe::Support => short && (no || first.says(&self.no)),
        };
        match (safe, raises) {
            (true, _) => ProbeAnswer::Safe,
            (false, true) => ProbeAnswer::Unsafe,
            (false, false) => ProbeAnswer::Open,
        }
    }

    /// Whether an answer is made of denials and what may stand beside them, and of nothing else.
    fn is_denial(&self, spoken: &Spoken) -> bool {
        let mut rest = spoken.text.as_str();
        let mut denied = false;
        while rest.trim() != "" {
            let longest = |phrases: &[String]| {
                phrases.iter().filter(|phrase| begins_with(rest, phrase)).map(String::len).max()
            };
            let (denial, beside) = (longest(&self.denies), longest(&self.beside));
            let Some(length) = denial.max(beside) else { return false };
            denied |= denial == Some(length);
            rest = rest.get(length + 1..).unwrap_or_default();
        }
        denied
    }

    fn is_place(&self, spoken: &Spoken, yes: bool) -> bool {
        let named = yes || spoken.says(&self.places);
        named && !spoken.says(&self.no) && !spoken.says(&self.exposed) && self.only_listed(spoken)
    }

    fn is_support(&self, spoken: &Spoken, yes: bool) -> bool {
        let person = spoken.says(&self.people) && (yes || spoken.says(&self.available));
        let named = person || spoken.says(&self.lines);
        named && !spoken.says(&self.no) && self.only_listed(spoken)
    }

    /// Whether every word of an answer is listed. A name may follow a person: "my sister Anna".
    fn only_listed(&self, spoken: &Spoken) -> bool {
        let listed = [&self.yes, &self.people, &self.lines, &self.words];
        let is_listed = |word: &str| {
            listed
                .iter()
                .any(|phrases| phrases.iter().any(|phrase| phrase.split(' ').any(|part| part == word)))
        };
        let mut after_person = false;
        spoken.words.iter().all(|(word, capital)| {
            let name = after_person && *capital;
            after_person = self.people.iter().any(|person| person == word);
            name || is_listed(word)
        })
    }
}

/// A text as it is compared: lower case, apostrophes taken out, one blank around each word.
struct Spoken {
    /// Each word, and whether it was written with a capital.
    words: Vec<(String, bool)>,
    text: String,
}

impl Spoken {
    fn new(text: &str) -> Self {
        let typed = text.replace(['\'', '’'], "");
        let words = typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<_> =
            words.map(|word| (word.to_lowercase(), word.starts_with(char::is_uppercase))).collect();
        let mut text = String::from(" ");
        for (word, _) in &words {
            text.push_str(word);
            text.push(' ');
        }
        Self { words, text }
    }

    fn says(&self, phrases: &[String]) -> bool {
        phrases.iter().any(|phrase| self.text.contains(&format!(" {phrase} ")))
    }

    /// The length of the longest of `phrases` that it begins with.
    fn begins(&self, phrases: &[String]) -> Option<usize> {
        phrases.iter().filter(|phrase| begins_with(&self.text, phrase)).map(String::len).max()
    }
}

/// Whether `text`, with a blank around each word, begins with `phrase`.
fn begins_with(text: &str, phrase: &str) -> bool {
    text.strip_prefix(' ')
        .and_then(|text| text.strip_prefix(phrase))
        .is_some_and(|rest| rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(locale: Locale, probe: Probe, text: &str) -> ProbeAnswer {
        Answers::built_in(locale).unwrap().read(probe, text)
    }

    fn each(probe: Probe, expected: ProbeAnswer, english: &[&str], german: &[&str]) {
        for (locale, texts) in [(Locale::En, english), (Locale::De, german)] {
            for text in texts {
                assert_eq!(read(locale, probe, text), expected, "{locale} {probe:?} {text}");
            }
        }
    }

    #[test]
    fn an_intent_is_denied_by_a_whole_answer_only() {
        each(
            Probe::Intent,
            ProbeAnswer::Safe,
            &[
                "No.",
                "no",
                "Nope",
                "No, I don't",
                "No, I do not.",
                "I'm not",
                "No. I'm not going to do anything.",
                "no not at all",
                "Definitely not.",
                "Of course not!",
                "No, I won't act on them",
                "I would never",
                "Never",
                "No, thank you",
                "no, i'm safe",
                "No, they're just thoughts",
                "No, I just want to talk.",
                "No, I don't want to die.",
            ],
            &[
                "Nein.",
                "nein",
                "Nee",
                "Nein, habe ich nicht.",
                "Nein, das habe ich nicht vor",
                "Nein, will ich nicht.",
                "Auf keinen Fall",
                "Nein, auf keinen Fall.",
                "Nein, danke",
                "Natürlich nicht!",
                "Nein, ich tue mir nichts an.",
                "Nein, es sind nur Gedanken",
                "Nein, ich will nur reden",
                "Niemals.",
            ],
        );
        each(
            Probe::Intent,
            ProbeAnswer::Open,
            &[
                "No one will stop me",
                "Never been more certain",
                "Never felt so calm",
                "Never been more sure of anything",
                "No turning back now",
                "No point in waiting any longer",
                "No, it is all arranged",
                "Nobody can stop me",
                "not today",
                "no, not yet",
                "not right now, no",
                "No, not right now",
                "I promise",
                "No, I promise",
                "No one cares, I do",
                "I was only joking about all that",
                "I don't know",
                "No. Not before Friday.",
                "No, but",
                "nothing",
                "no no no one",
                "...",
                "",
                "No, I don't think anybody would mind",
                "Thinking of it, no, the thing is that it has been going on for so many years",
            ],
            &[
                "Nie war ich mir so gewiss",
                "Niemand hält mich auf",
                "Nein, es ist alles geregelt",
                "Nie war ich so ruhig",
                "heute nicht",
                "Nein, heute nicht",
                "weiß nicht",
                "Nein, noch nicht",
                "jetzt nicht, nein",
                "Nein, versprochen",
                "Nein, keiner kann mich halten",
                "...",
                "Nein, aber",
            ],
        );
    }

    #[test]
    fn a_yes_is_no_denial_whatever_stands_beside_it() {
        each(
            Probe::Intent,
            ProbeAnswer::Unsafe,
            &[
                "yes",
                "I will, no doubt about it",
                "I do. No one cares.",
                "I am, never been so sure",
                "Yes. No more.",
                "Yes, tonight",
                "yes, but not today",
                "yes no maybe",
                "Honestly, yes",
                "Yes. I feel like a burden to everyone.",
                "Yes. I have thought about it for so long now and I am so very tired of everything and everyone",
            ],
            &[
                "ja",
                "Ja, heute Nacht",
                "Ja. Ich bin allen nur eine Last",
                "Ehrlich gesagt ja",
                "Ja, aber ich habe Angst",
            ],
        );
    }

    #[test]
    fn a_place_is_safe_where_nothing_else_is_said_of_it() {
        each(
            Probe::SafePlace,
            ProbeAnswer::Safe,
            &[
                "Yes",
                "Yes, at home",
                "yes I am",
                "I'm at home",
                "I am at my mum's",
                "Yeah, in my room",
                "Yes, I'm safe here",
                "I am safe",
                "Yes, I'm at home with my sister",
                "In the hospital",
            ],
            &[
                "Ja",
                "Ja, bin ich",
                "Ja, zu Hause",
                "Ich bin zu Hause",
                "Ich bin bei meiner Mutter",
                "Ja, in meinem Zimmer",
            ],
        );
        each(
            Probe::SafePlace,
            ProbeAnswer::Unsafe,
            &[
                "no",
                "I am not safe",
                "No, I'm not",
                "Yes, on the roof",
                "I am at the station",
                "Sure, by the river",
                "nowhere is safe",
                "I don't think so, no",
            ],
            &["nein", "Ich bin nicht sicher", "Nein, bin ich nicht", "Auf der Brücke", "nirgends"],
        );
        each(
            Probe::SafePlace,
            ProbeAnswer::Open,
            &[
                "Yes, with the [means] next to me",
                "Yes, with the door locked",
                "maybe",
                "Yes, for now",
                "what do you mean?",
            ],
            &["Ja, mit dem [Mittel] neben mir", "Ja, noch", "Ja, aber", "vielleicht"],
        );
    }

    #[test]
    fn support_is_somebody_who_is_there_or_can_be_reached() {
        each(
            Probe::Support,
            ProbeAnswer::Safe,
            &[
                "My sister is here",
                "My sister is with me.",
                "I can call my mum",
                "I'll call my brother now",
                "the helpline",
                "Yes, my husband",
                "Yes, my friend Anna can come over",
                "my sister can come over",
                "I will call the crisis line",
                "I'm with my parents",
                "My roommate is home",
                "yes, I'm talking to my mother",
                "Yes, one of the lines above",
                "My neighbor will stay with me",
            ],
            &[
                "Meine Freundin ist da",
                "Ich rufe meinen Bruder an",
                "Die Telefonseelsorge",
                "Ja, meine Schwester",
                "Meine Mutter ist bei mir",
                "Ich kann meine Mutter anrufen",
                "Meine Freundin Anna kommt",
                "Ja, mein Mann ist zu Hause",
                "Ich gehe zu meiner Nachbarin",
                "Ich rufe eine der Nummern an",
                "Ich bin bei meinen Eltern",
            ],
        );
        each(
            Probe::Support,
            ProbeAnswer::Unsafe,
            &["there is nobody", "no", "Nobody", "no one", "I have no one", "None"],
            &["niemand", "Nein", "Da ist niemand", "Ich habe keinen"],
        );
        each(
            Probe::Support,
            ProbeAnswer::Open,
            &[
                "yes",
                "Yes",
                "sure",
                "I will",
                "My brother already got my letter",
                "my sister will find me",
                "I told my sister goodbye",
                "I will call my brother to say goodbye",
                "My friend is dead",
                "my mother hates me",
                "my husband",
                "My sister is far away",
                "My mum is asleep",
                "Yes, my brother has my letter",
                "I can call my mum one last time",
                "Yes, my mother is dead",
            ],
            &[
                "ja",
                "klar",
                "Mein Bruder hat schon meinen Brief",
                "Meine Schwester wird mich finden",
                "Meine Freundin ist weg",
                "Ich rufe meinen Bruder ein letztes Mal an",
                "Meine Mutter ist tot",
                "Ja, meine Eltern hassen mich",
                "Meine Mutter schläft",
            ],
        );
    }
}
