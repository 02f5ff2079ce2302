//! Words that carry no content of their own, by language, lower-cased and without diacritics, sorted.
//!
//! A word of one list may be a word with content in the other language: "die" and "war" are German articles
//! and verbs, and English words to remember; "Not" is German for distress. So a list applies to a text only
//! where the text's language agrees. Written for this crate; first lists, to be widened with the recall figures.

use std::{collections::HashMap, sync::LazyLock};

/// What a text is written in, as far as its function words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    /// No function words, or as many of either.
    Open,
}

/// In which lists a word stands.
#[derive(Clone, Copy, Default)]
pub(crate) struct Standing {
    english: bool,
    german: bool,
    ambiguous: bool,
}

/// The lists that the words of a text stand in, counted.
#[derive(Default)]
pub(crate) struct Share {
    english: usize,
    german: usize,
}

static LISTS: LazyLock<HashMap<&str, Standing>> = LazyLock::new(|| {
    let mut lists: HashMap<&str, Standing> = HashMap::new();
    for word in ENGLISH {
        lists.entry(word).or_default().english = true;
    }
    for word in GERMAN {
        lists.entry(word).or_default().german = true;
    }
    for word in AMBIGUOUS {
        lists.entry(word).or_default().ambiguous = true;
    }
    lists
});

/// All words of the lists; some stand in two.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    ENGLISH.iter().chain(&GERMAN).chain(&AMBIGUOUS).copied()
}

/// The lists that `word` stands in.
pub(crate) fn standing(word: &str) -> Standing {
    LISTS.get(word).copied().unwrap_or_default()
}

impl Standing {
    /// Whether the word carries no content in a text of this language. Where the language is open, an
    /// ambiguous German word counts as content: finding too much is better than losing it.
    pub(crate) const fn is_stop(self, language: Language) -> bool {
        match language {
            Language::English => self.english,
            Language::German => self.german,
            Language::Open => self.english || (self.german && !self.ambiguous),
        }
    }
}

impl Share {
    pub(crate) fn count(&mut self, word: Standing) {
        if !word.ambiguous {
            self.english += usize::from(word.english);
            self.german += usize::from(word.german);
        }
    }

    pub(crate) const fn language(&self) -> Language {
        if self.english > self.german {
            Language::English
        } else if self.german > self.english {
            Language::German
        } else {
            Language::Open
        }
    }
}

/// Words of one list that have content in the other language: they tell nothing about a text's language.
#[rustfmt::skip]
const AMBIGUOUS: [&str; 19] = [
    "all", "bin", "den", "des", "die", "gar", "halt", "hast", "hat", "her", "hin", "man", "mine", "most", "not",
    "still", "these", "war", "won",
];

/// English.
#[rustfmt::skip]
const ENGLISH: [&str; 185] = [
    "a", "about", "above", "after", "again", "against", "all", "also", "am", "an", "and", "any", "are",
    "aren", "as", "at", "be", "because", "been", "before", "being", "below", "between", "both", "but",
    "by", "can", "cannot", "cant", "could", "couldn", "did", "didn", "do", "does", "doesn", "doing",
    "don", "dont", "down", "during", "each", "even", "ever", "few", "for", "from", "further", "get",
    "go", "got", "had", "hadn", "has", "hasn", "have", "haven", "having", "he", "hello", "her", "here",
    "hers", "herself", "hi", "him", "himself", "his", "how", "i", "if", "im", "in", "into", "is", "isn",
    "it", "its", "itself", "ive", "just", "let", "like", "ll", "maybe", "me", "mightn", "mine", "more",
    "most", "much", "mustn", "my", "myself", "needn", "neither", "never", "no", "nor", "not", "now",
    "of", "off", "oh", "ok", "okay", "on", "once", "only", "or", "other", "our", "ours", "ourselves",
    "out", "over", "own", "please", "quite", "rather", "re", "really", "same", "shan", "she", "should",
    "shouldn", "so", "some", "still", "such", "than", "thank", "thanks", "that", "the", "their",
    "theirs", "them", "themselves", "then", "there", "these", "they", "thing", "things", "this", "those",
    "though", "through", "to", "today", "too", "under", "until", "up", "us", "ve", "very", "was", "wasn",
    "we", "well", "were", "weren", "what", "when", "where", "which", "while", "who", "whom", "why",
    "will", "with", "won", "would", "wouldn", "yes", "yet", "you", "your", "yours", "yourself",
    "yourselves",
];

/// German.
#[rustfmt::skip]
const GERMAN: [&str; 261] = [
    "aber", "alle", "allem", "allen", "aller", "alles", "als", "also", "am", "an", "ander", "andere",
    "anderem", "anderen", "anderer", "anderes", "auch", "auf", "aus", "bei", "beim", "bin", "bis",
    "bist", "bitte", "da", "dabei", "dadurch", "dafur", "dagegen", "daher", "dahin", "damit", "danach",
    "danke", "dann", "daran", "darauf", "daraus", "darin", "daruber", "darum", "das", "dass", "dazu",
    "dein", "deine", "deinem", "deinen", "deiner", "deines", "dem", "den", "denn", "der", "deren", "des",
    "dessen", "dich", "die", "dies", "diese", "dieselbe", "diesem", "diesen", "dieser", "dieses", "dir",
    "doch", "dort", "du", "durch", "eben", "ein", "eine", "einem", "einen", "einer", "eines", "einfach",
    "einige", "einigem", "einigen", "einiger", "einiges", "einmal", "er", "es", "etwas", "euch", "euer",
    "eure", "eurem", "euren", "eurer", "fur", "gar", "gegen", "gewesen", "gibt", "hab", "habe", "haben",
    "hallo", "halt", "hast", "hat", "hatte", "hatten", "hattest", "her", "heute", "hier", "hin",
    "hinter", "ich", "ihm", "ihn", "ihnen", "ihr", "ihre", "ihrem", "ihren", "ihrer", "ihres", "im",
    "immer", "in", "indem", "ins", "irgendwie", "ist", "ja", "jede", "jedem", "jeden", "jeder", "jedes",
    "jene", "jenem", "jenen", "jener", "jenes", "jetzt", "kann", "kannst", "kein", "keine", "keinem",
    "keinen", "keiner", "keines", "konnen", "konnte", "konnten", "machen", "macht", "mal", "man",
    "manche", "manchem", "manchen", "mancher", "manches", "mehr", "mein", "meine", "meinem", "meinen",
    "meiner", "meines", "mich", "mir", "mit", "mochte", "muss", "musste", "nach", "naja", "nein",
    "nicht", "nichts", "nie", "noch", "nun", "nur", "ob", "oder", "ohne", "schon", "sehr", "sein",
    "seine", "seinem", "seinen", "seiner", "seines", "seit", "selbst", "sich", "sie", "sind", "so",
    "solche", "solchem", "solchen", "solcher", "solches", "soll", "sollte", "sondern", "sonst", "uber",
    "um", "und", "uns", "unser", "unsere", "unserem", "unseren", "unserer", "unter", "viel",
    "vielleicht", "vom", "von", "vor", "wahrend", "war", "waren", "warst", "was", "weg", "weil",
    "weiter", "welche", "welchem", "welchen", "welcher", "welches", "wenn", "wer", "werde", "werden",
    "wie", "wieder", "will", "wir", "wird", "wirst", "wo", "wohl", "wollen", "wollte", "wurde", "wurden",
    "zu", "zum", "zur", "zwar", "zwischen",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_hold_each_word_once() {
        for list in [&ENGLISH[..], &GERMAN[..], &AMBIGUOUS[..]] {
            assert!(list.is_sorted_by(|a, b| a < b));
        }
        assert!(AMBIGUOUS.iter().all(|word| ENGLISH.contains(word) || GERMAN.contains(word)));
    }
}
