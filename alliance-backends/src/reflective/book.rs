//! The words of a language, read once and made ready for looking up.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use alliance_core::safety::Locale;

use super::{
    entry::{File, Kind, Noun, RuleEntry, Talk, Then, Words},
    pattern::{Lexicon, Pattern},
    turn::Turn,
    word::hash,
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
const DE: [&str; 5] = [
    include_str!("../../data/reflective/de/talk.toml"),
    include_str!("../../data/reflective/de/acts.toml"),
    include_str!("../../data/reflective/de/feelings.toml"),
    include_str!("../../data/reflective/de/topics.toml"),
    include_str!("../../data/reflective/de/events.toml"),
];

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
    pub(crate) turn: Turn,
    pub(crate) and: String,
    pub(crate) negations: HashSet<u64>,
    pub(crate) me: HashSet<u64>,
    pub(crate) them: HashSet<u64>,
    pub(crate) agent: HashSet<u64>,
    pub(crate) mine: HashSet<u64>,
    pub(crate) people: HashMap<u64, Name>,
    pub(crate) things: HashMap<u64, Name>,
    pub(crate) bare: HashSet<u64>,
    pub(crate) not_mine: HashSet<u64>,
    pub(crate) not_only: HashSet<u64>,
    pub(crate) joins: HashSet<u64>,
    pub(crate) own: HashSet<u64>,
    pub(crate) other_shipped: HashSet<u64>,
    pub(crate) foreign: HashSet<u64>,
    /// What the rules hear.
    pub(crate) lexicon: Lexicon,
    /// What keeps a rule from hearing anything.
    pub(crate) unless: Lexicon,
}

/// What something is called in a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) nominative: String,
    pub(crate) dative: String,
}

/// A rule with its phrases.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) rank: u8,
    pub(crate) spare: Option<usize>,
    pub(crate) closing: bool,
    pub(crate) noun: Option<Name>,
    pub(crate) light: bool,
    pub(crate) felt: bool,
    pub(crate) lasting: bool,
    pub(crate) then: Then,
    pub(crate) say: Pool,
    pub(crate) after_ask: Pool,
    pub(crate) after_say: Pool,
    pub(crate) also: Pool,
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
    pub(crate) nod: Pool,
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
    pub(crate) turned: Pool,
    pub(crate) context: Pool,
    pub(crate) last: Pool,
}

impl Book {
    /// The book of a language; English where there is none.
    pub(crate) fn of(locale: Locale) -> Result<&'static Self, BookError> {
        let index = usize::from(locale == Locale::De);
        BOOKS[index].as_ref().map_err(Clone::clone)
    }

    /// A rule by its name.
    pub(crate) fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    fn read(files: &[&str]) -> Result<Self, BookError> {
        let (mut small, mut talk, mut turn, mut entries) = (None, None, None, Vec::new());
        for file in files {
            let file: File = toml::from_str(file)?;
            small = small.or(file.words);
            talk = talk.or(file.talk);
            turn = turn.or(file.turn);
            entries.extend(file.rule);
        }
        let small: Words = small.ok_or(BookError::Missing("words"))?;
        let talk: Talk = talk.ok_or(BookError::Missing("talk"))?;
        let turn = turn.ok_or(BookError::Missing("turn"))?;
        let (mut lexicon, mut unless) = (Lexicon::default(), Lexicon::default());
        for (rule, entry) in entries.iter().enumerate() {
            fill(&mut lexicon, &entry.hears, rule);
            fill(&mut unless, &entry.unless, rule);
        }
        Ok(Self {
            rules: entries.into_iter().map(Rule::from).collect(),
            talk: talk.into(),
            turn: Turn::new(&turn),
            and: small.and,
            negations: hashes(&small.negations),
            me: hashes(&small.me),
            them: hashes(&small.them),
            agent: hashes(&small.agent),
            mine: hashes(&small.mine),
            people: names(&small.people, &small.yours),
            things: names(&small.things, &small.yours),
            bare: hashes(&small.bare),
            not_mine: hashes(&small.not_mine),
            not_only: hashes(&small.not_only),
            joins: hashes(&small.joins),
            own: hashes(&small.own),
            other_shipped: hashes(&small.other_shipped),
            foreign: hashes(&small.foreign),
            lexicon,
            unless,
        })
    }
}

fn hashes(list: &[String]) -> HashSet<u64> {
    list.iter().map(|word| hash(word)).collect()
}

/// What each word is called when it is the person's own.
fn names(nouns: &[Noun], yours: &str) -> HashMap<u64, Name> {
    let mut names = HashMap::new();
    for noun in nouns {
        match noun {
            Noun::Word(word) => {
                let name = format!("{yours} {word}");
                names.insert(hash(word), Name { nominative: name.clone(), dative: name });
            }
            Noun::Cases(forms) => {
                let [nominative, dative, heard @ ..] = forms.as_slice() else { continue };
                let name = Name { nominative: nominative.clone(), dative: dative.clone() };
                let last = |form: &String| form.rsplit(' ').next().map(hash);
                let own = [nominative, dative].into_iter().filter(|_| heard.is_empty()).filter_map(last);
                for word in heard.iter().map(|word| hash(word)).chain(own) {
                    names.entry(word).or_insert_with(|| name.clone());
                }
            }
        }
    }
    names
}

fn fill(lexicon: &mut Lexicon, hears: &[String], rule: usize) {
    for pattern in hears.iter().filter_map(|hears| Pattern::read(hears, rule)) {
        lexicon.push(pattern);
    }
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
        let dative = entry.noun_dat;
        let noun =
            entry.noun.map(|noun| Name { dative: dative.unwrap_or_else(|| noun.clone()), nominative: noun });
        Self {
            id: entry.id,
            kind: entry.kind,
            rank: entry.rank,
            spare: entry.spare,
            closing: entry.closing,
            noun,
            light: entry.light,
            lasting: entry.lasting,
            felt: entry.felt || entry.kind == Kind::Feeling,
            then: entry.then,
            say: pool(entry.say),
            after_ask: pool(entry.after_ask),
            after_say: pool(entry.after_say),
            also: pool(entry.also),
            ask: pool(entry.ask),
        }
    }
}

impl From<Talk> for Pools {
    fn from(talk: Talk) -> Self {
        Self {
            reflect: pool(talk.reflect),
            nod: pool(talk.nod),
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
            turned: pool(talk.turned),
            context: pool(talk.context),
            last: pool(talk.last),
        }
    }
}
