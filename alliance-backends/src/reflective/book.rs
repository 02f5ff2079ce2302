//! The words of a language, read once and made ready for looking up.

use std::{collections::HashSet, sync::LazyLock};

use alliance_core::safety::Locale;

use super::{
    entry::{File, Kind, RuleEntry, Talk, Then, Words},
    word::{hash, words},
};

/// The most bytes of a phrase that are looked for in earlier replies.
const ANCHOR: usize = 28;

const EN: [&str; 5] = [
    include_str!("../../data/reflective/en/talk.toml"),
    include_str!("../../data/reflective/en/acts.toml"),
    include_str!("../../data/reflective/en/feelings.toml"),
    include_str!("../../data/reflective/en/topics.toml"),
    include_str!("../../data/reflective/en/events.toml"),
];
const DE: [&str; 1] = [include_str!("../../data/reflective/de.toml")];

static BOOKS: LazyLock<[Result<Book, BookError>; 2]> = LazyLock::new(|| [Book::read(&EN), Book::read(&DE)]);

/// A data file that cannot be read. Holds no words of a conversation: the files are part of the crate.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum BookError {
    #[error("a data file of the reflective backend is not valid: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("the data of the reflective backend lack `{0}`")]
    Missing(&'static str),
}

/// Everything that can be said in one language, and what makes it be said.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) rules: Vec<Rule>,
    pub(crate) talk: Pools,
    pub(crate) yours: String,
    pub(crate) and: String,
    pub(crate) negations: HashSet<u64>,
    pub(crate) me: HashSet<u64>,
    pub(crate) them: HashSet<u64>,
    pub(crate) mine: HashSet<u64>,
    pub(crate) people: HashSet<u64>,
    pub(crate) things: HashSet<u64>,
    pub(crate) own: HashSet<u64>,
    pub(crate) other_shipped: HashSet<u64>,
    pub(crate) foreign: HashSet<u64>,
    /// Sorted by the first word.
    lexicon: Vec<Heading>,
}

/// A phrase that a rule hears.
#[derive(Debug)]
pub(crate) struct Heading {
    first: u64,
    rest: Vec<u64>,
    pub(crate) rule: usize,
}

impl Heading {
    /// Whether the words after the first one are these.
    pub(crate) fn follows(&self, mut after: impl Iterator<Item = u64>) -> bool {
        self.rest.iter().all(|&word| after.next() == Some(word))
    }

    /// Words in it.
    pub(crate) fn len(&self) -> usize {
        1 + self.rest.len()
    }
}

/// A rule with its phrases.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) rank: u8,
    pub(crate) spare: Option<usize>,
    pub(crate) noun: Option<String>,
    pub(crate) light: bool,
    pub(crate) then: Then,
    pub(crate) say: Pool,
    pub(crate) ask: Pool,
}

/// Phrases of which one is said.
pub(crate) type Pool = Vec<Phrase>;

/// A phrase, and the part of it by which it is found again in an earlier reply.
#[derive(Debug)]
pub(crate) struct Phrase {
    pub(crate) text: String,
    pub(crate) anchor: String,
    /// Whether something is filled in.
    pub(crate) slots: bool,
}

/// [`Talk`], made ready.
#[derive(Debug)]
pub(crate) struct Pools {
    pub(crate) reflect: Pool,
    pub(crate) ask: Pool,
    pub(crate) ask_open: Pool,
    pub(crate) support: Pool,
    pub(crate) invite: Pool,
    pub(crate) who: Pool,
    pub(crate) feeling_topic: Pool,
    pub(crate) other_feels: Pool,
    pub(crate) repeated: Pool,
    pub(crate) long: Pool,
    pub(crate) remembered: Pool,
    pub(crate) summary: Pool,
    pub(crate) summary_ask: Pool,
    pub(crate) last: Pool,
}

impl Book {
    /// The book of a language; English where there is none.
    pub(crate) fn of(locale: Locale) -> Result<&'static Self, BookError> {
        let index = usize::from(locale == Locale::De);
        BOOKS[index].as_ref().map_err(Clone::clone)
    }

    /// The headings that begin with this word.
    pub(crate) fn headings(&self, first: u64) -> impl Iterator<Item = &Heading> {
        let start = self.lexicon.partition_point(|heading| heading.first < first);
        self.lexicon[start..].iter().take_while(move |heading| heading.first == first)
    }

    /// A rule by its name.
    pub(crate) fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    fn read(files: &[&str]) -> Result<Self, BookError> {
        let (mut small, mut talk, mut entries) = (None, None, Vec::new());
        for file in files {
            let file: File = toml::from_str(file)?;
            small = small.or(file.words);
            talk = talk.or(file.talk);
            entries.extend(file.rule);
        }
        let small: Words = small.ok_or(BookError::Missing("words"))?;
        let talk: Talk = talk.ok_or(BookError::Missing("talk"))?;
        let mut lexicon: Vec<Heading> =
            entries.iter().enumerate().flat_map(|(rule, entry)| headings(rule, entry)).collect();
        lexicon.sort_by_key(|heading| heading.first);
        Ok(Self {
            rules: entries.into_iter().map(Rule::from).collect(),
            talk: talk.into(),
            yours: small.yours,
            and: small.and,
            negations: hashes(&small.negations),
            me: hashes(&small.me),
            them: hashes(&small.them),
            mine: hashes(&small.mine),
            people: hashes(&small.people),
            things: hashes(&small.things),
            own: hashes(&small.own),
            other_shipped: hashes(&small.other_shipped),
            foreign: hashes(&small.foreign),
            lexicon,
        })
    }
}

fn hashes(list: &[String]) -> HashSet<u64> {
    list.iter().map(|word| hash(word)).collect()
}

fn headings(rule: usize, entry: &RuleEntry) -> impl Iterator<Item = Heading> {
    entry.hears.iter().filter_map(move |phrase| {
        let mut hashes = words(phrase, usize::MAX).into_iter().map(|word| word.hash);
        Some(Heading { first: hashes.next()?, rest: hashes.collect(), rule })
    })
}

fn pool(texts: Vec<String>) -> Pool {
    texts.into_iter().map(Phrase::from).collect()
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        let literals = text.split('{').map(|piece| piece.rsplit('}').next().unwrap_or(piece).trim());
        let longest = literals.max_by_key(|piece| piece.len()).unwrap_or_default();
        let mut end = longest.len().min(ANCHOR);
        while !longest.is_char_boundary(end) {
            end -= 1;
        }
        Self { anchor: longest[..end].to_owned(), slots: text.contains('{'), text }
    }
}

impl From<RuleEntry> for Rule {
    fn from(entry: RuleEntry) -> Self {
        Self {
            id: entry.id,
            kind: entry.kind,
            rank: entry.rank,
            spare: entry.spare,
            noun: entry.noun,
            light: entry.light,
            then: entry.then,
            say: pool(entry.say),
            ask: pool(entry.ask),
        }
    }
}

impl From<Talk> for Pools {
    fn from(talk: Talk) -> Self {
        Self {
            reflect: pool(talk.reflect),
            ask: pool(talk.ask),
            ask_open: pool(talk.ask_open),
            support: pool(talk.support),
            invite: pool(talk.invite),
            who: pool(talk.who),
            feeling_topic: pool(talk.feeling_topic),
            other_feels: pool(talk.other_feels),
            repeated: pool(talk.repeated),
            long: pool(talk.long),
            remembered: pool(talk.remembered),
            summary: pool(talk.summary),
            summary_ask: pool(talk.summary_ask),
            last: pool(talk.last),
        }
    }
}
