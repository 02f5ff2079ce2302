//! What a line that begins with `/` asks for.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Words after a command from which on a line is a sentence.
const SENTENCE: usize = 3;
/// Letters by which a name may differ to be suggested.
const FAR: usize = 2;

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something for the agent.
    Message,
    Command(Command),
    /// No command of ours; the one that is nearest, if one is near.
    Unknown(Option<&'static str>),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Quit,
    Sos,
    Human,
    Protocols,
    /// The name as it was typed. None where there is none.
    Start(Option<String>),
    Where,
    Why,
    Memory,
    Keep,
    Forget(What),
    /// The number of the list, and the words in its place.
    Correct(Option<(usize, String)>),
    /// The file as it was typed. None where there is none.
    Export(Option<String>),
    /// The same.
    Import(Option<String>),
}

/// What is to be erased.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// It was not said.
    Unsaid,
    /// A number of the list.
    Item(usize),
    Session,
    /// From a day on, as it was typed.
    Since(String),
    /// What holds these words.
    About(String),
    /// Everything of a kind.
    Kind(Kind),
    All,
    /// What was asked for before is meant.
    Sure,
}

/// A kind by which a person can erase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Notes,
    Facts,
    Exercises,
    Questionnaires,
    Plan,
    Levels,
}

#[derive(Clone, Copy)]
enum Name {
    Help,
    Quit,
    Sos,
    Human,
    Protocols,
    Start,
    Where,
    Why,
    Memory,
    Keep,
    Forget,
    Correct,
    Export,
    Import,
}

/// Every name in every language: whoever knows one may use it everywhere.
const NAMES: [(Name, &[&str]); 14] = [
    (Name::Help, &["/help", "/hilfe", "/?"]),
    (Name::Quit, &["/quit", "/exit", "/ende", "/beenden"]),
    (Name::Sos, &["/sos", "/notruf"]),
    (Name::Human, &["/human", "/mensch"]),
    (Name::Protocols, &["/protocols", "/exercises", "/übungen", "/uebungen", "/protokolle"]),
    (Name::Start, &["/start", "/starte", "/begin", "/beginne"]),
    (Name::Where, &["/where", "/wo"]),
    (Name::Why, &["/why", "/warum", "/wozu"]),
    (Name::Memory, &["/memory", "/gedächtnis", "/gedaechtnis"]),
    (Name::Keep, &["/keep", "/behalten", "/behalte"]),
    (Name::Forget, &["/forget", "/vergiss", "/löschen", "/loeschen"]),
    (Name::Correct, &["/correct", "/korrigiere", "/berichtige"]),
    (Name::Export, &["/export", "/exportiere"]),
    (Name::Import, &["/import", "/importiere"]),
];

impl Heard {
    /// Reads a line that has no space around it.
    pub(crate) fn read(line: &str) -> Self {
        if !line.starts_with('/') {
            return Self::Message;
        }
        // A terminal may send a letter and its mark apart.
        let line = ComposingNormalizerBorrowed::new_nfc().normalize(line);
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let (first, rest) = (first.to_lowercase(), rest.trim());
        match NAMES.iter().find(|(_, names)| names.contains(&&*first)) {
            Some((name, _)) => Self::named(*name, rest),
            None => Self::unnamed(&first, rest),
        }
    }

    fn named(name: Name, rest: &str) -> Self {
        let command = match name {
            Name::Start if rest.is_empty() => Command::Start(None),
            Name::Start => Command::Start(Some(rest.to_owned())),
            Name::Export if rest.is_empty() => Command::Export(None),
            Name::Export if !is_sentence(rest) => Command::Export(Some(rest.to_owned())),
            Name::Import if rest.is_empty() => Command::Import(None),
            Name::Import if !is_sentence(rest) => Command::Import(Some(rest.to_owned())),
            Name::Correct if rest.is_empty() => Command::Correct(None),
            Name::Correct => match correction(rest) {
                Some(correction) => Command::Correct(Some(correction)),
                None => return Self::Message,
            },
            Name::Forget => match forget(rest) {
                Some(what) => Command::Forget(what),
                None => return Self::Message,
            },
            // These take nothing: with words behind it, it is a sentence that begins with a slash.
            _ if !rest.is_empty() => return Self::Message,
            Name::Help => Command::Help,
            Name::Quit => Command::Quit,
            Name::Sos => Command::Sos,
            Name::Human => Command::Human,
            Name::Protocols => Command::Protocols,
            Name::Where => Command::Where,
            Name::Why => Command::Why,
            Name::Memory => Command::Memory,
            Name::Keep => Command::Keep,
            Name::Export | Name::Import => return Self::Message,
        };
        Self::Command(command)
    }

    fn unnamed(first: &str, rest: &str) -> Self {
        let nearest = nearest(first);
        let words = rest.split_whitespace().count();
        let takes_words =
            nearest.is_some_and(|(name, _)| matches!(name, Name::Start | Name::Forget | Name::Correct));
        if words == 0 || (takes_words && !is_sentence(rest)) {
            return Self::Unknown(nearest.map(|(_, name)| name));
        }
        Self::Message
    }
}

/// Too many words for a name.
pub(crate) fn is_sentence(words: &str) -> bool {
    words.split_whitespace().count() >= SENTENCE
}

/// A number as a person types one of a list.
fn number(word: &str) -> Option<usize> {
    word.trim_start_matches(['#', '(']).trim_end_matches(['.', ')', ':']).parse().ok()
}

fn correction(rest: &str) -> Option<(usize, String)> {
    let (first, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some((number(first)?, words.trim().to_owned()))
}

fn forget(rest: &str) -> Option<What> {
    let rest = rest.to_lowercase();
    if let Some(number) = number(&rest) {
        return Some(What::Item(number));
    }
    if let Some((first, words)) = rest.split_once(char::is_whitespace)
        // More than that is a sentence.
        && words.split_whitespace().count() <= SENTENCE
    {
        match first {
            "since" | "seit" | "ab" => return Some(What::Since(words.trim().to_owned())),
            "about" | "über" | "ueber" | "zu" => return Some(What::About(words.trim().to_owned())),
            _ => {}
        }
    }
    if let Some((kind, _)) = KINDS.iter().find(|(_, names)| names.contains(&&*rest)) {
        return Some(What::Kind(*kind));
    }
    match rest.as_str() {
        "yes" | "ja" => Some(What::Sure),
        "session" | "sitzung" | "this session" | "diese sitzung" | "gespräch" | "dieses gespräch" => {
            Some(What::Session)
        }
        "all" | "everything" | "alles" => Some(What::All),
        other => (other.split_whitespace().count() <= 1).then_some(What::Unsaid),
    }
}

/// Every name of a kind, in every language.
const KINDS: [(Kind, &[&str]); 6] = [
    (Kind::Notes, &["notes", "notizen"]),
    (Kind::Facts, &["facts", "fakten"]),
    (Kind::Exercises, &["exercises", "übungen", "uebungen"]),
    (Kind::Questionnaires, &["questionnaires", "fragebögen", "fragebogen", "frageboegen"]),
    (Kind::Plan, &["plan", "safety plan", "sicherheitsplan"]),
    (Kind::Levels, &["levels", "schwere"]),
];

fn nearest(typed: &str) -> Option<(Name, &'static str)> {
    if typed.chars().count() < 3 {
        return None;
    }
    let all = NAMES.iter().flat_map(|(name, names)| names.iter().map(|text| (*name, *text)));
    let far = |text: &str| strsim::osa_distance(typed, text);
    let (name, text) = all.min_by_key(|(_, text)| far(text))?;
    // Of a short name more than a letter is another word.
    let most = if text.chars().count() > 5 { FAR } else { 1 };
    (far(text) <= most).then_some((name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_heard_in_both_languages_and_any_case() {
        let table = [
            ("/help", Command::Help),
            ("/HILFE", Command::Help),
            ("/Quit", Command::Quit),
            ("/ende", Command::Quit),
            ("/SOS", Command::Sos),
            ("/mensch", Command::Human),
            ("/ÜBUNGEN", Command::Protocols),
            ("/u\u{308}bungen", Command::Protocols),
            ("/uebungen", Command::Protocols),
            ("/start", Command::Start(None)),
            ("/starte  grounding_54321 ", Command::Start(Some("grounding_54321".into()))),
            ("/wo", Command::Where),
            ("/warum", Command::Why),
            ("/Gedächtnis", Command::Memory),
            ("/behalten", Command::Keep),
            ("/forget", Command::Forget(What::Unsaid)),
            ("/forget 3", Command::Forget(What::Item(3))),
            ("/forget #3.", Command::Forget(What::Item(3))),
            ("/vergiss Sitzung", Command::Forget(What::Session)),
            ("/vergiss ALLES", Command::Forget(What::All)),
            ("/export", Command::Export(None)),
            ("/Export my file.json", Command::Export(Some("my file.json".into()))),
            ("/forget it", Command::Forget(What::Unsaid)),
            ("/forget yes", Command::Forget(What::Sure)),
            ("/vergiss ja", Command::Forget(What::Sure)),
            ("/forget since 2026-11-01", Command::Forget(What::Since("2026-11-01".into()))),
            ("/vergiss seit gestern", Command::Forget(What::Since("gestern".into()))),
            ("/forget about my sister Anna", Command::Forget(What::About("my sister anna".into()))),
            ("/vergiss über Hamburg", Command::Forget(What::About("hamburg".into()))),
            ("/forget notes", Command::Forget(What::Kind(Kind::Notes))),
            ("/forget safety plan", Command::Forget(What::Kind(Kind::Plan))),
            ("/vergiss Fragebögen", Command::Forget(What::Kind(Kind::Questionnaires))),
            ("/correct", Command::Correct(None)),
            (
                "/correct 2 She lives in Bremen now",
                Command::Correct(Some((2, "She lives in Bremen now".into()))),
            ),
            ("/korrigiere #2: Bremen", Command::Correct(Some((2, "Bremen".into())))),
            ("/import mine.json", Command::Import(Some("mine.json".into()))),
        ];
        for (line, command) in table {
            assert_eq!(Heard::read(line), Heard::Command(command), "{line}");
        }
    }

    #[test]
    fn a_sentence_with_a_slash_is_a_message() {
        for line in [
            "/help me please",
            "/quit my job today",
            "/why does she never call",
            "/forget that I was ever here",
            "/ I had soup",
            "/today was a bad day",
            "/s o s",
            "/export all of my feelings",
            "/forget about what my boss did today",
            "/forget since then it is worse every day",
            "/correct me if I am wrong",
            "no slash",
        ] {
            assert_eq!(Heard::read(line), Heard::Message, "{line}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested_and_nothing_far() {
        let table = [
            ("/hepl", Some("/help")),
            ("/memroy", Some("/memory")),
            ("/strat grounding_54321", Some("/start")),
            ("/gedachtnis", Some("/gedächtnis")),
            ("/nonsense", None),
            ("/", None),
            ("/etc/passwd", None),
        ];
        for (line, nearest) in table {
            assert_eq!(Heard::read(line), Heard::Unknown(nearest), "{line}");
        }
    }
}
