//! The language packs: what every protocol can say besides its own texts, and the words by which answers are read.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use alliance_core::safety::Locale;
use serde::Deserialize;

use crate::definition::{DefinitionError, Faults};

const FILES: [(Locale, &str, &str); 2] = [
    (Locale::En, "data/pack/en.toml", include_str!("../../data/pack/en.toml")),
    (Locale::De, "data/pack/de.toml", include_str!("../../data/pack/de.toml")),
];

/// The packs of all shipped languages.
pub(crate) struct Packs(Vec<(Locale, Pack)>);

/// One language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pack {
    #[expect(dead_code, reason = "for the reader of the file")]
    reviewed_by: String,
    pub(crate) texts: PackTexts,
    pub(crate) yes_no: YesNoWords,
    pub(crate) words: Words,
    pub(crate) numbers: Numbers,
}

macro_rules! texts {
    ($($name:ident),* $(,)?) => {
        /// What is said, in variants.
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct PackTexts {
            $($name: Vec<String>,)*
        }

        impl PackTexts {
            /// The variants of a text.
            pub(crate) fn of(&self, name: &str) -> &[String] {
                match name {
                    $(stringify!($name) => &self.$name,)*
                    _ => &[],
                }
            }

            /// Every text by its name.
            #[cfg(test)]
            pub(crate) fn all(&self) -> Vec<(&'static str, &[String])> {
                vec![$((stringify!($name), &self.$name)),*]
            }
        }
    };
}
texts!(
    echo,
    again_rating,
    range_rating,
    again_number,
    again_text,
    again_list,
    again_yes_no,
    again_choice,
    again_measure,
    menu,
    left_out,
    skipped,
    back,
    back_none,
    corrected,
    reopened,
    nothing_to_correct,
    stale_text,
    stale_number,
    kept,
    more,
    listen,
    gap,
    yes,
    no,
    parked_turns,
    parked_time,
    parked_early,
    stopped,
    worse,
);

/// The many ways to say yes and no.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct YesNoWords {
    pub(crate) yes: Vec<String>,
    pub(crate) no: Vec<String>,
    pub(crate) unsure: Vec<String>,
}

/// Words by which answers are read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) not: Vec<String>,
    pub(crate) unknown: Vec<String>,
    pub(crate) filler: Vec<String>,
    pub(crate) question: Vec<String>,
    pub(crate) all_said: Vec<String>,
    pub(crate) same: Vec<String>,
    pub(crate) lead_in: Vec<String>,
    pub(crate) correcting: Vec<String>,
    pub(crate) and: Vec<String>,
    pub(crate) first: Vec<Vec<String>>,
    pub(crate) last: Vec<String>,
    pub(crate) or: String,
}

/// Which part of a number word stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// twenty-one
    TensFirst,
    /// einundzwanzig
    UnitsFirst,
}

/// Number words, and the words around numbers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Numbers {
    order: Order,
    joint: String,
    units: BTreeMap<String, i64>,
    tens: BTreeMap<String, i64>,
    others: BTreeMap<String, i64>,
    pub(crate) weak: Vec<String>,
    pub(crate) half: Vec<String>,
    pub(crate) percent: Vec<String>,
    pub(crate) of: Vec<String>,
    pub(crate) range: Vec<String>,
    pub(crate) between: Vec<String>,
    pub(crate) rather: Vec<String>,
    pub(crate) other: Vec<String>,
    /// Every number word from zero to a hundred.
    #[serde(skip)]
    pub(crate) words: HashMap<String, i64>,
}

impl Numbers {
    fn compose(&mut self) {
        let mut words: HashMap<String, i64> =
            [&self.units, &self.tens, &self.others].into_iter().flatten().map(own).collect();
        for (ten, tens) in &self.tens {
            for (unit, units) in &self.units {
                let word = match self.order {
                    Order::TensFirst => format!("{ten}{}{unit}", self.joint),
                    Order::UnitsFirst => format!("{unit}{}{ten}", self.joint),
                };
                words.insert(word, tens + units);
            }
        }
        self.words = words;
    }

    /// Whether a word can be the first part of a number of two words: twenty one.
    pub(crate) fn joins(&self, first: i64, second: i64) -> bool {
        self.order == Order::TensFirst
            && (20..100).contains(&first)
            && first % 10 == 0
            && (1..10).contains(&second)
    }
}

fn own((word, value): (&String, &i64)) -> (String, i64) {
    (word.clone(), *value)
}

impl Packs {
    /// The packs of this crate, read once.
    ///
    /// # Errors
    ///
    /// Where a file of this crate has another form: a test reads them.
    pub(crate) fn built_in() -> Result<&'static Self, DefinitionError> {
        static PACKS: OnceLock<Result<Packs, DefinitionError>> = OnceLock::new();
        PACKS.get_or_init(Self::read).as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, DefinitionError> {
        let mut packs = Vec::new();
        for (locale, name, text) in FILES {
            let mut faults = Faults::new(name, text);
            match toml::from_str::<Pack>(text) {
                Ok(mut pack) => {
                    pack.numbers.compose();
                    packs.push((locale, pack));
                }
                Err(error) => faults.add(error.span().unwrap_or_default(), error.message()),
            }
            faults.finish()?;
        }
        Ok(Self(packs))
    }

    /// The pack of a language; English for one without.
    pub(crate) fn of(&self, locale: Locale) -> &Pack {
        self.0.iter().find(|(known, _)| *known == locale).map_or(&self.0[0].1, |(_, pack)| pack)
    }

    /// The pack of a language first, then the others: people change language without saying so.
    pub(crate) fn from(&self, locale: Locale) -> impl Iterator<Item = &Pack> {
        self.each(locale).map(|(_, pack)| pack)
    }

    /// The same, each with its language.
    pub(crate) fn each(&self, locale: Locale) -> impl Iterator<Item = (Locale, &Pack)> {
        let own = self.0.iter().filter(move |(known, _)| *known == locale);
        let others = self.0.iter().filter(move |(known, _)| *known != locale);
        own.chain(others).map(|(locale, pack)| (*locale, pack))
    }
}
